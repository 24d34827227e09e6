"""The SymPy door, in and out, against SymPy's own numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import sympy as sp
from sympy import Function, MatrixSymbol, Rational, Symbol
from sympy.codegen import cfunctions

import symgrad as sg
from symgrad.frontends.sympy import _kind
from symgrad.graph.graph import operations
from symgrad.ops import registry

from ..oracles import domain_of, run, sample

x, y, z = sp.symbols("x y z", real=True)
n, m = sp.symbols("n m")
X, Y, W, A, B = (
    MatrixSymbol(*of) for of in [("X", n, 3), ("Y", n, 2), ("W", 3, 2), ("A", 3, 3), ("B", 3, 3)]
)
POINT = {x: 0.37, y: 1.21, z: -0.83}


def read(expr: Any, *args: Any, **options: Any) -> str:
    """The last line of the text of what an expression becomes."""
    return str(sg.from_sympy(expr, *args, **options)).splitlines()[-1]


def number_of(expr: Any, point: dict[Any, float] = POINT) -> float:
    """SymPy's own value; that of erfcinv it does not know."""
    expr = expr.doit().rewrite(sp.erfinv)
    return float(expr.subs({s: sp.Float(v, 30) for s, v in point.items()}).evalf(20))


def value(expr: sg.Expr, point: dict[Any, float] = POINT) -> float:
    known = {s.name: v for s, v in point.items() if s.name in expr.graph.inputs}
    return float(run([expr], known)[0])


# Scalars: values and gradients.

SCALARS = [
    x + y - z,
    x - y,
    -x / y,
    x * y / z / 2,
    Rational(2, 3) * x + Rational(1, 7),
    sp.Float("0.1", 50) * x,
    1 / (x * y**2),
    x ** Rational(3, 2) + y**-2.0 + y**0.5 + y**2.5,
    2**x + y**x,
    sp.sqrt(x) / sp.sqrt(y),
    sp.exp(-((x - y) ** 2) / 2) / sp.sqrt(2 * sp.pi),
    sp.E**x * sp.E + sp.EulerGamma,
    sp.Pow(sp.E, x, evaluate=False),
    sp.log(x, 2) + sp.log(y, 10, evaluate=False),
    sp.sin(x) * sp.cos(y) ** 2 + sp.tan(x),
    sp.asin(x) + sp.acos(x) + sp.atan(z),
    sp.sinh(x) + sp.cosh(y) - sp.tanh(z),
    sp.sec(x) + sp.csc(x) - sp.cot(x) + sp.sech(x) - sp.csch(x) * sp.coth(x),
    sp.acot(x) + sp.asec(y) + sp.acsc(y),
    sp.Abs(z) + sp.sign(z) * x,
    sp.floor(3 * y) + sp.ceiling(y) * x + sp.frac(y),
    sp.Mod(5 * y, 2) * x,
    sp.Max(x, y, 0) + sp.Min(z, 1) * x,
    sp.Heaviside(x) * y + sp.Heaviside(z) + sp.Heaviside(0, Rational(1, 3)),
    sp.sinc(y),
    sp.Piecewise((x**2, x > 1), (x, x > 0), (0, True)),
    sp.Piecewise((x, sp.And(x > 0, y < 1, z < 0)), (y, sp.Or(x < 0, sp.Eq(x, y))), (z, True)),
    sp.Piecewise((x, sp.Not(sp.Ne(x, y))), (y, sp.Xor(x > 0, y > 0, z > 0)), (z, True)),
    sp.Piecewise((x, sp.ITE(x > 0, y > 5, z > 0)), (y, sp.Implies(x > 1, y > 5))),
    sp.Integer(10) ** 30 * x / sp.Integer(10) ** 29,
    x * sp.UnevaluatedExpr(-y) + sp.GoldenRatio,
]


