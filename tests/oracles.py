"""Independent answers that the tests of the core compare with: mpmath, NumPy, differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import mpmath
import numpy as np

import symgrad as sg
from symgrad.graph.dims import evaluate
from symgrad.ops.op import Case, Op

SIZES = {"n": 5, "m": 2, "k": 3}
SAMPLERS: dict[str, Callable[[np.random.Generator, tuple[int, ...]], Any]] = {
    "reals": lambda rng, shape: _spread(rng, shape) * rng.uniform(0.05, 4, shape),
    "positive": lambda rng, shape: rng.uniform(0.05, 4, shape),
    "nonzero": lambda rng, shape: _spread(rng, shape) * rng.uniform(0.2, 3, shape),
    "above_one": lambda rng, shape: rng.uniform(1.1, 4, shape),
    "probability": lambda rng, shape: rng.uniform(0.05, 0.95, shape),
    "gamma": lambda rng, shape: rng.uniform(0.05, 4, shape),
    "below_two": lambda rng, shape: rng.uniform(0.05, 1.95, shape),
    "unit": lambda rng, shape: rng.uniform(-0.95, 0.95, shape),
    "low": lambda rng, shape: rng.uniform(-1, -0.2, shape),
    "high": lambda rng, shape: rng.uniform(0.2, 1, shape),
    "bools": lambda rng, shape: _spread(rng, shape) > 0,
    "labels": lambda rng, shape: rng.integers(0, 3, shape),
    "invertible": lambda rng, shape: rng.uniform(-1, 1, shape) + 2 * np.eye(shape[-1]),
    "positive_definite": lambda rng, shape: (
        symmetric(rng.uniform(-1, 1, shape)) + 3 * np.eye(shape[-1])
    ),
}


def symmetric(x: Any) -> Any:
    """The symmetric part of a stack of matrices; vectors stay."""
    return (x + np.swapaxes(x, -1, -2)) / 2 if x.ndim > 1 else x


def _spread(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """As many 1 as -1, in random places: no sample is all of one sign by bad luck."""
    size = int(np.prod(shape))
    signs = (np.arange(size) + rng.integers(2)) % 2 * 2 - 1
    return rng.permutation(signs).reshape(shape)


def sample(
    domain: str, shape: Sequence[int], dtype: Any = None, seed: int = 0
) -> np.ndarray[Any, Any]:
    """Values of a row's domain."""
    values = np.asarray(SAMPLERS[domain](np.random.default_rng(seed), tuple(shape)))
    return values.astype(dtype) if dtype is not None else values


def domain_of(op: Op, i: int) -> str:
    """Where operand i of an op is sampled."""
    return op.domain[min(i, len(op.domain) - 1)]


def declare(**specs: str) -> list[sg.Expr]:
    """Inputs of one graph, by their names and specs."""
    g = sg.Graph()
    return [g.input(name, spec) for name, spec in specs.items()]


def show(case: Case) -> str:
    """A sample call, as tests are called by it."""
    return " ".join([*case.specs, *(f"{k}={v}" for k, v in case.params.items())])


def declare_call(
    op: Op, case: Case | None, lead: Sequence[int] = ()
) -> tuple[list[sg.Expr], list[np.ndarray[Any, Any]]]:
    """Inputs of a sample call and their values; batched ones have the leading axes."""
    g = sg.Graph()
    specs = case.specs if case and case.specs else ["[3]"] * len(op.operands)
    inputs, values = [], []
    for i, spec in enumerate(specs):
        domain = domain_of(op, i)
        one = sg.Graph().input("x", spec, "bool" if domain == "bools" else None)
        x = g.input(f"x{i}", (*lead, *one.shape), one.dtype)
        inputs.append(x)
        values.append(sample(domain, size_of(x.shape), x.dtype, seed=i + 1))
    return inputs, values


def direction(op: Op, v: Any) -> Any:
    """A direction in which the operands stay in the row's domain."""
    return symmetric(v) if "positive_definite" in op.domain else v


def size_of(shape: Sequence[Any], sizes: Mapping[str, int] = SIZES) -> tuple[int, ...]:
    """A shape in numbers."""
    return tuple(evaluate(d, sizes) for d in shape)


def run(
    outputs: Sequence[sg.Expr], values: Mapping[str, Any], sizes: Mapping[str, int] = SIZES
) -> list[np.ndarray[Any, Any]]:
    """The outputs, computed by emitted code; each is exactly of its declared dtype and shape."""
    graph = outputs[0].graph
    results = sg.function([graph.inputs[name] for name in values], list(outputs))(**values)
    for expr, result in zip(outputs, results, strict=True):
        check_declared(expr, result, sizes)
    return [np.asarray(r) for r in results]


