"""The lines of an emitted function that check its arguments and learn the named sizes.

The readable style calls ``_checked``, which converts, or says what is wrong. The fast style asks
first, as cheaply as Python can, whether there is nothing to convert: whether all arguments are
arrays of NumPy's own class, of the declared dtype in the machine's byte order, and fit in shape.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from ...graph.dims import Dim, names_of
from ...graph.graph import Expr
from ...graph.types import Shape
from . import text
from .emission import Emitted
from .layout import INDENT, WIDTH, bracketed, indented, nested

_CONSTANTS = {  # module-level names cost a fraction of np.ndarray, an attribute of a large module
    "_Array": "_Array = np.ndarray",
    "_Floating": "_Floating = (np.ndarray, np.float64, np.float32)",
    "_Float64": "_Float64 = np.float64",
    "_Int64": "_Int64 = np.int64",
    "_Int32": "_Int32 = np.int32",
    "_Bool": "_Bool = np.bool_",
    **{
        f"_{d}": f'_{d} = np.dtype("{d}")' for d in ("bool", "int32", "int64", "float32", "float64")
    },
}
_NUMBERS = {  # for a dtype: the numbers that are converted at once, and how
    "float64": ("float", "_Float64"),
    **{f"int{bits}": (f"_Int{bits}", "np.asarray") for bits in (32, 64)},
    "bool": ("_Bool", "np.asarray"),
}
NAMES = frozenset(_CONSTANTS)
_CALLED = frozenset({"float", "len"})  # built-ins; a named dim of such a name hides them
_COMPARED = 6  # overwritten arguments, of which the code compares each with each
_ROOM = WIDTH - 2 * len(INDENT) - len("and ")  # for one line of the test


def check_lines(f: Emitted) -> list[str]:
    """The lines that check the arguments and learn the named sizes."""
    if not f.plan.inputs:
        return []
    if f.signature.trusted:
        return _lengths(f)
    test = _test(f) if f.signature.fast else []
    if not test:
        return [*_call(f), *compound_lines(f)]
    converted = indented([*_call(f, 1), *compound_lines(f, 1)])
    return [*_conversions(f), *_unless(test), *converted, *_apart_lines(f)]


def _lengths(f: Emitted) -> list[str]:
    """The lines that learn the named sizes, where arguments are what they are declared to be."""
    found: dict[str, str] = {}
    for a, x in zip(f.arguments, f.plan.inputs, strict=True):
        for axis, d in enumerate(x.shape):
            if isinstance(d, Dim) and d in f.used:
                built_in = not axis and "len" not in f.sizes
                found.setdefault(str(d), _length(a, axis) if built_in else f"{a}.shape[{axis}]")
    return [f"{d} = {length}" for d, length in found.items()]


def constant_lines(functions: Sequence[Emitted]) -> list[str]:
    """What the tests of the arguments mention, at module level."""
    dtypes = [dtype for f in functions for dtype, _ in f.listed]
    code = "\n".join([*dtypes, *(line for f in functions for line in f.source)])
    said = (name for name in _CONSTANTS if name in code and re.search(rf"\b{name}\b", code))
    return [_CONSTANTS[name] for name in said]


def compound_lines(f: Emitted, depth: int = 0) -> list[str]:
    """Sizes such as 2*n are checked once n is known."""
    lines = []
    room = WIDTH - (depth + 1) * len(INDENT)
    for a, x in _given(f):
        if _is_compound(x.shape, f):
            sizes = ", ".join(text.of_size(d).text for d in x.shape)
            shape = f"({sizes},)" if x.ndim == 1 else f"({sizes})"
            given = f'{{"{a}": ({a}, "{x.dtype.name}", {shape})}}'
            lines += bracketed("_checked(", [f'"{f.signature.name}"', "[]", given], ")", room)
    return lines


def _given(f: Emitted) -> list[tuple[str, Expr]]:
    """The arguments that are compared one by one."""
    listed = {a for names in f.listed.values() for a in names}
    return [(a, x) for a, x in zip(f.arguments, f.plan.inputs, strict=True) if a not in listed]


def _call(f: Emitted, depth: int = 0) -> list[str]:
    """The call that converts the arguments, or says what is wrong with one."""
    room = WIDTH - (depth + 3) * len(INDENT) - len(",")
    given = [
        nested(f'"{a}": (', [[a], [f'"{x.type.dtype_name}"'], [_shape(x)]], ")", room)
        for a, x in _given(f)
    ]
    if f.listed:
        given.append([f"**_described(locals(), {f.table})"])
    sizes = "[" + ", ".join(f'"{s}"' for s in f.used) + "]"
    listed = [a for names in f.listed.values() for a in names]
    found = [*(a for a, _ in _given(f)), *listed, *f.used]
    entries = nested("{", given, "}", 0)
    call = nested("_checked(", [[f'"{f.signature.name}"'], [sizes], entries], ")", 0)
    conversion = _conversion(f, call, found, depth)
    if not f.plan.updated:
        return conversion
    kept = [[f'"{a}": ({a}, "{x.dtype.name}")'] for a, x in _updated(f)]
    refusal = nested("_in_place(", [[f'"{f.signature.name}"'], nested("{", kept, "}", 0)], ")", 0)
    return [*refusal, *conversion]


def _updated(f: Emitted) -> list[tuple[str, Expr]]:
    updated = {*f.plan.updated}
    given = zip(f.arguments, f.plan.inputs, strict=True)
    return [(a, x) for a, x in given if x in updated]


def _apart_lines(f: Emitted) -> list[str]:
    """Overwritten arguments may not share memory; where each owns its own, no call asks."""
    arguments = [a for a, _ in _updated(f)]
    if not arguments:
        return []
    given = [[f'"{a}": {a}'] for a in arguments]
    room = WIDTH - 2 * len(INDENT)
    call = nested("_apart(", [[f'"{f.signature.name}"'], nested("{", given, "}", room)], ")", room)
    if len(arguments) == 1:
        return [f"elif {arguments[0]}.base is not None:", *indented(call)]
    if len(arguments) > _COMPARED:
        return ["else:", *indented(call)]
    owned = _chains([f"{a}.base" for a in arguments], " is ", "None")
    pairs = [(a, b) for (a, x), (b, y) in combinations(_updated(f), 2) if _may_be_one(x, y)]
    distinct = [f"{a} is not {b}" for a, b in pairs]
    return [*_unless([*owned, *distinct], "elif"), *indented(call)]


def _may_be_one(a: Expr, b: Expr) -> bool:
    """Whether one array may be given for both."""
    known = zip(a.shape, b.shape, strict=False)
    same = all(m == n or not (isinstance(m, int) and isinstance(n, int)) for m, n in known)
    return a.dtype == b.dtype and a.ndim == b.ndim and same


def _conversion(f: Emitted, call: list[str], found: list[str], depth: int) -> list[str]:
    """The assignment of converted arguments and of sizes."""
    flat = ", ".join(found) if len(found) > 1 else f"({found[0]},)"
    if len(flat) + (depth + 1) * len(INDENT) + len(" = _checked(") <= WIDTH:
        return [f"{flat} = _checked(", *call[1:]]
    targets = [f"{INDENT}{name}," for name in found]
    return ["(", *targets, ") = _checked(", *call[1:]]


def _shape(x: Expr) -> str:
    entries = [str(d) if isinstance(d, int) else f'"{d}"' for d in x.shape]
    return f"({', '.join(entries)}{',' if len(entries) == 1 else ''})"


def _is_compound(shape: Shape, f: Emitted) -> bool:
    return any(isinstance(d, Dim) and d not in f.dims for d in shape)


def _is_number(x: Expr, f: Emitted) -> bool:
    """Whether NumPy's own floating numbers, results of sums and means, pass for it."""
    return x.type.is_floating and not x.ndim and x not in f.plan.updated