@pytest.mark.parametrize("expr", SCALARS, ids=str)
def test_scalars_have_sympy_s_value_and_gradient(expr):
    loss = sg.from_sympy(expr)
    assert value(loss) == pytest.approx(number_of(expr), rel=1e-13)
    if expr.has(sp.Mod, sp.floor, sp.frac, sp.ceiling, sp.Heaviside, sp.sign):
        return
    for symbol in expr.free_symbols:
        found = sg.grad(loss, symbol.name)
        assert value(found) == pytest.approx(
            number_of(expr.doit().diff(symbol)), rel=1e-11, abs=1e-14
        )


def functions_of_sympy():
    """All functions of SymPy that the door lets in, by class."""
    modules = [sp.functions, sp.functions.special.error_functions, cfunctions]
    found = {f for module in modules for f in vars(module).values() if isinstance(f, type)}
    return sorted((f for f in found if issubclass(f, Function) and _kind(f)), key=str)


ARGUMENTS = {
    **dict.fromkeys([sp.asec, sp.acsc], (y,)),
    sp.acosh: (y,),
    **dict.fromkeys([sp.besseli, sp.polygamma], (2, y)),
    sp.Heaviside: (x, Rational(1, 3)),
    sp.Piecewise: ((x, y > 0), (y, True)),
    **dict.fromkeys([sp.Max, sp.Min], (x, y, z)),
}


@pytest.mark.parametrize("function", functions_of_sympy(), ids=str)
def test_every_function_means_what_sympy_means(function):
    arguments = ARGUMENTS.get(function) or (x, y)[: min(function.nargs)]
    expr = function(*arguments, evaluate=False)
    assert value(sg.from_sympy(expr)) == pytest.approx(number_of(expr), rel=1e-13)


def test_many_functions_come_in():
    assert len(functions_of_sympy()) >= 25


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (x - y, "x - y"),
        (x - 3, "x - 3"),
        (-x + y, "y - x"),
        (x / y, "x / y"),
        (-x / y, "-x / y"),
        (x * y / (2 * z), "x * y / (2 * z)"),
        (Rational(2, 3) * x, "2 * x / 3"),
        (1 / x, "1 / x"),
        (x**-3, "1 / x**3"),
        (x**2, "x**2"),
        (sp.sqrt(x), "sqrt(x)"),
        (1 / sp.sqrt(x), "1 / sqrt(x)"),
        (sp.exp(-(x**2) / 2), "exp(-x**2 / 2)"),
        (sp.Max(x, 0), "maximum(x, 0)"),
        (sp.log(1 + sp.exp(x)), "log(1 + exp(x))"),
        (sp.Piecewise((x, x > 0), (y, True)), "where(x > 0, x, y)"),
        (-2 * X * W, "-2 * (X @ W)"),
        (X * W - Y, "X @ W - Y"),
        (Y - X * W, "Y - X @ W"),
        (X.T * X / n, "X.T @ X / n"),
        (sp.HadamardProduct(X, X), "X * X"),
    ],
    ids=str,
)
def test_reads_as_a_person_would_write_it(expr, text):
    assert read(expr) == text


# Numbers.


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (sp.Integer(-7), -7),
        (Rational(1, 3), 1 / 3),
        (Rational(10**400, 3 * 10**399), 10 / 3),
        (sp.Float("0.1", 60), 0.1),
        (sp.Float("1e-400"), 0.0),
        (sp.pi, math.pi),
        (sp.oo, math.inf),
        (-sp.oo, -math.inf),
        (sp.Integer(2) ** 62, 2**62),
        (sp.Integer(10) ** 300, 1e300),
        (sp.Pow(2, -3, evaluate=False), 0.125),
        (sp.Pow(-2, 3, evaluate=False), -8),
        (sp.Pow(0, 0, evaluate=False), 1),
        (sp.Mul(3, Rational(1, 2), -1, evaluate=False), -1.5),
    ],
)
def test_numbers_are_rounded_once(number, expected):
    found = sg.from_sympy(number)
    assert found.op == "constant"
    assert found.value == expected