def check_declared(expr: sg.Expr, result: Any, sizes: Mapping[str, int] = SIZES) -> None:
    """A result is an array (or NumPy scalar) of exactly the declared dtype and shape."""
    assert isinstance(result, np.ndarray | np.generic), f"{expr.op}: {type(result).__name__}"
    found, declared = (result.dtype, result.shape), (expr.dtype, size_of(expr.shape, sizes))
    assert found == declared, f"{expr.op}: {found} is not {expr.type}"


@cache
def _compiled(meaning: str) -> Any:
    return compile(meaning, "<meaning>", "eval")


def meaning(op: Op, **params: Any) -> Callable[..., Any]:
    """An elementwise row's meaning, as a function of mpmath numbers."""
    names = [{"min": "lo", "max": "hi"}.get(name, name) for name in op.operands]
    params = {**op.defaults, **params}
    if not isinstance(op.meaning, str):
        said = op.meaning
        return lambda *values: said(*values, **params)
    code, scope = _compiled(op.meaning), {**vars(mpmath), **params}

    def evaluated(*values: Any) -> Any:
        return eval(code, scope, dict(zip(names, values, strict=True)))

    return evaluated


def exact(value: Any) -> Any:
    """A NumPy or Python number as mpmath's, to the last bit; bools stay."""
    value = value.item() if isinstance(value, np.generic | np.ndarray) else value
    return value if isinstance(value, bool) else mpmath.mpf(value)


def elementwise(f: Callable[..., Any], *arrays: Any, digits: int = 50) -> np.ndarray[Any, Any]:
    """f at many digits on every element of the broadcast arrays, rounded to float64."""
    cast = np.broadcast_arrays(*arrays)
    with mpmath.workdps(digits):
        entries = zip(*(a.ravel() for a in cast), strict=True)
        flat = [_rounded(f(*map(exact, entry))) for entry in entries]
    return np.array(flat, dtype=None if flat else float).reshape(cast[0].shape)


MANY_DIGITS = (60, 120, 700)


def settled(f: Callable[..., Any], *arrays: Any) -> np.ndarray[Any, Any]:
    """f on every element, at 700 digits where 60 and 120 may not suffice.

    These suffice where they agree, at ordinary points: of 1 + 1e-300 both leave 1, and a slope is
    then taken over a step that is larger than the point. A 0 is only believed at the end.
    """
    cast = np.broadcast_arrays(*arrays)
    found = [_settled(f, entry) for entry in zip(*(a.ravel() for a in cast), strict=True)]
    return np.array(found, dtype=float).reshape(cast[0].shape)


def _settled(f: Callable[..., Any], entry: Sequence[Any]) -> bool | float:
    before, found = None, None
    ordinary = all(is_ordinary(float(v)) for v in entry)
    for digits in MANY_DIGITS if ordinary else MANY_DIGITS[-1:]:
        with mpmath.workdps(digits):
            try:
                found = f(*map(exact, entry))
            except (ValueError, ZeroDivisionError, mpmath.libmp.NoConvergence):
                if digits == MANY_DIGITS[-1]:
                    raise
                continue
            if before is not None and 0 != found and abs(found - before) <= 1e-17 * abs(found):
                break
            before = found
    return _rounded(found)


def is_ordinary(number: float) -> bool:
    """Whether 60 digits hold it beside 1, with many to spare."""
    return number == 0 or 1e-21 < abs(number) < 1e21


def _rounded(value: Any) -> bool | float:
    return value if isinstance(value, bool) else float(value)


def partial(f: Callable[..., Any], orders: Sequence[int]) -> Callable[..., Any]:
    """A partial derivative of a function of mpmath numbers; operands of order 0 may be bools."""

    def derivative(*values: Any) -> Any:
        moving = [i for i, order in enumerate(orders) if order]

        def section(*moved: Any) -> Any:
            at = dict(zip(moving, moved, strict=True))
            return f(*(at.get(i, v) for i, v in enumerate(values)))

        point = tuple(values[i] for i in moving)
        order = tuple(orders[i] for i in moving)
        single = len(moving) == 1
        return mpmath.diff(section, point[0] if single else point, order[0] if single else order)

    return derivative


def unbroadcast(array: Any, shape: Sequence[int]) -> np.ndarray[Any, Any]:
    """The sum over the axes that broadcasting added: the adjoint of broadcasting."""
    array = np.asarray(array)
    array = array.sum(axis=tuple(range(array.ndim - len(shape))))
    kept = tuple(i for i, d in enumerate(shape) if d == 1 and array.shape[i] != 1)
    return array.sum(axis=kept, keepdims=True)


def complex_step(f: Callable[..., Any], values: Sequence[Any], i: int, ct: Any) -> Any:
    """The cotangent of argument i of a NumPy function that is analytic, to rounding."""
    out = np.zeros(np.shape(values[i]))
    for place in np.ndindex(out.shape):
        moved = [
            np.array(v, complex if j == i else np.asarray(v).dtype) for j, v in enumerate(values)
        ]
        moved[i][place] += 1e-30j
        out[place] = np.sum(ct * np.imag(f(*moved))) / 1e-30
    return out
