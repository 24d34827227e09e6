"""The learning curve and the sheet of misread digits, drawn by matplotlib without a display."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import RenderError
from ..files import write_whole

Array = np.ndarray[Any, Any]

_BLUE, _ORANGE, _GRAY = "#1f6fb4", "#d9660f", "#666666"
_COLUMNS = 8
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


def draw_course(history: Array, wanted: float, path: Path) -> None:
    """Loss and share of right answers over the epochs.

    Shapes: ``history: [epochs, 3]`` of loss, and accuracy on the training and held-out digits.
    """
    figure = _figure(8, 3.4)
    left, right = figure.subplots(1, 2)
    epochs = np.arange(1, len(history) + 1)
    left.plot(epochs, history[:, 0], color=_BLUE)
    left.set(title="Loss on noisy training digits", xlabel="epoch", yscale="log")
    ticks = [t for t in _TICKS if history[:, 0].min() / 2 < t < history[:, 0].max() * 2]
    left.set_yticks(ticks, [f"{t:g}" for t in ticks])
    left.minorticks_off()
    for column, color, name in ((1, _BLUE, "training"), (2, _ORANGE, "held out")):
        right.plot(epochs, 100 * history[:, column], color=color, label=name)
    right.axhline(100 * wanted, color=_GRAY, lw=0.8, ls=":", label="wanted")
    right.set(title="Read right, in %", xlabel="epoch", ylim=(88, 100.4))
    right.legend(frameon=False, loc="lower right")
    _save(figure, path)


def draw_misread(images: Array, titles: list[str], total: int, path: Path) -> None:
    """Every misread digit, under what it is and what it was taken for.

    Shapes: ``images: [k, 64]``.
    """
    columns = min(max(len(images), 4), _COLUMNS)
    rows = max(1, -(-len(images) // columns))
    figure = _figure(1.35 * columns, 1.65 * rows + 0.5)
    figure.suptitle(f"{len(images)} of {total} held-out digits are misread", fontsize=11)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid:
        axes.axis("off")
    for axes, image, title in zip(grid, images, titles, strict=False):
        axes.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        axes.set_title(title, fontsize=9)
    _save(figure, path)


def _figure(width: float, height: float) -> Any:
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells of its font cache
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _save(figure: Any, path: Path) -> None:
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150)
    write_whole(path, buffer.getvalue(), RenderError)