def test_not_a_number():
    assert np.isnan(sg.from_sympy(sp.nan).value)
    assert np.isnan(value(sg.from_sympy(sp.Piecewise((x, x > 1)))))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_adopt_the_dtype(dtype):
    expr = (
        (X + 2 * sp.OneMatrix(n, 3))
        * (3 * sp.Identity(3))
        * sp.Matrix([[1, 2], [3, sp.pi], [5, Rational(1, 2)]])
        / 3
    )
    assert sg.from_sympy(expr, {"X": dtype}).dtype == dtype
    assert sg.from_sympy(Rational(1, 3) + x * sp.pi, {x: dtype}).dtype == dtype


def _powers(count):
    tower = sp.Integer(9)
    for _ in range(count):
        tower = sp.Pow(9, tower, evaluate=False)
    return tower


@pytest.mark.parametrize(
    "number",
    [
        sp.Integer(10) ** 400,
        Rational(10**400, 3),
        sp.Float("1e400"),
        sp.Mul(10**400, 0.5, x, evaluate=False),
        10**400 * x,
        x + Rational(10**400, 7),
        _powers(3),
    ],
    ids=range(7),
)
def test_numbers_too_large_are_refused(number):
    with pytest.raises(
        sg.DTypeError, match=r"this large fits no dtype \(float64 ends at 1.8e308\)"
    ):
        sg.from_sympy(number)


# Matrices.

MATRICES = [
    X * W,
    -2 * X * W + Y,
    Y - X * W / 3,
    (X * W).T,
    X.T * X * W / 7,
    x * A + y * B,
    sp.HadamardProduct(A, B, A),
    sp.HadamardPower(A, 2),
    sp.HadamardPower(A, -1),
    A**5,
    A * (A + B) ** 3,
    sp.Identity(3) + A,
    X.T * sp.Identity(n) * X,
    sp.Trace(A + B.T) * A,
    A - sp.ZeroMatrix(3, 3) + sp.OneMatrix(3, 3),
    X * sp.Matrix([1, 2, 3]),
    sp.Matrix([[1, Rational(1, 2), sp.pi]]) * A,
    sp.Trace(A) * B,
    sp.Trace(A * B) + sp.Trace(-3 * A.T * B) + x,
    sp.Trace((X * W - Y).T * (X * W - Y)),
    A[0, 1] * B + A[2, 2] * A,
    A[0:2, 1:3],
    A[:, 0].T * A[1:, :].T,
    sp.Adjoint(A) * B,
    sp.Transpose(sp.MatMul(-1, A, evaluate=False)),
]
ARRAYS = {
    s.name: np.random.default_rng(i).normal(size=(5 if s.shape[0] == n else 3, s.shape[1]))
    for i, s in enumerate([X, Y, W, A, B])
} | {"x": 0.37, "y": 1.21, "n": 5}


def numbers_of(expr: Any) -> np.ndarray[Any, Any]:
    """SymPy's own value, element by element."""
    values = {s.subs(n, 5): sp.ImmutableMatrix(ARRAYS[s.name]) for s in (X, Y, W, A, B)}
    values |= {s: ARRAYS[s.name] for s in (x, y, Symbol("x"), Symbol("y"))}
    known = expr.subs(n, 5).subs(values).replace(sp.Trace, lambda arg: arg.as_explicit().trace())
    return np.array((known.as_explicit() if known.is_Matrix else known).evalf(), dtype=float)


@pytest.mark.parametrize("expr", MATRICES, ids=str)
def test_matrices_have_sympy_s_values(expr):
    found = sg.from_sympy(expr)
    names = list(found.graph.inputs)
    [result] = run([found], {name: ARRAYS[name] for name in names})
    np.testing.assert_allclose(result, numbers_of(expr), rtol=1e-12, atol=1e-13)


