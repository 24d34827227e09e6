"""The workloads, by name, in the order of the tables."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from . import classifier, deep, expression, logistic, mixture, tanh_hessian, training, xor
from .workload import RATE, Call, Workload

WORKLOADS: dict[str, Callable[[], Workload]] = {
    "xor": xor.make,
    "digits": partial(classifier.make, "digits", "digits", [64, 128, 10], 64),
    "step": training.make,
    "mnist": partial(classifier.make, "mnist", "MNIST's size", [784, 512, 512, 10], 128),
    "wide": partial(classifier.make, "wide", "wide", [1024, 2048, 2048, 1024, 10], 256),
    "deep": deep.make,
    "scalar": expression.make_one,
    "points": expression.make_many,
    "mixture": mixture.make,
    "logistic": logistic.make,
    "tanh_hessian": tanh_hessian.make,
}

__all__ = ["RATE", "WORKLOADS", "Call", "Workload"]
