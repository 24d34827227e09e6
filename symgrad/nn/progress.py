"""A progress bar on terminals, and silence everywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[str], None]


@contextmanager
def display(epochs: int, wanted: bool) -> Iterator[Advance]:
    """A function to call after each epoch with what is to be shown.

    Example
    -------
    >>> with display(2, wanted=False) as advance:
    ...     advance("loss 0.5")
    """
    if not wanted or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn("epoch"),
        MofNCompleteColumn(),
        BarColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=epochs)
        yield lambda text: bar.update(task, advance=1, description=text)