def test_functions_of_every_element():
    expr = (X * W).applyfunc(sp.Lambda(z, sp.tanh(z) + y)).applyfunc(sp.sin)
    found = sg.from_sympy(expr)
    assert list(found.graph.inputs) == ["W", "X", "y"]
    [result] = run([found], {k: ARRAYS[k] for k in ("X", "W", "y")})
    np.testing.assert_allclose(result, np.sin(np.tanh(ARRAYS["X"] @ ARRAYS["W"]) + 1.21))


def test_one_function_applied_to_two_matrices():
    relu = sp.Lambda(z, sp.Max(z, 0))
    assert read(A.applyfunc(relu) - B.applyfunc(relu)) == "maximum(A, 0) - maximum(B, 0)"


def test_sizes_are_named_dims():
    C = MatrixSymbol("C", 2 * n + 1, m)
    assert sg.from_sympy(C * C.T).shape == ("2*n + 1", "2*n + 1")
    assert sg.from_sympy(X * W).shape == ("n", 2)


def test_a_named_dim_is_a_number_in_the_expression():
    mean = sg.from_sympy(sp.Trace(X.T * X) / n)
    assert list(mean.graph.inputs) == ["X"]
    assert float(run([mean], {"X": ARRAYS["X"]})[0]) == pytest.approx((ARRAYS["X"] ** 2).sum() / 5)


def test_a_matrix_written_out_of_expressions():
    expr = sp.Matrix([[x, 1], [x * y, sp.sqrt(2)]])
    if "stack" not in operations:
        with pytest.raises(sg.GraphError, match="no operation for SymPy's MutableDenseMatrix"):
            sg.from_sympy(expr)
        return
    [result] = run([sg.from_sympy(expr)], {"x": 3.0, "y": 2.0})
    np.testing.assert_array_equal(result, [[3, 1], [6, math.sqrt(2)]])


# Specs, names, graphs.


def test_a_symbol_may_be_an_array():
    found = sg.from_sympy(sp.tanh(x) * y + z, {"x": "float32[n, 2]", y: "float32[2]"})
    assert list(found.graph.inputs) == ["x", "y", "z"]
    assert found.shape == ("n", 2)


def test_inputs_come_in_the_order_of_specs_then_of_names():
    found = sg.from_sympy(sp.Symbol("b") * x + sp.Symbol("a"), {"x": "[]", "unused": "[4]"})
    assert list(found.graph.inputs) == ["x", "unused", "a", "b"]


def test_an_expression_of_the_graph_may_stand_for_a_symbol():
    g = sg.Graph()
    u = g.input("u", "[n]")
    found = sg.from_sympy(Symbol("x'") ** 2, {"x'": sg.exp(u)}, graph=g)
    assert found.graph is g
    assert list(g.inputs) == ["u"]
    assert found is sg.exp(u) ** 2


def test_names_of_the_graph_are_known():
    g = sg.Graph()
    u = g.input("x", "[n, 2]")
    h = g.name("h", sg.tanh(u))
    assert sg.from_sympy(Symbol("h") + Symbol("x") / Symbol("n"), graph=g).shape == ("n", 2)
    assert sg.from_sympy(Symbol("h"), graph=g) is h
    assert list(g.inputs) == ["x"]


def test_a_spec_of_a_matrix_may_be_its_dtype_alone():
    assert sg.from_sympy(X * W, {"X": "float32", "W": "float32[3, 2]"}).dtype == np.float32


@pytest.mark.parametrize("spec", ["[n]", "[n, 4]", "[n, 3, 1]"])
def test_a_spec_of_a_matrix_has_its_shape(spec):
    g = sg.Graph()
    for given in (spec, g.input("v", spec)):
        with pytest.raises(
            sg.ShapeError, match=r"X is a MatrixSymbol \[n, 3\], and is given as"
        ) as e:
            sg.from_sympy(X, {"X": given}, graph=g)
        assert "a vector is a matrix of one column" in e.value.how


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(sg.ShapeError, match="cannot add"):
        sg.from_sympy(x + y, {"x": "[2]", "y": "[3]"})


