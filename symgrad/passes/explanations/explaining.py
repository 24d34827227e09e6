"""What was rewritten, by which rule, why and where: `symgrad.explain`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import NamedTuple

from ...graph.graph import Derivative, Expr
from ...graph.walk import ancestors
from ...ops.guards import guarded, wanted
from ..rewriting.engine import Step
from ..rewriting.rule import Rule
from .reasons import Compile, Failure, failure, summary


class Phases(NamedTuple):
    """What rewrites: the phase that stabilizes, and all of it."""

    stabilizing: Callable[[Sequence[Expr], Sequence[Expr], list[Step] | None], list[Expr]]
    simplify: Callable[[Sequence[Expr], list[Step] | None], list[Expr]]


_SHOWN = 12  # rewrites that only shorten, which are listed one by one
_WIDE = 500  # of one side of a rule, which is shown whole
MEASURED = 60  # rewrites whose reason is looked for
_RECORDS = 32  # derivatives whose values are looked into


@dataclass(frozen=True)
class Rewrite:
    """One node of the user's, and what it is computed as.

    Attributes
    ----------
    node : Expr
        As it was written.
    after : Expr
        As it is computed.
    steps : tuple of Step
        The rules on the way, one or more.
    failure : Failure or None
        Where the form that was written fails, and the new one does not.
    """

    node: Expr
    after: Expr
    steps: tuple[Step, ...]
    failure: Failure | None = None

    @property
    def place(self) -> str:
        """The user's name and line of it, as far as it has them."""
        named = f"in {self.node.name}" if self.node.name else ""
        span = self.node.graph.spans.get(self.node.id)
        line = f"line {span.line}" if span and "\n" in span.text.strip() else ""
        return ", ".join(filter(None, (named, line)))

    @property
    def claim(self) -> str:
        """What is computed as what."""
        return f"{as_written(self.node)} is computed as {as_written(self.after)}"

    @property
    def rules(self) -> list[str]:
        """The rules as equations; passes that are no equations, by what they say."""
        found = []
        for step in self.steps:
            doc = " ".join((step.why.__doc__ or "").split("\n\n")[0].split())
            found.append(_equation(step.why) if isinstance(step.why, Rule) else doc or step.rule)
        return list(dict.fromkeys(found))

    @property
    def reason(self) -> str:
        """Both values at the failing point, as they were measured."""
        if self.failure is None or not self.failure.known:
            return ""
        f, digits = self.failure, 10
        old, new = f"{f.before:.{digits}g}", f"{f.after:.{digits}g}"
        if old == new:
            old, new = f"{f.before:.17g}", f"{f.after:.17g}"
        before, after = as_written(self.node), as_written(self.after)
        point = ", ".join([str(f), *f.sizes([self.node, self.after])])
        return f"{before} is {old} at {point}; {after} is {new}"


def _equation(r: Rule) -> str:
    """A rule in one line; its numbers are called as all variables."""
    return f"{summary(r.left, _WIDE)} = {summary(r.right, _WIDE)}".replace("number_", "")


def as_written(node: Expr) -> str:
    """An expression in one line; if all of it is one name, what that stands for."""
    shown = summary(node)
    return shown if node.args or node.value is not None else str(node.name or shown)


@dataclass(frozen=True)
class Guard:
    """An operand that gets a harmless value where no branch wants the result."""

    node: Expr
    operand: Expr
    safe: Expr
    mask: Expr

    def __str__(self) -> str:
        return (
            f"{summary(self.node)} is wanted only where {summary(self.mask)}; elsewhere "
            f"{summary(self.operand)} is {summary(self.safe)} there, for 0 times an infinite "
            "slope is nan"
        )


@dataclass
class Explanation:
    """What the compiler made of expressions; prints as text, shows as Markdown in a notebook.

    Attributes
    ----------
    rewrites : list of Rewrite
        What is numerically better than it was written.
    guards : list of Guard
        Untaken branches that are evaluated safely.
    shorter : list of Rewrite
        What became shorter, or is computed otherwise though no point was found where it fails.
    """

    rewrites: list[Rewrite] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    shorter: list[Rewrite] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(self._lines("", "  ", str)).strip()

    __repr__ = __str__

    def to_markdown(self) -> str:
        """The same as Markdown."""
        return "\n".join(self._lines("## ", "- ", "`{}`".format)).strip()

    def _repr_markdown_(self) -> str:
        return self.to_markdown()

    def _lines(self, head: str, item: str, quote: Callable[[str], str]) -> Iterator[str]:
        if not (self.rewrites or self.guards or self.shorter):
            yield "Nothing was rewritten: it is computed as it is written."
        if self.rewrites:
            yield f"{head}For floating point"
            yield from _blank(head)
        for r in self.rewrites:
            yield from _entry(r, item, quote)
        if self.guards:
            yield f"\n{head}Branches that are not taken"
            yield from _blank(head)
        yield from (f"{item}{g}" for g in self.guards)
        yield from self._shorter(head, item, quote)

    def _shorter(self, head: str, item: str, quote: Callable[[str], str]) -> Iterator[str]:
        if not self.shorter:
            return
        yield f"\n{head}Also rewritten"
        yield from _blank(head)
        for r in self.shorter[:_SHOWN]:
            before, after = quote(as_written(r.node)), quote(as_written(r.after))
            yield f"{item}{before} is {after}: {'; '.join(r.rules)}"
        if len(self.shorter) > _SHOWN:
            yield f"{item}and {len(self.shorter) - _SHOWN} more"


