"""Values, gradients and Hessian-vector products of random graphs, against autograd and JAX.

Two right answers differ by rounding, more where large terms cancel. So what is not equal to 1e-9
is compared with what relative errors of 1e-9 in every step of the reference make of its answer.
"""

from __future__ import annotations

import os
import warnings
from functools import partial

import autograd
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings

import symgrad as sg
from tests.autodiff.moves import dialect
from tests.autodiff.programs import MIRROR, SIZES, SPECS, Program, steps
from tests.oracles import run

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
some = settings(
    deadline=None,
    derandomize=True,
    max_examples=30,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
everything = tuple(range(len(SPECS)))
TOLERANCE = 1e-9
WITH_JAX = int(os.environ.get("JAX_EXAMPLES", "10"))
"""How many programs are run by JAX, which compiles each operation of them: 500 take minutes."""


def values_of(program, dtype="float64"):
    return {f"x{i}": a.astype(dtype) for i, a in enumerate(program.arrays)}


def directions_of(program):
    rng = np.random.default_rng(1)
    return [rng.normal(size=a.shape) for a in program.arrays]


def by_symgrad(program, wrt=everything):
    """The value, its gradient, and the product of its Hessian with the directions."""
    inputs = [program.inputs[i] for i in wrt]
    along = [program.graph.input(f"v{i}", program.inputs[i].type) for i in wrt]
    gradients = sg.grad(program.loss, inputs)
    slope = sum(((g * v).sum() for g, v in zip(gradients, along, strict=True)), start=0.0)
    directions = directions_of(program)
    values = values_of(program) | {f"v{i}": directions[i] for i in wrt}
    return run([program.loss, *gradients, *sg.grad(slope, inputs)], values, SIZES)


def gradient_by_autograd(program, noise=0.0, seed=0):
    f = partial(program.replay, MIRROR, noise=noise, seed=seed)
    value, gradients = autograd.value_and_grad(lambda a: f(a))(tuple(program.arrays))
    return [value, *gradients]


def by_autograd(program, noise=0.0, seed=0):
    """As `by_symgrad`, with relative errors in every step."""
    f = partial(program.replay, MIRROR, noise=noise, seed=seed)
    directions = directions_of(program)

    def slope(inputs):
        gradients = autograd.grad(lambda a: f(a))(inputs)
        return sum(autograd.numpy.sum(g * v) for g, v in zip(gradients, directions, strict=True))

    products = autograd.grad(slope)(tuple(program.arrays))
    return [*gradient_by_autograd(program, noise, seed), *products]


def by_jax(program, jax, mirror, noise=0.0, seed=0):
    f = partial(program.replay, mirror, noise=noise, seed=seed)
    arrays = [jax.numpy.asarray(a) for a in program.arrays]
    directions = [jax.numpy.asarray(v) for v in directions_of(program)]
    slope = jax.value_and_grad(lambda a: f(a))
    (value, gradients), (_, products) = jax.jvp(slope, (arrays,), (directions,))
    return [np.asarray(r) for r in (value, *gradients, *products)]


def agree(found, reference):
    """To 1e-9, or to what errors of 1e-9 in each of the reference's steps do to its result."""
    expected = reference()
    assert all(np.isfinite(f).all() for f in found)
    assume(all(np.isfinite(e).all() for e in expected))  # autograd has no slope of a norm at 0
    exact = [np.isclose(f, e, rtol=TOLERANCE, atol=0) for f, e in zip(found, expected, strict=True)]
    if all(np.all(e) for e in exact):
        return
    others = [reference(noise=TOLERANCE, seed=seed) for seed in range(3)]
    for got, wanted, *disturbed in zip(found, expected, *others, strict=True):
        spread = np.max([np.abs(d - wanted) for d in disturbed], axis=0)
        cap = 1e-7 * np.max(np.abs(wanted), initial=0.0)  # of branches that the errors flip
        error = np.abs(got - wanted) - TOLERANCE * np.abs(wanted) - np.minimum(2 * spread, cap)
        assert np.max(error, initial=0.0) <= 0, f"{got} is not {wanted}, give or take {spread}"


def value_gradient_and_hessian_vector_product_agree(drawn):
    program = Program(drawn)
    assert len(program.moves) >= len(drawn) >= 5
    agree(by_symgrad(program), partial(by_autograd, program))


# 500 programs, in four parts that can run side by side; each draws its own.


@settings(some, max_examples=125)
@given(steps)
def test_value_gradient_and_hessian_vector_product_of_the_first_programs(drawn):
    value_gradient_and_hessian_vector_product_agree(drawn)


@settings(some, max_examples=125)
@given(steps)
def test_value_gradient_and_hessian_vector_product_of_the_second_programs(drawn):
    value_gradient_and_hessian_vector_product_agree(drawn)


@settings(some, max_examples=125)
@given(steps)
def test_value_gradient_and_hessian_vector_product_of_the_third_programs(drawn):
    value_gradient_and_hessian_vector_product_agree(drawn)


@settings(some, max_examples=125)
@given(steps)
def test_value_gradient_and_hessian_vector_product_of_the_fourth_programs(drawn):
    value_gradient_and_hessian_vector_product_agree(drawn)


@settings(some, max_examples=WITH_JAX)
@given(steps)
def test_value_gradient_and_hessian_vector_product_against_jax(drawn):
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    special, stop = jax.scipy.special, jax.lax.stop_gradient
    jnp = jax.numpy
    mirror = dialect(jnp, jnp.linalg, special, where=jnp.where, stop_gradient=stop)
    program = Program(drawn)
    agree(by_symgrad(program), partial(by_jax, program, jax, mirror))


@settings(some, max_examples=120)
@given(steps)
def test_gradient_at_zeros_and_ties(drawn):
    """Inputs of -1, 0 and 1 put most kinks to the test; autograd shares ties as declared here."""
    program = Program(drawn, kinks=True)
    found = run(sg.grad(program.loss, program.inputs), values_of(program), SIZES)
    assert all(np.isfinite(f).all() for f in found)
    expected = autograd.grad(program.mirror, everything)(*program.arrays)
    assume(all(np.isfinite(e).all() for e in expected))
    size = max([1.0, *(np.max(np.abs(e), initial=0.0) for e in expected)])
    for got, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=TOLERANCE, atol=1e-13 * size)