def test_nothing_is_left_behind_by_an_error():
    g = sg.Graph()
    g.input("a")
    before = len(g), dict(g.inputs), dict(g.named)
    for expr in [x + sp.I, x + Symbol("b c"), x / y + sp.Float("1e400")]:
        with pytest.raises(sg.SymgradError):
            sg.from_sympy(expr, graph=g)
        assert (len(g), dict(g.inputs), dict(g.named)) == before


@pytest.mark.parametrize(
    ("name", "what"),
    [
        (r"\alpha_1", "Call it _alpha_1"),
        ("x'", "Call it x_"),
        ("lambda", "Call it lambda_"),
        ("__import__('os').system('true')", "is letters, digits and underscores"),
        ("", "letters, digits"),
        ("a\0b", "letters, digits"),
    ],
)
def test_names_that_are_no_identifiers(name, what):
    with pytest.raises(sg.GraphError, match="can not name an input") as caught:
        sg.from_sympy(Symbol(name) + 1)
    assert what in str(caught.value)


def test_two_symbols_of_one_name():
    with pytest.raises(sg.GraphError, match="two different symbols are called x"):
        sg.from_sympy(Symbol("x") + Symbol("x", positive=True))
    with pytest.raises(sg.GraphError, match="two different symbols are called x"):
        sg.from_sympy(sp.Dummy("x") + sp.Dummy("x"))


# What is refused.

f, i = Function("f"), sp.Symbol("i")


@pytest.mark.parametrize(
    ("expr", "what", "how"),
    [
        (sp.I * x, "ImaginaryUnit: I", "real numbers"),
        (sp.zoo, "ComplexInfinity: zoo", "real numbers"),
        (sp.re(Symbol("c")), "re: re(c)", "Symbol('x', real=True)"),
        (f(x), "undefined function: f(x)", "expr.replace(f, lambda x: ...)"),
        (Function("sin")(x), "undefined function: sin(x)", "Define it first"),
        (sp.Integral(sp.exp(-(x**2)), x), "Integral: Integral(exp(-x**2), x)", "expr.doit()"),
        (sp.Derivative(f(x), x), "Derivative", "sg.grad"),
        (sp.Sum(x**i, (i, 1, 3)), "Sum", "expr.doit()"),
        (sp.IndexedBase("a")[i], "Indexed: a[i]", "MatrixSymbol"),
        (sp.Poly(x**2 + 1, x), "Poly", "poly.as_expr()"),
        (sp.LambertW(x), "LambertW", "symgrad.ops.registry"),
        (sp.Tuple(x, y), "Tuple", "Rewrite"),
        (sp.Contains(x, sp.Interval(0, 1)), "Contains", "Rewrite"),
        (sp.BlockMatrix([[A, B]]), "BlockMatrix", "Rewrite"),
        (A**i, "MatPow: A**i", "fixed integer"),
        (X[i, 0], "MatrixElement: X[i, 0]", "fixed integers"),
        (sp.Pow(0, -1, evaluate=False), "Pow", "no real number"),
    ],
    ids=lambda p: str(p)[:30],
)
def test_what_there_is_no_operation_for(expr, what, how):
    with pytest.raises(sg.GraphError) as caught:
        sg.from_sympy(expr)
    assert str(caught.value).startswith("symgrad has no operation for SymPy's ")
    assert what in str(caught.value)
    assert how in caught.value.how


@pytest.mark.parametrize(("name", "expr"), [("inv", A.I), ("det", sp.Determinant(A))])
def test_linear_algebra_comes_with_its_operation(name, expr):
    if name in operations:
        [result] = run([sg.from_sympy(expr)], {"A": ARRAYS["A"]})
        np.testing.assert_allclose(result, getattr(np.linalg, name)(ARRAYS["A"]))
    else:
        with pytest.raises(sg.GraphError, match="symgrad has no operation"):
            sg.from_sympy(expr)


