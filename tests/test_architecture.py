"""The import order of CONTRIBUTING.md, read from the sources.

Every check is a function from the folder that holds a package ``symgrad`` to a list of complaints,
so that each is also run on small trees that break its rule.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FACE = "symgrad"  # symgrad/__init__.py, which gathers the public names

GRAPH = {"errors", "graph"}
OPS = GRAPH | {"ops"}
ROOMS = OPS | {"lang", "frontends", "autodiff", "passes", "backends", "render"}
CUSTOMER = {"errors", "files", "api", FACE}

# room -> the rooms it may import besides itself
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "graph": {"errors"},
    "ops": GRAPH,
    "lang": OPS | {"rooms"},
    "frontends": OPS | {"lang", "rooms"},
    "autodiff": OPS,
    "passes": OPS | {"rooms"},
    "backends": OPS | {"rooms", "version"},
    "render": OPS | {"files"},
    "files": {"errors"},
    "version": set(),
    "rooms": {"graph"},
    "checks": GRAPH | {"autodiff", "backends", "rooms"},
    "api": ROOMS | {"checks", "files", "rooms"},
    "testing": CUSTOMER | {"graph"},
    "derivation": OPS | {"lang", "autodiff", "passes", "backends", "api"},
    "gradients": CUSTOMER | {"graph"},
    "sameness": CUSTOMER | {"graph"},
    "catalog": CUSTOMER | {"graph", "ops"},
    "nn": CUSTOMER | {"testing"},
    "demo": CUSTOMER | {"nn", "testing"},
    "cli": CUSTOMER | {"catalog", "nn", "testing", "demo", "rooms"},
    "__main__": {"cli"},
    FACE: ROOMS | {"api", "derivation", "gradients", "nn", "sameness", "testing", "version"},
}

_REWRITING = {"facts", "rewriting"}
# rooms in `passes` -> those of `passes` they may import besides themselves
MAY_IMPORT_INSIDE: dict[str, set[str]] = {
    "facts": set(),
    "rewriting": {"facts"},
    "families": {"facts"},
    "rules": _REWRITING | {"families"},
    "structural": {"facts", "families"},
    "shortening": {"facts", "families"},
    "lowering": _REWRITING | {"families"},
    "explanations": _REWRITING,
}

HEAVY = {
    "IPython",
    "graphviz",
    "lark",
    "matplotlib",
    "pygraphviz",
    "rich",
    "scipy",
    "sklearn",
    "sympy",
    "typer",
}
# `import symgrad` does not load these rooms, and base dependencies are always there for them.
MAY_LOAD = {"cli": {"rich", "typer"}, "demo": {"rich", "typer"}}

VAGUE = {"common", "helper", "helpers", "misc", "util", "utils"}


@dataclass(frozen=True)
class Import:
    """One name imported by one file."""

    where: str  # path:line
    source: str  # the module that imports
    target: str  # the module imported, or a third party's
    top: bool  # a plain statement at the top of the file, or under TYPE_CHECKING there
    on_load: bool  # runs when the source is imported
    typing_only: bool  # stands under TYPE_CHECKING

    @property
    def internal(self) -> bool:
        return self.target.split(".")[0] == FACE


def list_modules(root: Path) -> dict[str, Path]:
    """Map each module's dotted name to its file."""
    files = sorted((root / FACE).rglob("*.py"))
    dotted = [".".join(file.relative_to(root).with_suffix("").parts) for file in files]
    return {name.removesuffix(".__init__"): file for name, file in zip(dotted, files, strict=True)}


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else module


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {
        "TYPE_CHECKING",
        "typing.TYPE_CHECKING",
    }


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def walk_imports(
    tree: ast.Module,
) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool, bool, bool]]:
    """Yield each import statement with its ``top``, ``on_load`` and ``typing_only``."""
    defined = False
    for statement in tree.body:
        stack = [(statement, not defined, True, False)]
        while stack:
            node, top, on_load, typing_only = stack.pop()
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield node, top, on_load, typing_only
                continue
            if is_type_checking(node):
                # The else branch of a TYPE_CHECKING block runs on load and is no place for ours.
                stack += [(n, top, False, True) for n in node.body]
                stack += [(n, False, on_load, False) for n in node.orelse]
                continue
            if isinstance(node, ast.With):
                stack += [(n, top, on_load, typing_only) for n in node.body]
                continue
            runs = on_load and not isinstance(node, FUNCTIONS)
            stack += [(n, False, runs, typing_only) for n in ast.iter_child_nodes(node)]
        defined = defined or isinstance(statement, (*FUNCTIONS, ast.ClassDef))