def _conversions(f: Emitted) -> list[str]:
    """Numbers that a caller is likely to hold: Python's own, and the results of an earlier call."""
    lines = []
    for a, x in _given(f):
        if not x.ndim and x.type.dtype_name in _NUMBERS and x not in f.plan.updated:
            number, convert = _NUMBERS[x.type.dtype_name]
            lines += [f"if {a}.__class__ is {number}:", f"{INDENT}{a} = {convert}({a})"]
    return lines


def _test(f: Emitted) -> list[str]:
    """What holds where there is nothing to convert; nothing where it can not be asked."""
    shapes = _Shapes(f).tests()
    tests = [*_classes(f), *_dtypes(f), *(shapes or [])]
    tests += [f"_as_listed(locals(), {f.table})"] if f.listed else []
    tests += [f"{a}.flags.writeable" for a, _ in _updated(f)]
    longest = max(map(len, [*tests, *_conversions(f)]))
    if shapes is None or _CALLED & {*f.sizes} or longest > _ROOM:
        return []
    return tests


def _unless(tests: Sequence[str], word: str = "if") -> list[str]:
    """The ``if`` of what is done where one of the tests fails."""
    inner = " and ".join(tests)
    flat = f"{word} not ({inner}):"
    if len(flat) + len(INDENT) <= WIDTH:
        return [flat]
    if len(inner) + 2 * len(INDENT) <= WIDTH:
        return [f"{word} not (", INDENT + inner, "):"]
    lines = [tests[0], *(f"and {t}" for t in tests[1:])]
    return [f"{word} not (", *indented(lines), "):"]