def test_text_and_other_things_are_refused():
    with pytest.raises(sg.GraphError, match=r"not str\n  Use sg.parse for text"):
        sg.from_sympy("__import__('os')")
    for thing in (3, [x], {x}, None, np.ones(2)):
        with pytest.raises(sg.GraphError, match="takes a SymPy expression"):
            sg.from_sympy(thing)


# Deep, shared and wide.

DEEP = {
    "function": lambda e: sp.sin(e, evaluate=False),
    "sum": lambda e: sp.Add(e, 1, evaluate=False),
    "product": lambda e: sp.Mul(e, y, evaluate=False),
    "quotient": lambda e: sp.Mul(y, sp.Pow(e, -1, evaluate=False), evaluate=False),
    "negation": lambda e: sp.Mul(-1, sp.Add(e, y, evaluate=False), evaluate=False),
    "power": lambda e: sp.Pow(e, 2, evaluate=False),
    "choice": lambda e: sp.Piecewise((e, x > 0), (1, True), evaluate=False),
}


@pytest.mark.parametrize("build", DEEP.values(), ids=DEEP)
def test_ten_thousand_levels(build):
    expr = x
    for _ in range(10_000):
        expr = build(expr)
    found = sg.from_sympy(expr)
    assert 10_000 <= len(found.graph) <= 20_010


@pytest.mark.parametrize("kind", ["function", "sum", "choice"])
def test_the_way_back_is_as_deep(kind):
    expr = x
    for _ in range(3000):
        expr = DEEP[kind](expr)
    found = sg.from_sympy(expr)
    back = sg.from_sympy(sg.to_sympy(found))
    assert len(back.graph) == len(found.graph)


def test_shared_parts_are_read_once():
    expr = x
    for _ in range(60):
        expr = sp.Add(expr, expr, evaluate=False)
    found = sg.from_sympy(expr)
    assert len(found.graph) == 61
    assert value(found, {x: 1.0}) == 2.0**60
    assert sg.to_sympy(found) == 2**60 * Symbol("x")


def test_a_wide_sum_is_linear():
    terms = [sp.Mul(k, x) if k % 2 else sp.Mul(-k, y) for k in range(2, 4_000)]
    found = sg.from_sympy(sp.Add(*terms, evaluate=False))
    assert len(found.graph) <= 3 * len(terms) + 2
    expected = sum(k * 0.37 if k % 2 else -k * 1.21 for k in range(2, 4_000))
    assert value(found) == pytest.approx(expected)


# The way back.

BACK = [
    x - y,
    -x / y,
    Rational(2, 3) * x + Rational(1, 7),
    sp.sqrt(x) / sp.pi,
    x ** Rational(3, 2) * sp.E,
    sp.exp(-(x**2) / 2),
    sp.sin(x) * sp.cos(y) ** 2,
    sp.Max(x, y, 0) + sp.Min(z, 1),
    sp.Abs(x) * sp.sign(y) + sp.floor(z),
    sp.Mod(x, y),
    sp.Piecewise((x**2, x > 1), (x, x > 0), (0, True)),
    sp.Piecewise((x, sp.And(x > 0, y < 1)), (2, sp.Or(sp.Eq(x, y), x < -1))),
    sp.ITE(x > 0, y > 0, z > 0),
    sp.Not(sp.And(x > y, y >= z)),
    sp.Float("0.123456789") * x,
    sp.oo,
    X * W,
    -2 * X * W + Y,
    (X * W).T,
    A**5 + sp.OneMatrix(3, 3),
    A - 2 * sp.Identity(3),
    sp.HadamardProduct(A, B),
    sp.HadamardPower(A, 2),
    x * A,
    X.T * X / n,
    X * sp.ImmutableMatrix([1, 2, 3]),
    A[0, 1],
    MatrixSymbol("C", 2 * n + 1, m).T,
]


@pytest.mark.parametrize("expr", BACK, ids=str)
def test_there_and_back(expr):
    plain = {s: Symbol(s.name) for s in (x, y, z)}
    assert sg.to_sympy(sg.from_sympy(expr)) == expr.subs(plain)


