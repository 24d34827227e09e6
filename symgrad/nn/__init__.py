"""Networks: multilayer perceptrons whose every value, gradient and update is an expression.

A customer of the public API, like any user's code. Deep Learning, chapter 6.
"""

from .model import Model
from .network import MLP
from .optimizers import SGD, Adam, Optimizer, Sign
from .perceptron import perceptron_rule
from .step import Step

load = MLP.load

__all__ = ["MLP", "SGD", "Adam", "Model", "Optimizer", "Sign", "Step", "load", "perceptron_rule"]
