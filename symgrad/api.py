"""The public functions: the only file that joins the rooms. Each checks, and hands on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from . import checks, files
from . import render as _room  # noqa: F401  (before symgrad.render becomes the function)
from .autodiff import batching, custom, forward, jacobians, reverse
from .errors import CodegenError, DifferentiationError, ParseError
from .graph.graph import Expr, Graph, hooks, operations
from .ops.operands import lift
from .rooms import Room

if TYPE_CHECKING:
    from . import passes
    from .backends import numpy as numpy_backend
    from .backends.numpy import Function, Signature
    from .frontends import numpy as numpy_door
    from .frontends import numpy_calls
    from .frontends import sympy as sympy_door
    from .frontends import text as text_door
    from .lang import latex, printer
    from .passes.engine import Step
    from .passes.explaining import Explanation
    from .render import picture
else:
    passes = Room("symgrad.passes")
    numpy_backend = Room("symgrad.backends.numpy")
    numpy_door = Room("symgrad.frontends.numpy")
    numpy_calls = Room("symgrad.frontends.numpy_calls")
    sympy_door = Room("symgrad.frontends.sympy")
    text_door = Room("symgrad.frontends.text")
    latex = Room("symgrad.lang.latex")
    printer = Room("symgrad.lang.printer")
    picture = Room("symgrad.render.picture")

Specs = Mapping[str, object]
Path_ = str | os.PathLike[str]

hooks["text"] = lambda *exprs: printer.to_text(*exprs)
hooks["summary"] = lambda expr, width=80: printer.summary(expr, width)
hooks["ufunc"] = lambda *call: numpy_calls.call_ufunc(*call)
hooks["function"] = lambda *call: numpy_calls.call_function(*call)
hooks["picture"] = lambda what: picture.png_bytes(what)


def parse(
    text: str, specs: Specs | None = None, /, *, graph: Graph | None = None, **more: object
) -> Expr:
    """An expression of text, in Python's syntax; nothing in it is ever executed.

    Parameters
    ----------
    text : str
        Lines ``name = expression``, ``name: float32[n, 2]``, ``# comment``; the last is the value.
    specs, **more : mapping, specs
        Types of the inputs: ``X="[n, 2]"``.
    graph : Graph, optional
        Where to build; a new graph by default.

    Returns
    -------
    Expr
        The value of the last line; ``.graph.named`` has every named line.

    Raises
    ------
    ParseError, ShapeError, DTypeError, GraphError
        With the line, and the offending text underlined.

    Example
    -------
    >>> y = parse("sigmoid(x @ w + b)", x="[n, 3]", w="[3]", b="[]")
    >>> y.op, y.shape
    ('sigmoid', ('n',))
    """
    if isinstance(text, str) and text.strip().endswith(".sg"):
        raise ParseError(
            f"{text.strip()[-60:]!r} is the name of a file, not an expression",
            how="Read it first: sg.parse(pathlib.Path(name).read_text()).",
        )
    return text_door.parse(text, {**(specs or {}), **more}, graph)


def from_sympy(expr: object, specs: Specs | None = None, graph: Graph | None = None) -> Expr:
    """A SymPy expression, scalar or of matrices, as nodes of a graph; nothing in it is evaluated.

    Raises
    ------
    GraphError, ShapeError
        If it holds something that symgrad has no operation for.

    Example
    -------
    >>> import sympy
    >>> x = sympy.Symbol("x")
    >>> print(from_sympy(sympy.log(1 + sympy.exp(x))))
    x: float64[]
    log(1 + exp(x))
    """
    return sympy_door.from_sympy(expr, specs, graph)


def trace(
    fn: Callable[..., Any] | Expr, *specs: object, graph: Graph | None = None, **params: Any
) -> Any:
    """What a plain NumPy function computes, as an expression: it is run once, on symbols.

    Given an expression it is the operation of this name: the sum along a diagonal of a matrix.

    Parameters
    ----------
    fn : function
        Of NumPy arrays; it is given one Expr per argument. In-place operators make new values:
        code that changes an array under two names is traced as if it had copied it.
    *specs : specs
        The arguments' types.

    Example
    -------
    >>> import numpy as np
    >>> y = trace(lambda x, w: np.tanh(x @ w).sum(), "[n, 3]", "[3]")
    >>> y.op, list(y.graph.inputs)
    ('sum', ['x', 'w'])
    """
    if isinstance(fn, Expr):
        return operations["trace"](fn, *specs, **params)
    return numpy_door.trace(fn, *specs, graph=graph, **params)


@overload
def grad(y: Expr, wrt: Expr, *, stabilize: bool = True) -> Expr: ...
@overload
def grad(y: Expr, wrt: list[Any] | tuple[Any, ...], *, stabilize: bool = True) -> list[Expr]: ...
@overload
def grad(y: Expr, wrt: str, *, stabilize: bool = True) -> Expr: ...
def grad(y: Expr, wrt: Any, *, stabilize: bool = True) -> Expr | list[Expr]:
    """The gradient of a scalar, appended to its graph. Deep Learning, section 6.5.5.

    Parameters
    ----------
    y : Expr
        A floating scalar.
    wrt : Expr, name, or a sequence of them
        What to differentiate with respect to: inputs, or expressions on the way.
    stabilize : bool
        Differentiate the numerically stable form of ``y``; False: ``y`` as written.

    Returns
    -------
    Expr or list of Expr
        Shaped and typed like ``wrt``; zeros where ``y`` does not depend on it.

    Raises
    ------
    DifferentiationError
        If ``y`` is no floating scalar, ``wrt`` is not floating, or an operation has no derivative.

    Example
    -------
    >>> g = Graph()
    >>> x = g.input("x", "[3]")
    >>> print(simplify(grad((x**2).sum(), x)))
    x: float64[3]
    2.0 * x
    """
    checks.expressions([y])
    listed = checks.wanted(y, wrt)
    reverse.check(y, listed)
    with _stable(y, listed, stabilize) as stable:
        found = reverse.grad(stable, listed, of=y)
    return found if checks.are_many(wrt) else found[0]


def vjp(
    y: Expr, wrt: Expr | str | Sequence[Expr | str], ct: object, *, stabilize: bool = True
) -> Expr | list[Expr]:
    """The product of a cotangent with the Jacobian: (∂y/∂x)ᵀ ct for each x of ``wrt``.

    Parameters
    ----------
    ct : Expr, array or number
        Shaped like ``y``.

    Raises
    ------
    DifferentiationError
        As `grad`; also if ``ct`` is not shaped like ``y``.

    Example
    -------
    >>> g = Graph()
    >>> A, x, v = g.input("A", "[2, 3]"), g.input("x", "[3]"), g.input("v", "[2]")
    >>> vjp(A @ x, x, v).shape
    (3,)
    """
    checks.expressions([y])
    listed = checks.wanted(y, wrt)
    reverse.check(y, listed)
    cotangent = lift(y.graph, ct)
    if cotangent.shape != y.shape:
        raise DifferentiationError(
            f"the cotangent is {cotangent.label}, and y is {y.label}",
            how="A cotangent has the shape of what is differentiated.",
        )
    with _stable(y, listed, stabilize) as stable:
        found = reverse.vjp(stable, listed, cotangent, of=y)
    return found if checks.are_many(wrt) else found[0]


def value_and_grad(
    y: Expr, wrt: Expr | str | Sequence[Expr | str], *, stabilize: bool = True
) -> tuple[Expr, Any]:
    """The scalar, and its `grad`.

    Example
    -------
    >>> x = Graph().input("x")
    >>> value, slope = value_and_grad(x**2, x)
    """
    gradients: Any = grad(y, wrt, stabilize=stabilize)  # type: ignore[arg-type]
    return y, gradients


def jvp(y: Expr, wrt: Any, tangents: Any, *, stabilize: bool = True) -> Expr:
    """The product of the Jacobian with tangents, Σ (∂y/∂x) t: the directional derivative.

    Parameters
    ----------
    wrt : Expr, name, or a sequence of them
    tangents : one for each of ``wrt``, shaped like it

    Returns
    -------
    Expr
        Shaped like ``y``.

    Raises
    ------
    DifferentiationError
        As `grad`; also if a tangent is not shaped like its x.

    Example
    -------
    >>> g = Graph()
    >>> A, x, t = g.input("A", "[2, 3]"), g.input("x", "[3]"), g.input("t", "[3]")
    >>> jvp(A @ x, x, t).shape
    (2,)
    """
    checks.expressions([y])
    listed = checks.wanted(y, wrt)
    given = tangents if checks.are_many(tangents) and checks.are_many(wrt) else [tangents]
    directions = [lift(y.graph, t) for t in given]
    reverse.check(y, listed)
    if len(listed) != len(directions):
        raise DifferentiationError(
            f"{len(listed)} inputs, but {len(directions)} tangents", how="Give one for each."
        )
    for x, t in zip(listed, directions, strict=True):
        if t.shape != x.shape:
            raise DifferentiationError(
                f"the tangent {t.label} is not shaped like {x.label}",
                how="A tangent has the shape of what moves along it.",
            )
    with _stable(y, listed, stabilize) as stable:
        return forward.jvp(stable, listed, directions, of=y)


def jacobian(y: Expr, x: Expr | str, *, stabilize: bool = True) -> Expr:
    """All partial derivatives ∂yᵢ/∂xⱼ as one array, computed without a loop.

    Shapes: ``y.shape + x.shape`` (numerator layout).

    Raises
    ------
    DifferentiationError
        As `grad`.

    Example
    -------
    >>> g = Graph()
    >>> A, x = g.input("A", "[2, 3]"), g.input("x", "[3]")
    >>> simplify(jacobian(A @ x, x)) is A
    True
    """
    checks.expressions([y])
    (wrt,) = checks.wanted(y, [x])
    reverse.check(y, [wrt])
    with _stable(y, [wrt], stabilize) as stable:
        return jacobians.jacobian(stable, wrt, of=y)


def hessian(y: Expr, x: Expr | str, *, stabilize: bool = True) -> Expr:
    """All second derivatives of a scalar: the Jacobian of its gradient.

    Shapes: ``x.shape + x.shape``.

    Raises
    ------
    DifferentiationError
        As `grad`.

    Example
    -------
    >>> g = Graph()
    >>> A, x = g.input("A", "[3, 3]"), g.input("x", "[3]")
    >>> print(simplify(hessian(x @ A @ x, x)))
    A: float64[3, 3]
    A + A.T
    """
    (wrt,) = checks.wanted(checks.expressions([y])[0], [x])
    return jacobian(grad(y, [wrt], stabilize=stabilize)[0], wrt, stabilize=stabilize)


def vmap(fn: Callable[..., Any], in_axes: Any = 0) -> Callable[..., Any]:
    """A batched version of a function of expressions: per-example gradients without a loop.

    Parameters
    ----------
    fn : function
        Takes expressions of one example, returns an expression or a tuple or list of them.
    in_axes : int, None, or one for each argument
        The axis of each argument that runs over the examples; None: the same for all.

    Returns
    -------
    function
        Of batched expressions; results have the batch as their first axis.

    Raises
    ------
    ShapeError
        If an argument has no such axis, or the batches differ in size.

    Example
    -------
    >>> g = Graph()
    >>> X, w = g.input("X", "[n, 3]"), g.input("w", "[3]")
    >>> per_example = vmap(lambda x, w: grad((x @ w) ** 2, w), in_axes=(0, None))
    >>> per_example(X, w).shape
    ('n', 3)
    """
    return batching.vmap(fn, in_axes)


def custom_vjp(rule: Callable[..., Any]) -> Callable[[Callable[..., Expr]], Callable[..., Expr]]:
    """Give a function of expressions a derivative rule of its own: a decorator.

    Differentiation uses the rule and does not look inside the function; jvp, vmap and higher
    derivatives follow from the rule. Use it for a cheaper or more stable formula, an implicit
    function, a straight-through estimate, or to scale or clip a gradient on its way.

    Parameters
    ----------
    rule : function
        ``rule(g, y, *args)``: from the cotangent g of the value y, a cotangent for each argument:
        one, or a tuple, with None for zero. It reads nothing but its arguments.

    Raises
    ------
    DifferentiationError
        When it is applied, if the rule returns too few or too many, or another shape.

    Example
    -------
    >>> import symgrad as sg
    >>> @custom_vjp(lambda g, y, x: g)
    ... def straight_through(x):
    ...     return sg.sign(x)
    >>> x = Graph().input("x", "[3]")
    >>> function([x], grad(straight_through(x).sum(), x))([-2, 0, 5])
    array([1., 1., 1.])

    Reference
    ---------
    Bengio, Léonard and Courville, "Estimating or propagating gradients through stochastic
    neurons", 2013, for the straight-through estimator.
    """
    return custom.custom_vjp(rule)


def hvp(y: Expr, x: Expr | str, v: object, *, stabilize: bool = True) -> Expr:
    """The product of the Hessian of a scalar with ``v``, without building the Hessian.

    Shapes: ``v`` and the result are shaped like ``x``.

    Raises
    ------
    DifferentiationError
        As `grad`; also if ``v`` is not shaped like ``x``.

    Example
    -------
    >>> g = Graph()
    >>> x, v = g.input("x", "[3]"), g.input("v", "[3]")
    >>> hvp((x**3).sum(), x, v).shape
    (3,)
    """
    (wrt,) = checks.wanted(y, [x])
    direction = lift(y.graph, v)
    if direction.shape != wrt.shape:
        raise DifferentiationError(
            f"v is {direction.label}, and x is {wrt.label}", how="v has the shape of x."
        )
    slope = grad(y, [wrt], stabilize=stabilize)[0]
    return grad((slope * direction).sum(), [wrt], stabilize=stabilize)[0]


@overload
def simplify(expr: Expr, *, trace: Literal[False] = False) -> Expr: ...
@overload
def simplify(expr: Expr, *, trace: Literal[True]) -> tuple[Expr, list[Step]]: ...
def simplify(expr: Expr, *, trace: bool = False) -> Expr | tuple[Expr, list[Step]]:
    """The cheapest, most readable form that the rules reach, with the same values.

    Parameters
    ----------
    trace : bool
        Return the pair of the form and the steps to it: each is (rule, before, after).

    Example
    -------
    >>> x = Graph().input("x")
    >>> simplify(x * 1) is x
    True
    >>> _, [(rule, before, after)] = simplify(x * 1, trace=True)
    >>> print(rule)
    x * 1 = x
    """
    steps: list[Step] | None = [] if trace else None
    form = passes.simplify(checks.expressions([expr]), steps)[0]
    return form if steps is None else (form, steps)


def explain(expr: Expr | Sequence[Expr]) -> Explanation:
    """What is computed otherwise than it was written: by which rule, why, and where.

    Reasons are measured: the value of both forms at a point at which the one that was written
    fails. What was differentiated in its stable form is included.

    Parameters
    ----------
    expr : Expr, or a sequence

    Returns
    -------
    Explanation
        Prints as text; has ``to_markdown()``, and shows itself in notebooks.

    Example
    -------
    >>> print(explain(parse("log(sigmoid(z))", z="[]")))
    For floating point
      log(sigmoid(z)) is computed as -softplus(-z)
        rule: log(sigmoid(x)) = -softplus(-x)
        because log(sigmoid(z)) is -inf at z = -1000; -softplus(-z) is -1000
    """
    outputs = checks.expressions(list(expr) if checks.are_many(expr) else [expr])
    return passes.explain(outputs, numpy_backend.compile_as_written)


def function(
    inputs: Sequence[Expr] | None,
    outputs: Expr | Sequence[Expr],
    *,
    target: str = "numpy",
    style: str = "fast",
    name: str | None = None,
    stabilize: bool = True,
    reuse_outputs: bool = False,
    updates: Mapping[Any, Expr] | None = None,
    memory_limit: int | Mapping[str, int] | None = None,
    checkpoints: int | str | None = None,
) -> Function:
    """Compile expressions into a function of NumPy arrays.

    It tests dtypes and shapes of its arguments, and no values: declared signs are promises. Results
    of one call may be parts of one array; nothing overwrites them while anybody refers to them.

    Parameters
    ----------
    inputs : sequence of Expr or names, or None
        The arguments; None: all that the outputs need, in the order of declaration.
    outputs : Expr, or a sequence
        One Expr gives a function that returns one array, a sequence one that returns a list.
    target : str
        "numpy", or "scipy": special functions are then calls of `scipy.special`, not helpers.
    style : str
        "fast": the code computes in arrays that it keeps from call to call; "readable": it is
        written to be read.
    name : str, optional
        What the emitted function is called.
    stabilize : bool
        False: the nodes exactly as they are, with no rule applied, and as fragile as they are;
        a derivative as written also needs ``grad(..., stabilize=False)``.
    reuse_outputs : bool
        True: the arrays that a call returns are overwritten by the call after the next in the same
        thread, which saves making them; for loops that use a result once, and style "fast" alone.
    updates : mapping of inputs to Expr
        Arguments that a call overwrites with new values, once it has read them: a whole training
        step with ``{W: W - rate * d_W}``. They have to be writable arrays of their dtype, and no
        two of them may share memory.
    memory_limit : int or mapping, optional
        Bytes that a call may take beside its arguments, ``{"bytes": 2**28, "n": 256}`` with the
        sizes of named dims: to fit, forward values are computed again in the backward pass, matrix
        products only if it has to be. The numbers are the same; `Function.cost` tells the price.
    checkpoints : int or "sqrt", optional
        At how many places of the forward pass values are kept, all others being computed again:
        "sqrt" is for deep networks, the root of the number of values that would be kept.

    Returns
    -------
    Function
        Call it with positional or keyword arguments; ``.source`` is the emitted code.

    Raises
    ------
    CodegenError, GraphError
        If the inputs do not suffice.

    Example
    -------
    >>> x = Graph().input("x", "[n]")
    >>> float(function([x], (x * x).sum())([1, 2, 3]))
    14.0
    """
    checks.check_style(style)
    asked = checks.signature(name or "f", inputs, outputs, updates)
    saving = checks.saving(memory_limit, checkpoints)
    asked = replace(asked, reuse=reuse_outputs, **saving)
    if reuse_outputs and style != "fast":
        raise CodegenError(
            "only code of style fast keeps arrays to reuse", how='Leave out style="readable".'
        )
    return numpy_backend.compile_function(_lean([asked], target, style, stabilize)[0])


def write_module(
    path: Path_,
    /,
    *,
    title: str | None = None,
    target: str = "numpy",
    style: str = "readable",
    certify: bool = True,
    stabilize: bool = True,
    memory_limit: int | Mapping[str, int] | None = None,
    checkpoints: int | str | None = None,
    **functions: Any,
) -> Path:
    """Write a standalone module, which imports NumPy alone.

    Before it is written, it is run at random points and compared with the formula as written; its
    docstring says how well they agree, and what was rewritten for floating point. Run as a
    program, the file compares its gradients with central differences.

    Parameters
    ----------
    path : path
        The file; written whole or not at all.
    title : str, optional
        First words of the file's docstring, one line.
    target : str
        "numpy", or "scipy": special functions are then calls of `scipy.special`, not helpers.
    style : str
        "readable", or "fast": the code computes in arrays that it keeps from call to call. Fast
        files may import modules of Python's standard library too, such as ``math``.
    certify : bool
        False: write it unchecked.
    stabilize : bool
        False: write the nodes exactly as they are, with no rule applied; see `function`.
    memory_limit, checkpoints
        How memory is saved in each of the functions; see `function`.
    **functions : (inputs, outputs)
        What each emitted function takes and returns: ``forward=([X, W], [y])``; a third entry says
        what it overwrites: ``step=([X, W], [loss], {W: W - 0.1 * d_W})``.

    Raises
    ------
    CodegenError
        If there is nothing to write, the inputs do not suffice, the place can not be written, or
        the code does not compute what was asked for, and where they part.

    Example
    -------
    >>> import tempfile, os
    >>> x = Graph().input("x", "[n]")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_module(os.path.join(folder, "norm.py"), norm2=([x], (x * x).sum()))
    """
    checks.check_style(style)
    if not functions:
        raise CodegenError(
            "there is no function to write",
            how="Give at least one: write_module(path, forward=([X, W], [y])).",
        )
    signatures = [checks.signature_of(n, spec) for n, spec in functions.items()]
    saving = checks.saving(memory_limit, checkpoints)
    lean = _lean([replace(s, **saving) for s in signatures], target, style, stabilize)
    lean = [numpy_backend.economize(s) for s in lean]
    notes = [
        (r.node, r.after)
        for s in (signatures if stabilize else ())
        for r in passes.notes(s.outputs, numpy_backend.compile_as_written)
    ]
    source = numpy_backend.write_source(lean, title, notes, certify)
    return files.write_whole(path, source)


def render(what: Expr | Sequence[Expr] | Graph, path: Path_, **options: Any) -> Path:
    """Draw a computational graph: .png, .svg, .pdf or .dot, by the path's ending.

    Raises
    ------
    RenderError
        If the ending is unknown, the graph too large, or Graphviz missing.
    """
    return picture.render(what, path, **options)


def to_latex(expr: Expr) -> str:
    r"""LaTeX of an expression.

    Example
    -------
    >>> print(to_latex(parse("x / 2", x="[]")))
    \frac{x}{2}
    """
    return latex.to_latex(checks.expressions([expr])[0])


def to_sympy(expr: Expr) -> Any:
    """The SymPy form of a scalar or matrix expression.

    Raises
    ------
    GraphError
        If SymPy can not say it.

    Example
    -------
    >>> to_sympy(parse("sin(x)**2", x="[]"))
    sin(x)**2
    """
    return sympy_door.to_sympy(checks.expressions([expr])[0])


@contextmanager
def _stable(y: Expr, wrt: Sequence[Expr], stabilize: bool) -> Iterator[Expr]:
    """The stable form of y, as long as it still reads what is differentiated by.

    Slopes that are made inside have that form too.
    """
    before, y.graph.stable = y.graph.stable, stabilize
    try:
        yield passes.stabilize([y], keep=wrt)[0] if stabilize else y
    finally:
        y.graph.stable = before


def _lean(
    signatures: Sequence[Signature], target: str, style: str, stabilize: bool
) -> list[Signature]:
    """The same functions of simplified outputs, unless they are wanted as they are."""
    if target not in ("numpy", "scipy"):
        raise CodegenError(
            f"there is no target {target!r}", how='The targets are: "numpy" and "scipy".'
        )
    wanted = [replace(s, scipy=target == "scipy", fast=style == "fast") for s in signatures]
    if not stabilize:
        return wanted
    best = passes.planned if style == "fast" else passes.final
    return [replace(s, outputs=best(s.outputs)) for s in wanted]