def _entry(r: Rewrite, item: str, quote: Callable[[str], str]) -> Iterator[str]:
    """A rewrite, its rules and its reason."""
    before, after = quote(as_written(r.node)), quote(as_written(r.after))
    inside = " " * len(item) + item
    yield f"{item}{before} is computed as {after}" + (f" ({r.place})" if r.place else "")
    for rule in r.rules:
        yield f"{inside}rule: {quote(rule) if ' = ' in rule else rule}"
    if r.reason:
        yield f"{inside}because {r.reason}"


def _blank(head: str) -> list[str]:
    return [""] if head else []


def explain(outputs: Sequence[Expr], phases: Phases, compiled: Compile) -> Explanation:
    """All rewrites of the outputs, and of what was differentiated on the way to them."""
    rewritten = list(rewrites(outputs, phases, compiled))
    steps: list[Step] = []
    phases.simplify(outputs, steps)
    shorter = [r for r in rewritten if r.failure is None and not _is_stable(r)]
    shorter += _grouped(s for s in steps if s.phase == "canonicalize")
    better = [r for r in rewritten if r.failure is not None or _is_stable(r)]
    forms = phases.simplify([*outputs, *(r.after for r in shorter)], None)
    shorter = [r for r in map(_ended, shorter, forms[len(outputs) :]) if r.after is not r.node]
    return Explanation(better, _guards(outputs, phases), shorter)


def _is_stable(r: Rewrite) -> bool:
    """Whether some rule on the way is there because the left side fails."""
    return any(isinstance(s.why, Rule) and s.why.at is not None for s in r.steps)


def rewrites(outputs: Sequence[Expr], phases: Phases, compiled: Compile) -> Iterator[Rewrite]:
    """The rewrites of the phase that stabilizes, each with the reason that was found."""
    seen: set[tuple[int, int]] = set()
    for targets, wrt in _targets(outputs):
        steps: list[Step] = []
        phases.stabilizing(targets, wrt, steps)
        found = list(_grouped(steps))
        if not found:
            continue
        # What a step made inside is rewritten in turn, and may have been on an earlier occasion.
        forms = phases.stabilizing([*targets, *(r.after for r in found)], wrt, None)
        for r in map(_ended, found, forms[len(targets) :]):
            if (r.node.id, r.after.id) not in seen:
                seen.add((r.node.id, r.after.id))
                yield _with_reason(r, compiled) if len(seen) <= MEASURED else r


def _ended(r: Rewrite, after: Expr) -> Rewrite:
    """The same rewrite with what it comes to in the end, not on the way."""
    return replace(r, after=after)


def _with_reason(r: Rewrite, compiled: Compile) -> Rewrite:
    at = next((_values(s.why.at) for s in r.steps if isinstance(s.why, Rule)), ())
    first = r.steps[0].before  # whose operands are rewritten: this step alone is to be blamed
    failed = failure(first, r.after, compiled, at)
    if failed is not None and first is not r.node:
        whole = failure(r.node, r.after, compiled, at)
        failed = whole if whole is not None and whole.known else replace(failed, known=False)
    return Rewrite(r.node, r.after, r.steps, failed)


def _values(at: float | Mapping[str, float] | None) -> tuple[float, ...]:
    if at is None:
        return ()
    return tuple(at.values()) if isinstance(at, Mapping) else (at,)


def _grouped(steps: Iterable[Step]) -> Iterator[Rewrite]:
    """The steps of each node together, of all sweeps, but those inside right sides."""
    found: dict[Expr, list[Step]] = {}
    for step in steps:
        if not step.nested:
            found.setdefault(step.node.graph.root(step.node), []).append(step)
    for node, listed in found.items():
        if node is not listed[-1].after:
            yield Rewrite(node, listed[-1].after, tuple(listed))


def _targets(
    outputs: Sequence[Expr],
) -> Iterator[tuple[Sequence[Expr], Sequence[Expr]]]:
    """The outputs, and what was differentiated in its stable form on the way to them."""
    read = {n.id for n in ancestors(outputs)}
    graph = outputs[0].graph
    reached = (
        made
        for made in graph.derivatives
        if any(i in read for i in range(made.start, made.stop))
        or any(c.id in read for c in made.cotangents.values() if c.args)
    )
    for made in islice(reached, _RECORDS):
        if _was_stabilized(made):
            yield [made.of], made.wrt
    yield outputs, ()


def _was_stabilized(made: Derivative) -> bool:
    """Whether it was another form that was differentiated: it comes first in the table."""
    return next(iter(made.cotangents), None) != made.of.id


def _guards(outputs: Sequence[Expr], phases: Phases) -> list[Guard]:
    """Of the user's nodes: branches that rules make inside are told of nowhere."""
    found: dict[tuple[int, int], Guard] = {}
    for targets, wrt in _targets(outputs):
        users = {n.id for n in ancestors(targets)}
        stable = phases.stabilizing(targets, wrt, None)
        nodes = ancestors(stable)
        literals = wanted(nodes, {*stable, *wrt}, values=not wrt)
        for node in (n for n in nodes if n.graph.root(n).id in users):
            safe = guarded(node, node.args, literals[node.id]) if node.id in literals else node.args
            for a, s in zip(node.args, safe, strict=True):
                if s is not a:
                    found.setdefault((node.id, a.id), _guard(node, a, s))
    return list(found.values())


def _guard(node: Expr, operand: Expr, chosen: Expr) -> Guard:
    mask, one, other = chosen.args
    if one.value is not None:
        return Guard(node, operand, one, ~mask)
    return Guard(node, operand, other, mask)
