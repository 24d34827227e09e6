"""Values, gradients and Hessian-vector products of random graphs, against autograd."""

from __future__ import annotations

import warnings

import autograd
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

import symgrad as sg
from tests.autodiff.programs import SIZES, Program, steps
from tests.oracles import run

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
some = settings(
    deadline=None,
    derandomize=True,
    max_examples=40,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
everything = tuple(range(8))


def values_of(program, dtype="float64"):
    return {f"x{i}": a.astype(dtype) for i, a in enumerate(program.arrays)}


def agree(found, expected, tolerance):
    size = max([1.0, *(np.max(np.abs(e), initial=0.0) for e in expected)])
    for got, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=tolerance, atol=tolerance * size)


@some
@given(steps)
def test_value_and_gradient(drawn):
    program = Program(drawn)
    found = run([program.loss, *sg.grad(program.loss, program.inputs)], values_of(program), SIZES)
    value = program.mirror(*program.arrays)
    gradients = autograd.grad(program.mirror, everything)(*program.arrays)
    agree(found, [value, *gradients], 1e-9)


@some
@given(steps)
def test_gradient_at_zeros_and_ties(drawn):
    """Inputs of -1, 0 and 1 put most kinks to the test; autograd shares ties as declared here."""
    program = Program(drawn, kinks=True)
    found = run(sg.grad(program.loss, program.inputs), values_of(program), SIZES)
    agree(found, autograd.grad(program.mirror, everything)(*program.arrays), 1e-9)


@some
@given(steps)
def test_gradient_of_the_form_as_written(drawn):
    program = Program(drawn)
    loss, inputs = program.loss, program.inputs
    stable, plain = (sg.grad(loss, inputs, stabilize=s) for s in (True, False))
    found = run([*stable, *plain], values_of(program), SIZES)
    agree(found[: len(inputs)], found[len(inputs) :], 1e-9)


@settings(some, max_examples=25)
@given(steps)
def test_hessian_vector_product(drawn):
    program = Program(drawn)
    rng = np.random.default_rng(1)
    directions = [rng.normal(size=a.shape) for a in program.arrays]
    along = [program.graph.input(f"v{i}", x.type) for i, x in enumerate(program.inputs)]
    gradients = sg.grad(program.loss, program.inputs)
    slope = sum(((g * v).sum() for g, v in zip(gradients, along, strict=True)), start=0.0)
    values = values_of(program) | {f"v{i}": v for i, v in enumerate(directions)}
    found = run(sg.grad(slope, program.inputs), values, SIZES)

    def slope_of(*arrays):
        g = autograd.grad(program.mirror, everything)(*arrays)
        return sum(autograd.numpy.sum(a * b) for a, b in zip(g, directions, strict=True))

    agree(found, autograd.grad(slope_of, everything)(*program.arrays), 1e-8)


@settings(some, max_examples=25)
@given(steps)
def test_forward_and_reverse_mode_are_adjoint(drawn):
    """⟨u, (∂y/∂x) t⟩ = ⟨(∂y/∂x)ᵀ u, t⟩, for every value of the program."""
    program = Program(drawn)
    rng = np.random.default_rng(2)
    tangents = [program.graph.input(f"t{i}", x.type) for i, x in enumerate(program.inputs)]
    values = values_of(program)
    values |= {f"t{i}": rng.normal(size=a.shape) for i, a in enumerate(program.arrays)}
    outputs = []
    for y in program.nodes[-3:]:
        u = sg.cos(y)
        forward = (u * sg.jvp(y, program.inputs, tangents)).sum()
        pulled = sg.vjp(y, program.inputs, u)
        outputs += [forward, sum((g * t).sum() for g, t in zip(pulled, tangents, strict=True))]
    found = run(outputs, values, SIZES)
    np.testing.assert_allclose(found[::2], found[1::2], rtol=1e-8, atol=1e-8)


@settings(some, max_examples=25)
@given(steps)
def test_a_batch_is_the_loop(drawn):
    program = Program(drawn)
    rng = np.random.default_rng(3)
    batches = [rng.uniform(-1.5, 1.5, (3, *a.shape)) for a in program.arrays]
    g = sg.Graph()
    inputs = [g.input(f"x{i}", ("batch", *x.shape)) for i, x in enumerate(program.inputs)]

    def one(*xs):
        loss = program.replay(sg, xs)
        return [loss, *sg.grad(loss, list(xs[:3]))]

    found = sg.function(inputs, sg.vmap(one)(*inputs))(*batches)
    single = sg.function(program.inputs, [program.loss, *sg.grad(program.loss, program.inputs[:3])])
    for k in range(3):
        agree([f[k] for f in found], single(*(b[k] for b in batches)), 1e-9)


@some
@given(steps)
def test_float32_stays_float32(drawn):
    program = Program(drawn, "float32")
    outputs = [program.loss, *sg.grad(program.loss, program.inputs)]
    assert {o.dtype.name for o in outputs} == {"float32"}
    floating = {n.dtype.name for n in program.graph.nodes if n.type.is_floating and not n.type.weak}
    assert floating == {"float32"}
    found = run(outputs, values_of(program, "float32"), SIZES)
    gradients = autograd.grad(program.mirror, everything)(*program.arrays)
    size = max(np.max(np.abs(g), initial=0.0) for g in gradients)
    worst = max(np.max(np.abs(f - g)) for f, g in zip(found[1:], gradients, strict=True))
    assert worst <= 1e-2 * max(1.0, size)


@some
@given(steps)
def test_derivatives_append_a_bounded_number_of_nodes(drawn):
    program = Program(drawn)
    before = len(program.graph)
    sg.grad(program.loss, program.inputs, stabilize=False)
    assert len(program.graph) < 12 * before


@some
@given(steps)
def test_no_warning_beyond_those_of_the_value(drawn):
    """A gradient divides by nothing that the value does not divide by."""
    program = Program(drawn)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(sg.grad(program.loss, program.inputs), values_of(program), SIZES)
