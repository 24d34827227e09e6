"""The formulas of tests/passes/delicate.py, given as they are written to symgrad and to its peers.

`make peers` runs it where the `peers` extra is installed. A formula is right where value and
gradient are, at all of its points, by the criteria of tests/passes/test_delicate_cases.py (a
warning is held against symgrad alone). It is not expressible in a tool that refuses it, as it
lacks one of its operations; the reasons are printed.
"""

from __future__ import annotations

import importlib.util
import sys
import warnings
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from readme import show_in_readme

import symgrad as sg
from tests.passes.delicate import CASES, Case
from tests.passes.delicate_page import MEASURED, cell, page
from tests.passes.test_delicate_cases import (
    RELATIVE,
    ROUNDED,
    close,
    compiled,
    cotangent,
    differentiated,
    elementwise,
)
from tests.passes.truth import truth

Given = Mapping[str, Any]
Results = list[dict[str, str]]
"""Of each formula, the mark of each tool."""
Tool = Callable[[Case, Given, Any], list[Any]]
"""Value and slopes, where the cotangent of the value is the third argument."""

MARKS = ("right", "wrong", "not expressible")
PAGE = Path(__file__).resolve().parents[1] / "docs" / "delicate.md"
EXPONENTIALS = ["exp", "expm1", "log", "log1p", "log2", "sinh", "cosh", "tanh", "arctanh"]
UNARY = [*EXPONENTIALS, "sin", "cos", "tan", "sqrt", "square", "reciprocal", "abs"]
UNARY += ["arcsin", "arccos", "arcsinh"]
BINARY = ["minimum", "maximum", "logaddexp"]
ON_ARRAYS = ["sum", "mean", "prod", "where", "reshape", "arange"]
NUMPYS = [*UNARY, *BINARY, *ON_ARRAYS, "max", "expand_dims", "std"]
REPORT = """## The same formulas in other tools

Measured by `make peers` in one run, in float64, with NumPy {numpy}. Each tool is given each text
as it is written, and its own functions of those names. A formula is right where value and gradient
are right to ten digits at all of its points: one point suffices to make it wrong, and most of the
points are extreme. {limits} of the formulas also have a point whose truth is given rather than
computed: the limit, as of `sin(x) / x` at 0, or the slope 0, as of `sqrt(x)` at 0. A formula is not
expressible in a tool that lacks one of its operations. autograd, JAX and PyTorch compute operation
by operation, and rewrite nothing; symgrad and PyTensor rewrite the graph and compile it, each as it
does by default. The list is symgrad's own, grown with its rules and chosen for being delicate: that
symgrad gets it right says that its tests pass, and nothing follows for formulas outside of it.

{tools}

Right, of those that are expressible:

{families}
"""


def written(text: str, scope: Mapping[str, Any]) -> Any:
    """The value of a text in the words of a tool."""
    scope = dict(scope)
    *lines, last = text.splitlines()
    for line in lines:
        name, _, right = line.partition(" = ")
        scope[name] = eval(right, {}, scope)
    return eval(last, {}, scope)


def named(module: Any, *names: str) -> dict[str, Any]:
    """Functions of a module."""
    return {name: getattr(module, name) for name in names}


def by_symgrad(case: Case, given: Given, ct: Any) -> list[Any]:
    """Compiled; a warning is an error."""
    call, _ = compiled(case, {k: v if case.arrays else "[n]" for k, v in given.items()})
    return call(**given)


def by_autograd(case: Case, given: Given, ct: Any) -> list[Any]:
    """Operation by operation."""
    import autograd.numpy
    import autograd.scipy.special as special

    scope = {**named(autograd.numpy, *NUMPYS), **named(special, "erf", "logsumexp")}
    scope |= {"sigmoid": special.expit, **given}
    wrt = differentiated(case)

    def f(values: Any) -> Any:
        return written(case.text, scope | dict(zip(wrt, values, strict=True)))

    if not wrt:
        return [f(())]
    backward, value = autograd.make_vjp(f)(tuple(given[k] for k in wrt))
    return [value, *backward(ct)]


