"""A long function in pieces: functions of their own, which it calls one after the other.

Python takes longer for a line the longer the function is that it stands in; and nobody reads ten
thousand lines at once. A piece is given what it reads, and returns what is read behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import field
from itertools import chain, pairwise

from ...graph.records import record
from ..naming import Names
from .effects import WORD, alive_before, effects_of, last_reads
from .layout import INDENT, WIDTH, bracketed, indented, spread

LONGEST = 10_000  # lines of a function that is left whole
_LINES = 500  # of a piece, about: Python compiles them in 0.8 of the time that 2,000 take
_MANY = 8  # values that are passed on in a tuple
_SHARE = 4  # the part of a piece in which its end is looked for


@record
class Piece:
    """Some lines, as a function.

    Attributes
    ----------
    name : str
    lines : list of str
    reads, gives : list of str
        Its arguments, and what it returns; in order of appearance.
    bundles : dict
        Those among the arguments that are tuples of values, and the names of these.
    gone : list of str
        What its lines give up with ``del``, and its caller held.
    """

    name: str
    lines: list[str]
    reads: list[str]
    gives: list[str]
    gone: list[str]
    bundles: dict[str, list[str]] = field(default_factory=dict)

    def source(self) -> list[str]:
        """The lines of the function."""
        head = bracketed(f"def {self.name}(", self.reads, "):")
        lines = [line for b, names in self.bundles.items() for line in spread("", names, f" = {b}")]
        lines += self.lines
        if self.gives:
            lines += spread("return ", self.gives)
        return [*head, *indented(lines)]

    def call(self) -> list[str]:
        """The lines that call it."""
        room = WIDTH - len(INDENT)
        taken = ", ".join(self.gives)
        start = f"{taken} = {self.name}(" if taken else f"{self.name}("
        if len(start) <= room:
            lines = bracketed(start, self.reads, ")", room)
        else:
            targets = [f"{INDENT}{name}," for name in self.gives]
            lines = ["(", *targets, *bracketed(f") = {self.name}(", self.reads, ")", room)]
        return [*lines, *([f"del {', '.join(self.gone)}"] if self.gone else [])]


def divide(
    lines: Sequence[str],
    known: Iterable[str],
    returned: Sequence[str],
    function: str,
    names: Names,
    longest: int = LONGEST,
    size: int = _LINES,
) -> list[Piece]:
    r"""The pieces of a function's body; none, where it is short enough to stay whole.

    Parameters
    ----------
    lines : sequence of str
        Statements of one line each, and comments.
    known : iterable of str
        The local names that there are before the first line.
    returned : sequence of str
        Expressions that are evaluated behind the last line.
    function : str
        What it is called.
    names : Names
        Gives the pieces their names.

    Example
    -------
    >>> lines = ["a = x + 1", "b = a * x", "c = b + 1", "d = c * c"]
    >>> for piece in divide(lines, ["x"], ["d"], "f", Names(), longest=3, size=2):
    ...     print("\n".join([*piece.source(), *piece.call()]))
    def _f_part1(x):
        # part 1 of f
        a = x + 1
        b = a * x
        return b
    b = _f_part1(x)
    def _f_part2(b):
        # part 2 of f
        c = b + 1
        d = c * c
        return d
    d = _f_part2(b)
    """
    block = _block(lines)
    if len(lines) <= longest or block is None:
        return []
    numbers = {name: i for i, name in enumerate(dict.fromkeys(known), 1)}
    effects_of(lines[: block.start], numbers)
    returned = [*lines[block.stop :], *returned]
    body = _Body([line.removeprefix(INDENT) for line in lines[block]], returned, numbers)
    bounds = [0, *_ends(body, size), len(body.lines)]
    pieces = list[Piece]()
    for number, (start, stop) in enumerate(pairwise(bounds), 1):
        own = names.fresh(f"_{function}_part{number}")
        pieces.append(_piece(body, own, start, stop))
        pieces[-1].lines.insert(0, f"# part {number} of {function}")
    return _bundled(pieces, set(WORD.findall(" ".join(returned))), names)


def _block(lines: Sequence[str]) -> slice | None:
    """All lines, or those in a ``try``; None where lines stand in other blocks."""
    deep = [i for i, line in enumerate(lines) if line.startswith(INDENT)]
    if not deep:
        return slice(0, len(lines))
    start = deep[0]
    stop = next((i for i in range(start, len(lines)) if not lines[i].startswith(INDENT)), start)
    nested = any(line.startswith(INDENT * 2) for line in lines[start:stop])
    return slice(start, stop) if lines[start - 1] == "try:" and not nested else None


def with_calls(lines: Sequence[str], pieces: Sequence[Piece]) -> list[str]:
    """A function's body that calls its pieces; as it is, if there are none."""
    block = _block(lines)
    if not pieces or block is None:
        return list(lines)
    calls = [line for p in pieces for line in p.call()]
    inside = indented(calls) if block.start else calls
    return [*lines[: block.start], *inside, *lines[block.stop :]]


