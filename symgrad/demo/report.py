"""The summary on the terminal: what was written, how large, how fast, how right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

_LABEL, _WHAT = 10, 56  # columns


class Report:
    """Lines of a label, what happened, and the file that shows it.

    Parameters
    ----------
    console : Console
        Where to.
    folder : Path
        Of the files.
    """

    def __init__(self, console: Console, folder: Path) -> None:
        self.console = console
        self.folder = folder
        self.files: list[Path] = []

    def title(self, name: str, what: str) -> None:
        """The head of a part."""
        self._print(Text.assemble("\n", (name, "bold"), f"  {what}"))

    def line(self, label: str, what: str, file: str = "", good: bool | None = None) -> None:
        """One line, and the file with its size."""
        style = {True: "green", False: "bold red", None: ""}[good]
        text = Text.assemble("  ", (label.ljust(_LABEL), "cyan"), (what, style))
        if file:
            path = self.folder / file
            self.files.append(path)
            text.pad_right(max(2, _LABEL + _WHAT + 2 - text.cell_len))
            text.append(f"{file.ljust(18)} {show_size(path.stat().st_size):>8}", "dim")
        self._print(text)

    def close(self, seconds: float) -> None:
        """The last line: where everything is, and how long it took."""
        size = show_size(sum(path.stat().st_size for path in self.files))
        self._print(
            Text.assemble(
                "\n",
                (f"{self.folder}", "bold"),
                f" has {len(self.files)} files, {size}, made in {seconds:.1f} s.",
            )
        )

    def track(self, what: str, lines: Iterable[str], total: int) -> Iterator[str]:
        """The lines of a training under way; a terminal shows a bar meanwhile."""
        columns = (BarColumn(24), TextColumn("{task.description}"))
        hidden = not self.console.is_terminal
        with Progress(*columns, console=self.console, transient=True, disable=hidden) as bar:
            task = bar.add_task(what, total=total)
            for line in lines:
                bar.update(task, advance=1, description=line.strip())
                yield line

    def _print(self, text: Text) -> None:
        self.console.print(text, soft_wrap=True, highlight=False)


def show_size(count: int) -> str:
    """A number of bytes for people.

    Example
    -------
    >>> show_size(512), show_size(51_234), show_size(2_345_678)
    ('512 B', '51.2 kB', '2.3 MB')
    """
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"