def by_jax(case: Case, given: Given, ct: Any) -> list[Any]:
    """Operation by operation."""
    import jax

    jax.config.update("jax_enable_x64", True)
    scope = named(jax.numpy, *NUMPYS) | named(jax.nn, "sigmoid", "relu", "softmax", "one_hot")
    scope |= named(jax.scipy.special, "erf", "logsumexp", "xlogy", "xlog1py")
    values = {k: jax.numpy.asarray(v) for k, v in given.items()}
    wrt = {k: values[k] for k in differentiated(case)}
    value, backward = jax.vjp(lambda wrt: written(case.text, {**scope, **values, **wrt}), wrt)
    return [value, *backward(jax.numpy.asarray(ct))[0].values()]


def by_pytorch(case: Case, given: Given, ct: Any) -> list[Any]:
    """Operation by operation; where the text has a number, its functions are given a tensor."""
    import torch

    def tensor(value: Any) -> Any:
        return torch.as_tensor(value, dtype=None if np.ndim(value) else torch.float64)

    def of_tensors(f: Callable[..., Any], **fixed: int) -> Callable[..., Any]:
        return lambda *args: f(*map(tensor, args), **fixed)

    elementwise = named(torch, *UNARY, *BINARY, "sigmoid", "relu", "erf")
    elementwise |= named(torch.special, "xlogy", "xlog1py")
    scope = {name: of_tensors(f) for name, f in elementwise.items()} | named(torch, *ON_ARRAYS)
    scope |= {k: of_tensors(f, dim=-1) for k, f in named(torch, "softmax", "logsumexp").items()}
    scope |= {"max": torch.amax, "expand_dims": torch.unsqueeze}
    scope |= {"std": lambda x: torch.std(x, correction=0)}
    scope |= {"one_hot": torch.nn.functional.one_hot}
    values = {k: tensor(v).clone() for k, v in given.items()}
    wrt = [values[k].requires_grad_() for k in differentiated(case)]
    value = written(case.text, {**scope, **values})
    if value.requires_grad:
        value.backward(torch.as_tensor(ct))
    slopes = [torch.zeros_like(x) if x.grad is None else x.grad for x in wrt]
    return [value.detach().numpy(), *(s.numpy() for s in slopes)]


def by_pytensor(case: Case, given: Given, ct: Any) -> list[Any]:
    """Rewritten and compiled as by default."""
    import pytensor
    import pytensor.tensor as pt
    from pytensor.tensor import special

    scope = named(pt, *NUMPYS, "sigmoid", "erf", "logsumexp")
    scope |= named(special, "xlogy", "xlog1py") | {"one_hot": pt.extra_ops.to_one_hot}
    scope |= {"softmax": lambda x: special.softmax(x, axis=-1)}
    arrays = [np.asarray(v) for v in given.values()]
    inputs = [pt.tensor(shape=v.shape, dtype=v.dtype) for v in arrays]
    named_inputs = dict(zip(given, inputs, strict=True))
    value = pt.as_tensor(written(case.text, scope | named_inputs))
    wrt = [named_inputs[k] for k in differentiated(case)]
    slopes = pytensor.grad((value * ct).sum(), wrt, disconnected_inputs="ignore")
    return pytensor.function(inputs, [value, *slopes], on_unused_input="ignore")(*arrays)


TOOLS: dict[str, tuple[str, Tool]] = {
    "symgrad": ("symgrad", by_symgrad),
    "autograd": ("autograd", by_autograd),
    "JAX": ("jax", by_jax),
    "PyTorch": ("torch", by_pytorch),
    "PyTensor": ("pytensor", by_pytensor),
}
"""The package of each, and how it is asked."""