def resolve(
    node: ast.Import | ast.ImportFrom, module: str, is_package: bool, known: dict[str, Path]
) -> list[str]:
    """Name the modules that a statement imports: ``from a import b`` is a.b if that is a module."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = node.module or ""
    if node.level:
        parts = module.split(".")
        kept = parts[: len(parts) - node.level + is_package]
        base = ".".join([*kept, *([node.module] if node.module else [])])
    return [f"{base}.{a.name}" if f"{base}.{a.name}" in known else base for a in node.names]


def read_imports(root: Path) -> list[Import]:
    known = list_modules(root)
    found = []
    for module, path in known.items():
        for node, *flags in walk_imports(ast.parse(path.read_text("utf-8"))):
            where = f"{path.relative_to(root).as_posix()}:{node.lineno}"
            for target in resolve(node, module, path.name == "__init__.py", known):
                found.append(Import(where, module, target, *flags))
    return found


def check_rooms_known(root: Path) -> list[str]:
    """Every file stands in a room of the table."""
    rooms = sorted({room_of(module) for module in list_modules(root)} - MAY_IMPORT.keys())
    return [f"symgrad/{room} is no row of the table in CONTRIBUTING.md" for room in rooms]


def check_order(root: Path) -> list[str]:
    """Imports run down the table, those under TYPE_CHECKING too."""
    complaints = []
    for i in read_imports(root):
        source, target = room_of(i.source), room_of(i.target)
        allowed = MAY_IMPORT.get(source, set()) | {source}
        if i.internal and target not in allowed:
            complaints.append(f"{i.where}: {source} may not import {target} ({i.target})")
    return complaints


def check_order_inside(root: Path) -> list[str]:
    """So do those between the rooms of `passes`, whose face may import them all."""
    complaints = []
    for i in read_imports(root):
        source, target = (name.split(".")[1:3] for name in (i.source, i.target))
        if source[:1] == target[:1] == ["passes"] and len(source) == len(target) == 2:
            allowed = MAY_IMPORT_INSIDE.get(source[1], set()) | {source[1]}
            if target[1] not in allowed:
                complaints.append(f"{i.where}: passes/{source[1]} may not import {target[1]}")
    return complaints


def check_top(root: Path) -> list[str]:
    """Imports of our own modules stand at the top of the file."""
    misplaced = [i for i in read_imports(root) if i.internal and not i.top]
    return [f"{i.where}: import of {i.target} is not at the top" for i in misplaced]


def check_cycles(root: Path) -> list[str]:
    """No module imports itself through others; the package's face may be imported by customers."""
    readers: dict[str, set[str]] = {module: set() for module in list_modules(root)}
    for i in read_imports(root):
        if i.internal and not i.typing_only and FACE not in (i.source, i.target):
            readers[i.source].add(i.target)
    try:
        TopologicalSorter(readers).prepare()
    except CycleError as error:
        return ["import cycle: " + " <- ".join(error.args[1])]
    return []


def check_heavy(root: Path) -> list[str]:
    """Heavy packages are imported inside the function that uses them."""
    complaints = []
    for i in read_imports(root):
        package = i.target.split(".")[0]
        if i.on_load and package in HEAVY - MAY_LOAD.get(room_of(i.source), set()):
            complaints.append(f"{i.where}: {package} is loaded on import; import it where used")
    return complaints


def check_names(root: Path) -> list[str]:
    """Files and folders are named for what they hold."""
    files = (root / FACE).rglob("*")
    return [f"{f.relative_to(root).as_posix()} says nothing" for f in files if f.stem in VAGUE]


CHECKS = [
    check_rooms_known,
    check_order,
    check_order_inside,
    check_top,
    check_cycles,
    check_heavy,
    check_names,
]


@pytest.mark.parametrize("check", CHECKS)
def test_package(check: Callable[[Path], list[str]]) -> None:
    assert not check(ROOT)


def test_package_was_read() -> None:
    assert FACE in list_modules(ROOT)