class _Body:
    """The lines of a function; names are told by their numbers, up to where pieces have them."""

    def __init__(
        self, lines: Sequence[str], returned: Sequence[str], numbers: dict[str, int]
    ) -> None:
        self.lines = lines
        self.held = {*numbers.values()}  # the names that the function has where a piece is called
        self.effects = effects_of(lines, numbers)
        self.last = last_reads(self.effects, returned, numbers)
        self.names = ["", *numbers]


def _ends(body: _Body, size: int) -> list[int]:
    """Where the pieces end: near the wanted size, where the fewest names are alive."""
    lines, alive = body.lines, alive_before(body.effects, body.last)
    margin = max(1, size // _SHARE)
    ends, at = [], 0
    while len(lines) - at > size + margin:
        places = range(at + size - margin, at + size + 1)
        free = [i for i in places if lines[i - 1][:1] != "#" and lines[i][:4] != "del "]
        at = min(free or [places[-1]], key=lambda i: (alive[i], -i))
        ends.append(at)
    return ends


def _piece(body: _Body, function: str, start: int, stop: int) -> Piece:
    """The piece of the lines from ``start`` to ``stop``."""
    own, reads = dict[int, None](), dict[int, None]()
    kept, gone, held = list[str](), list[int](), body.held
    for i in range(start, stop):
        read, sets, drops = body.effects[i]
        for n in read:
            if n not in own:
                reads[n] = None
        for n in sets:
            own[n] = None
        if not drops:
            kept.append(body.lines[i])
            continue
        gone += [n for n in drops if n in held and n not in own]
        inside = [body.names[n] for n in drops if n in own or n in reads]
        if inside:
            kept.append(f"del {', '.join(inside)}")
    gives = [n for n in own if body.last[n] >= stop]
    held.update(gives)
    held.difference_update(gone)
    taken, given, lost = ([body.names[n] for n in part] for part in (reads, gives, gone))
    return Piece(function, kept, taken, given, lost)


def _bundled(pieces: list[Piece], returned: set[str], names: Names) -> list[Piece]:
    """The pieces, with tuples for the many values that all go the same way."""
    readers: dict[str, list[int]] = {}
    for i, piece in enumerate(pieces):
        for name in piece.reads:
            readers.setdefault(name, []).append(i)
    given = Counter(chain.from_iterable([*piece.gives, *piece.gone] for piece in pieces))
    for i, piece in enumerate(pieces):
        ways: dict[tuple[int, ...], list[str]] = {}
        for name in piece.gives:
            if name not in returned and given[name] == 1 and readers[name][0] > i:
                ways.setdefault((*readers[name],), []).append(name)
        for way, together in ways.items():
            if len(together) >= _MANY:
                _bundle(piece, [pieces[k] for k in way], together, names.numbered("values"))
    return pieces


def _bundle(piece: Piece, readers: Sequence[Piece], together: list[str], bundle: str) -> None:
    """Let a piece give some of its values as a tuple, which its readers take apart."""
    piece.lines.extend(spread(f"{bundle} = ", together))
    _replace(piece.gives, together, bundle)
    for reader in readers:
        _replace(reader.reads, together, bundle)
        reader.bundles[bundle] = together


def _replace(names: list[str], together: Sequence[str], bundle: str) -> None:
    """Put the name of a bundle in the place of those it holds."""
    gone = {*together}
    names[:] = [n for n in names if n not in gone] + [bundle]