def questions(case: Case) -> list[tuple[Given, Any, list[Any]]]:
    """Inputs, cotangent, and the true value and slopes, of each call."""
    if not case.arrays:
        points, _, expected = elementwise(case)
        given = dict(zip(case.variables, np.array(points).T, strict=True))
        return [(given, np.ones(len(points)), list(expected))]
    found = []
    for given in case.arrays:
        ct = cotangent(sg.parse(case.text, {k: np.asarray(v) for k, v in given.items()}).shape)
        true = truth(case.meant or case.text, given, differentiated(case), ct)
        found.append(({k: np.asarray(v) for k, v in given.items()}, ct, true))
    return found


def agrees(case: Case, found: list[Any], true: list[Any]) -> bool:
    """Whether value and slopes are right; entries of one array are compared on its scale."""
    for k, (f, e) in enumerate(zip(found, true, strict=True)):
        scale = max(np.max(np.abs(e)), ROUNDED / RELATIVE if k else 0.0) if case.arrays else 0.0
        if not close(np.ravel(f), e, scale).all():
            return False
    return True


def marks(case: Case, tools: Mapping[str, Tool]) -> dict[str, str]:
    """What each tool makes of a formula."""
    asked, found = questions(case), {}
    for name, tool in tools.items():
        try:
            good = all(agrees(case, tool(case, given, ct), true) for given, ct, true in asked)
            found[name] = "right" if good else "wrong"
        except RuntimeWarning:
            found[name] = "wrong"
        except Exception as error:
            found[name] = "not expressible"
            print(f"{name}: {case}: {type(error).__name__}: {error}", file=sys.stderr)
    return found


def by_tool(results: Results) -> str:
    """Markdown: a row a tool."""
    lines = [f"| tool | version | {' | '.join(MARKS)} |", "|---|---|--:|--:|--:|"]
    for name in results[0]:
        counts = [str(count(results, name, mark)) for mark in MARKS]
        lines.append(f"| {name} | {version(TOOLS[name][0])} | {' | '.join(counts)} |")
    return "\n".join(lines)


def by_family(results: Results) -> str:
    """Markdown: a row a family."""
    families: dict[str, Results] = {}
    for case, result in zip(CASES, results, strict=True):
        families.setdefault(case.family, []).append(result)
    lines = [f"| family | {' | '.join(results[0])} |", "|---|" + "--:|" * len(results[0])]
    for family, rows in families.items():
        shares = [share(rows, name) for name in results[0]]
        lines.append(f"| {cell(family)} | {' | '.join(shares)} |")
    return "\n".join(lines)


def count(results: Results, name: str, mark: str) -> int:
    """How many formulas have a mark."""
    return sum(r[name] == mark for r in results)


def share(results: Results, name: str) -> str:
    """How many are right, of how many."""
    said = len(results) - count(results, name, "not expressible")
    return f"{count(results, name, 'right')}/{said}" if said else "-"


def summary(results: Results) -> str:
    """The sentence of README.md."""
    parts = [
        f"{share(results, name).replace('/', ' of ')} in {name} {version(TOOLS[name][0])}"
        for name in results[0]
    ]
    return (
        f"[docs/delicate.md](docs/delicate.md) lists {len(results)} such formulas, symgrad's own "
        "tests, with ordinary and extreme points.\nGiven as they are written, value and gradient "
        "are right to ten digits at all points (of those that can be said in the\n"
        f"tool; `make peers`, one run) for {', '.join(parts[:3])},\n{', '.join(parts[3:])}."
    )


def measure() -> Results:
    """Ask every tool that is installed for every formula."""
    tools = {n: t for n, (module, t) in TOOLS.items() if importlib.util.find_spec(module)}
    for name in tools:  # the report wants it: better to fail now than after minutes
        version(TOOLS[name][0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [marks(case, tools) for case in CASES]


def write(results: Results) -> None:
    """Print, and write benchmarks/delicate.md, docs/delicate.md and a sentence of README.md."""
    tools, families = by_tool(results), by_family(results)
    limits = sum(bool(case.limits) for case in CASES)
    text = REPORT.format(numpy=np.__version__, limits=limits, tools=tools, families=families)
    print(text)
    MEASURED.write_text(text, encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
    show_in_readme(delicate=summary(results))


if __name__ == "__main__":
    write(measure())