# files of a tree -> the check that complains, and a piece of its complaint
BROKEN = {
    "an unknown room": (
        {"attic.py": ""},
        check_rooms_known,
        "symgrad/attic is no row",
    ),
    "an unknown folder": (
        {"attic/box.py": ""},
        check_rooms_known,
        "symgrad/attic is no row",
    ),
    "errors import something": (
        {"errors.py": "from symgrad.graph import walk", "graph/walk.py": ""},
        check_order,
        "symgrad/errors.py:1: errors may not import graph (symgrad.graph.walk)",
    ),
    "graph imports ops, relative": (
        {"graph/walk.py": "import ast\nfrom ..ops.op import Op", "ops/op.py": ""},
        check_order,
        "symgrad/graph/walk.py:2: graph may not import ops (symgrad.ops.op)",
    ),
    "a package imports a sibling, relative": (
        {"autodiff/__init__.py": "from .. import passes", "passes/__init__.py": ""},
        check_order,
        "autodiff may not import passes",
    ),
    "render imports lang": (
        {"render/dot.py": "import symgrad.lang.printer", "lang/printer.py": ""},
        check_order,
        "render may not import lang",
    ),
    "a deep file, four dots": (
        {"passes/rules/stabilize.py": "from ...autodiff import reverse", "autodiff/reverse.py": ""},
        check_order,
        "passes may not import autodiff (symgrad.autodiff.reverse)",
    ),
    "api imports a customer": (
        {"api.py": "from symgrad import nn", "nn/__init__.py": ""},
        check_order,
        "api may not import nn",
    ),
    "a room imports the face": (
        {"passes/rewriting/engine.py": "import symgrad as sg"},
        check_order,
        "passes may not import symgrad",
    ),
    "facts import a family": (
        {
            "passes/facts/kinds.py": "from ..families import means",
            "passes/families/means.py": "",
        },
        check_order_inside,
        "symgrad/passes/facts/kinds.py:1: passes/facts may not import families",
    ),
    "a customer reaches behind the API": (
        {"nn/mlp.py": "from symgrad.passes import engine", "passes/rewriting/engine.py": ""},
        check_order,
        "nn may not import passes",
    ),
    "the face loads the command line": (
        {"__init__.py": "from . import cli", "cli.py": ""},
        check_order,
        "symgrad may not import cli",
    ),
    "against the order under TYPE_CHECKING": (
        {
            "graph/walk.py": "from typing import TYPE_CHECKING\n"
            "if TYPE_CHECKING:\n    from symgrad.ops import op",
            "ops/op.py": "",
        },
        check_order,
        "graph may not import ops",
    ),
    "against the order in a function": (
        {"graph/walk.py": "def f():\n    from symgrad.ops import op", "ops/op.py": ""},
        check_order,
        "graph may not import ops",
    ),
    "an import in a function": (
        {"ops/op.py": "def f():\n    from symgrad.graph import walk", "graph/walk.py": ""},
        check_top,
        "symgrad/ops/op.py:2: import of symgrad.graph.walk is not at the top",
    ),
    "an import in a method": (
        {"ops/op.py": "class A:\n    def f(self):\n        from . import math", "ops/math.py": ""},
        check_top,
        "symgrad/ops/op.py:3",
    ),
    "an import under try": (
        {"ops/op.py": "try:\n    from . import math\nexcept ImportError:\n    pass"},
        check_top,
        "symgrad/ops/op.py:2",
    ),
    "an import at the bottom": (
        {"ops/op.py": "def f(): ...\nfrom . import math", "ops/math.py": ""},
        check_top,
        "symgrad/ops/op.py:2",
    ),
    "a cycle of two": (
        {"ops/a.py": "from . import b", "ops/b.py": "from symgrad.ops.a import f"},
        check_cycles,
        "import cycle: symgrad.ops.",
    ),
    "a cycle through a package": (
        {"ops/__init__.py": "from .a import f", "ops/a.py": "from symgrad.ops import g"},
        check_cycles,
        "import cycle: symgrad.ops",
    ),
    "a cycle hidden in a function": (
        {"ops/a.py": "from . import b", "ops/b.py": "def f():\n    from . import a"},
        check_cycles,
        "import cycle",
    ),
    "sympy at the top": (
        {"frontends/sympy.py": "import numpy\nimport sympy"},
        check_heavy,
        "symgrad/frontends/sympy.py:2: sympy is loaded on import",
    ),
    "a part of a heavy package": (
        {"nn/data.py": "from sklearn.datasets import load_digits"},
        check_heavy,
        "sklearn is loaded on import",
    ),
    "lark under try": (
        {"lang/parser.py": "try:\n    import lark\nexcept ImportError:\n    lark = None"},
        check_heavy,
        "symgrad/lang/parser.py:2",
    ),
    "graphviz in a class body": (
        {"render/dot.py": "class A:\n    import graphviz"},
        check_heavy,
        "graphviz is loaded on import",
    ),
    "typer outside the command line": (
        {"api.py": "import typer"},
        check_heavy,
        "typer is loaded on import",
    ),
    "an extra's package in the command line": (
        {"cli.py": "import matplotlib.pyplot"},
        check_heavy,
        "matplotlib is loaded on import",
    ),
    "a vague file": ({"ops/utils.py": ""}, check_names, "symgrad/ops/utils.py says nothing"),
    "a vague folder": ({"misc/a.py": ""}, check_names, "symgrad/misc says nothing"),
}