def _classes(f: Emitted) -> list[str]:
    arrays = [f"{a}.__class__" for a, x in _given(f) if not _is_number(x, f)]
    numbers = [f"{a}.__class__ in _Floating" for a, x in _given(f) if _is_number(x, f)]
    return [*_chains(arrays, " is ", "_Array"), *numbers]


def _dtypes(f: Emitted) -> list[str]:
    dtypes: dict[str, list[str]] = {}
    for a, x in _given(f):
        dtypes.setdefault(f"_{x.type.dtype_name}", []).append(f"{a}.dtype")
    return [line for name, listed in dtypes.items() for line in _chains(listed, " is ", name)]


def _chains(terms: Sequence[str], sign: str, last: str) -> list[str]:
    """Comparisons ``a is b is last`` of as many terms as stand on a line."""
    chains: list[str] = []
    for term in terms:
        longer = chains and f"{chains[-1]}{sign}{term}"
        if longer and len(longer + sign + last) <= _ROOM:
            chains[-1] = longer
        else:
            chains.append(term)
    return [f"{chain}{sign}{last}" for chain in chains]


class _Shapes:
    """Comparisons of shapes, in an order in which every size is known before it is compared."""

    def __init__(self, f: Emitted) -> None:
        self.f = f
        self.known: set[str] = set()
        self.lengths: dict[str, str] = {}  # of vectors, whose names no comparison has given yet
        self.mentions = Counter(n for x in f.plan.inputs for d in x.shape for n in names_of([d]))
        self.plain = Counter[int | Dim](d for _, x in _given(f) for d in {*x.shape} if d in f.dims)

    def tests(self) -> list[str] | None:
        """The comparisons; None where a size stands before what tells it."""
        told: list[str] = []
        compared: dict[str, list[str]] = {}
        for a, x in sorted(_given(self.f), key=lambda pair: self._turn(pair[1])):
            new = {d for d in x.shape if d in self.f.dims and d not in self.known}
            if self._is_asked_elsewhere(x) and new and not new & self.lengths.keys():
                told.append(self._later(a, str(x.shape[0])))
                continue
            alone = new - self.lengths.keys()
            entries = [self._entry(a, i, d) for i, d in enumerate(x.shape)]
            if None in entries:
                return None
            shape = f"({', '.join(map(str, entries))}{',' if x.ndim == 1 else ''})"
            if not new:
                property_, value = ("shape", shape) if x.ndim else ("ndim", "0")  # the cheaper one
                compared.setdefault(value, []).append(f"{a}.{property_}")
            told += [f"{a}.ndim == {x.ndim}"] if alone else []
            told += [f"{a}.shape == {shape}"] if new and shape != self._own(a, x.ndim) else []
        return told + [t for v, listed in compared.items() for t in _chains(listed, " == ", v)]

    def _later(self, a: str, size: str) -> str:
        """What is asked of a vector whose length is found where the next shape is compared."""
        self.lengths[size] = f"len({a})"
        self.mentions[size] -= 1
        return f"{a}.ndim == 1"

    def _turn(self, x: Expr) -> tuple[bool, bool]:
        """Vectors first, whose length is found without their shape; what other sizes make last."""
        return _is_compound(x.shape, self.f), not self._is_asked_elsewhere(x)

    def _is_asked_elsewhere(self, x: Expr) -> bool:
        """Whether it is a vector of a named length that another shape has."""
        return x.ndim == 1 and self.plain[x.shape[0]] > 1

    def _entry(self, a: str, axis: int, size: int | Dim) -> str | None:
        """What one size of a shape is compared with: it is given a name where it is first met."""
        if isinstance(size, int):
            return str(size)
        if size not in self.f.dims:
            return text.of_size(size).text if {*names_of([size])} <= self.known else None
        if size in self.known:
            return str(size)
        self.known.add(size)
        found = self.lengths.pop(size, "") or _length(a, axis)
        wanted = size in self.f.used or self.mentions[str(size)] > 1
        return f"{size} := {found}" if wanted else found

    def _own(self, a: str, ndim: int) -> str:
        """The shape of an array, of which nothing is demanded."""
        return f"({', '.join(_length(a, i) for i in range(ndim))}{',' if ndim == 1 else ''})"


def _length(a: str, axis: int) -> str:
    return f"{a}.shape[{axis}]" if axis else f"len({a})"
