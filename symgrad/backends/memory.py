"""What memory one call of a function takes, as its user is told."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from ..errors import ShapeError
from ..graph.amounts import Amount, total
from ..graph.graph import hooks
from .account import Account, Sizes
from .cost import Number, aligned
from .schedule import Schedule
from .sizes import checked_sizes

_SHOWN = 48  # characters of an operation


class Memory:
    """What memory one call of a function takes; see `Function.memory`.

    Attributes
    ----------
    sizes : dict
        What the named dims are; sizes counted on the way as large as they can be.
    recomputed : list of str
        The operations that are carried out twice, because their value is not kept meanwhile.
    without : Memory or None
        The same where nothing is recomputed, if something is.

    Example
    -------
    >>> import symgrad as sg
    >>> f = sg.function(None, sg.parse("tanh(X @ W)", X="[n, 3]", W="[3, 2]"))
    >>> f.memory().results, f.memory(n=10).results
    (16*n, 160)
    >>> f.memory(n=10).peak
    320
    """

    def __init__(
        self,
        name: str,
        plan: Schedule,
        account: Account,
        sizes: Mapping[str, object],
        without: Memory | None = None,
    ) -> None:
        self.name = name
        self.sizes = checked_sizes(f"{name}.memory", plan, sizes)
        self.without = without
        self._plan, self._account = plan, account
        self._known = len(self.sizes) >= len(plan.dims)

    @property
    def workspace(self) -> Number | None:
        """Bytes of the arrays kept from call to call; None where only sizes decide a formula."""
        if self._known:
            return self._account.bytes_held(self.sizes)
        formulas = [h.formula for h in self._account.held]
        known = [f for f in formulas if f is not None]
        return total(known) if len(known) == len(formulas) and not self._account.blocks else None

    @property
    def results(self) -> Number:
        """Bytes of what is returned."""
        each = [Amount.of(o.size) * o.dtype.itemsize for o in self._plan.returned]
        amount = total(each)
        return round(amount.at(self.sizes)) if self._known else amount

    @cached_property
    def made(self) -> int:
        """Bytes of the arrays that NumPy makes in the call, results included, at most at a time."""
        return self._account.bytes_made(self._required("made"))

    @property
    def peak(self) -> int:
        """Bytes of all that a call takes beside its arguments: the workspace and what is made."""
        return self._account.bytes_held(self._required("peak")) + self.made

    @property
    def recomputed(self) -> list[str]:
        """The operations that are carried out once more in the backward pass."""
        again = self._plan.graph.again
        return [str(hooks["summary"](n, _SHOWN)) for n in self._plan.operations if n.id in again]

    def _required(self, what: str) -> Sizes:
        if not self._known:
            raise ShapeError(
                f"{self.name}.memory: {what} is no formula, because the most of several sizes is",
                how=f"Give sizes: {self.name}.memory("
                f"{', '.join(f'{d}=64' for d in self._plan.dims)}).{what}.",
            )
        return self.sizes

    def table(self) -> str:
        """The arrays of the workspace, the largest first, as a table in plain text."""
        sizes = self._required("table()")
        held = self._account.sizes_held(sizes)
        rows = [(name, f"{held[name]:,}") for name in sorted(held, key=lambda k: (-held[k], k))]
        return aligned([("array", "bytes"), *rows, ("in all", f"{sum(held.values()):,}")])

    def __str__(self) -> str:
        rows = [("workspace", self.workspace), ("results", self.results)]
        if self._known:
            rows = [rows[0], ("made", self.made), ("peak", self.peak), rows[1]]
        if self.without and self._known:
            rows.append((f"peak without {len(self.recomputed)} recomputed", self.without.peak))
        sizes = ", ".join(f"{k}={v}" for k, v in self.sizes.items())
        shown = [(k, _shown(v)) for k, v in rows]
        return "\n".join([f"{self.name}({sizes}), bytes", aligned(shown)])

    __repr__ = __str__


def _shown(number: Number | None) -> str:
    if number is None:
        return "the most of several sizes"
    return f"{number:,}" if isinstance(number, int) else number.shortened(_SHOWN)