SOUND = {
    "__init__.py": "from symgrad import nn\nfrom symgrad.api import parse\n",
    "errors.py": "class SymgradError(Exception): ...\n",
    "graph/__init__.py": "from .graph import Graph\nfrom .walk import walk\n",
    "graph/graph.py": "import numpy as np\nfrom ..errors import SymgradError\n",
    "graph/walk.py": (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import sympy\n    from symgrad.graph import Graph\n"
    ),
    "ops/__init__.py": "from . import math\n",
    "ops/math.py": "from symgrad.graph import Graph\n",
    "lang/parser.py": "from symgrad import ops\ndef parse():\n    import lark\n",
    "frontends/sympy.py": "from symgrad.lang import parser\ndef read():\n    import sympy\n",
    "api.py": "from .frontends import sympy\nfrom .lang.parser import parse\n",
    "nn/__init__.py": "import symgrad as sg\nfrom symgrad.api import parse\n",
    "cli.py": "import typer\nimport symgrad as sg\nfrom symgrad.errors import SymgradError\n",
    "examples/mlp.sg": "x: [n]\n",
}


def plant(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / FACE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


@pytest.mark.parametrize("check", CHECKS)
def test_sound_tree_passes(check: Callable[[Path], list[str]], tmp_path: Path) -> None:
    assert check(plant(tmp_path, SOUND)) == []


@pytest.mark.parametrize("case", BROKEN)
def test_broken_tree_fails(case: str, tmp_path: Path) -> None:
    files, check, complaint = BROKEN[case]
    assert complaint in "\n".join(check(plant(tmp_path, files)))


def load_and_list(statement: str) -> set[str]:
    """The top-level packages that ``statement`` loads in a fresh interpreter, past NumPy's."""
    return {name.split(".")[0] for name in load_and_list_modules(statement)}


def load_and_list_modules(statement: str) -> set[str]:
    """All modules that it loads."""
    program = (
        "import numpy, sys; before = set(sys.modules)\n"
        f"{statement}\n"
        "print(*set(sys.modules) - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_import_symgrad_loads_numpy_alone() -> None:
    loaded = load_and_list("import symgrad")
    assert FACE in loaded
    assert not loaded & HEAVY
    foreign = {name for name in loaded - sys.stdlib_module_names if name[0] != "_"}
    assert foreign <= {FACE, "numpy"}


SLOW = {"fractions", "pathlib", "urllib"}  # of the standard library, to import
FIRST_GRADIENT = """
import symgrad as sg
loss = sg.parse("mean((tanh(X @ w) - y)**2)", X="[n, 2]", w="[2]", y="[n]")
sg.function(None, [loss, sg.grad(loss, "w")])([[1.0, 2.0]], [0.1, 0.2], [1.0])
"""


def test_the_first_gradient_loads_what_it_needs() -> None:
    """What few calls need waits for them: a module takes half a millisecond, many take more."""
    already = {name.split(".")[0] for name in load_and_list_modules("import numpy.random")}
    loaded = load_and_list_modules(FIRST_GRADIENT)
    assert not (SLOW - already) & loaded
    unasked = [
        "passes.explanations.explaining",
        "lang.complaints",
        "lang.unknown",
        "autodiff.forward",
    ]
    unasked += [f"backends.numpy.{name}" for name in ("certificate", "accounting", "extended")]
    assert not {f"symgrad.{name}" for name in unasked} & loaded
    assert {"symgrad.passes.rewriting.engine", "symgrad.backends.numpy.module"} <= loaded


def test_listing_sees_what_is_loaded() -> None:
    assert "lark" in load_and_list("import lark")