UNSAYABLE = {"rint", "isnan", "isinf", "isfinite"}


def scalar_rows():
    """All elementwise operations that say in a line what they mean."""
    return [op for op in registry.values() if isinstance(op.meaning, str) and op.name != "astype"]


@pytest.mark.parametrize("op", scalar_rows(), ids=str)
def test_every_row_can_be_said_in_sympy(op):
    g = sg.Graph()
    truths = [domain_of(op, k) == "bools" for k in range(len(op.operands))]
    inputs = [
        g.input(f"u{k}", "bool" if t else "") if t else g.input(f"u{k}")
        for k, t in enumerate(truths)
    ]
    node = op(*inputs)
    if op in UNSAYABLE:
        with pytest.raises(sg.GraphError, match="SymPy can not say"):
            sg.to_sympy(node)
        return
    said = sg.to_sympy(node)
    values = {f"u{k}": sample(domain_of(op, k), (), seed=k) for k in range(len(inputs))}
    found = said.subs({Symbol(k): v.item() for k, v in values.items()})
    found = found.evalf() if not found.is_Boolean else bool(found)
    assert float(found) == pytest.approx(float(run([node], values)[0]), rel=1e-12)


def test_truth_values_that_are_computed_with_become_numbers():
    g = sg.Graph()
    u = g.input("u")
    said = sg.to_sympy(u * (u > 0))
    assert said.subs("u", 3) == 3
    assert said.subs("u", -3) == 0


def test_gradients_can_be_said():
    loss = sg.from_sympy(sp.Trace((X * W - Y).T * (X * W - Y)) / n)
    said = sg.to_sympy(sg.grad(loss, "W"))
    expected = 2 / 5 * ARRAYS["X"].T @ (ARRAYS["X"] @ ARRAYS["W"] - ARRAYS["Y"])
    np.testing.assert_allclose(numbers_of(said), expected, rtol=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "A * A / 2 - B / A + 1 / A",
        "A + x - (x - A)",
        "-A * x / y",
        "A @ B.T @ A",
        "A.sum() * A.mean()",
        "A.sum(axis=0, keepdims=True) @ A.mean(axis=1, keepdims=True)",
        "A.sum(keepdims=True) / A.mean(keepdims=True)",
        "A.mean(axis=0, keepdims=True)",
        "A[0, 1] * A + 0 * A",
    ],
)
def test_operations_of_matrices_can_be_said(text):
    node = sg.parse(text, A="[3, 3]", B="[3, 3]", x="[]", y="[]")
    values = {name: ARRAYS[name] for name in "ABxy"}
    [expected] = run([node], values)
    np.testing.assert_allclose(numbers_of(sg.to_sympy(node)), expected, rtol=1e-12)


@pytest.mark.parametrize(
    "text", ["relu(A)", "maximum(A, x)", "tanh(A * x)", "clip(A, -1, 1)", "x**A"]
)
def test_functions_of_matrices_are_applied_to_the_elements(text):
    node = sg.parse(text, A="[3, 3]", x="[]")
    said = sg.to_sympy(node)
    explicit = said.subs({A: sp.Matrix(ARRAYS["A"]), Symbol("x"): 0.37}).doit()
    [expected] = run([node], {"A": ARRAYS["A"], "x": 0.37})
    np.testing.assert_allclose(np.array(explicit, dtype=float), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("x[None] * 2", "it is"),
        ("softmax(M)", "no such function"),
        ("M + M.sum(axis=0, keepdims=True)", "it does not broadcast [1, 3]"),
        ("M > 0", "no such function of matrices"),
        ("M[:1]", "single elements"),
        ("maximum(M, M * 2)", "no such function of matrices"),
    ],
)
def test_what_sympy_can_not_say(text, what):
    with pytest.raises(sg.GraphError, match="SymPy can not say ") as caught:
        sg.to_sympy(sg.parse(text, x="[]", M="[3, 3]"))
    assert what in str(caught.value)