@settings(some, max_examples=50)
@given(steps)
def test_gradient_of_the_form_as_written(drawn):
    program = Program(drawn)
    found = sg.grad(program.loss, program.inputs, stabilize=False)
    values = run([program.loss, *found], values_of(program), SIZES)

    agree(values, partial(gradient_by_autograd, program))


@some
@given(steps)
def test_forward_and_reverse_mode_are_adjoint(drawn):
    """⟨u, (∂y/∂x) t⟩ = ⟨(∂y/∂x)ᵀ u, t⟩, for every value of the program."""
    program = Program(drawn)
    tangents = [program.graph.input(f"t{i}", x.type) for i, x in enumerate(program.inputs)]
    values = values_of(program)
    values |= {f"t{i}": v for i, v in enumerate(directions_of(program))}
    outputs = []
    for y in program.nodes[-3:]:
        u = sg.cos(y)
        forward = (u * sg.jvp(y, program.inputs, tangents)).sum()
        pulled = sg.vjp(y, program.inputs, u)
        outputs += [forward, sum((g * t).sum() for g, t in zip(pulled, tangents, strict=True))]
    found = run(outputs, values, SIZES)
    np.testing.assert_allclose(found[::2], found[1::2], rtol=1e-8, atol=1e-8)


@some
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
        expected = single(*(b[k] for b in batches))
        size = max([1.0, *(np.max(np.abs(e), initial=0.0) for e in expected)])
        for got, wanted in zip(found, expected, strict=True):
            np.testing.assert_allclose(got[k], wanted, rtol=TOLERANCE, atol=1e-12 * size)


@settings(some, max_examples=50)
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


@settings(some, max_examples=60)
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
