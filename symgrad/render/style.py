"""How pictures look, as data: the table to edit for another look.

The hues are those of Okabe and Ito, told apart by color-blind readers; each part's tint is also
darker than the one before, so that the picture survives a gray printer.
"""

from __future__ import annotations

from dataclasses import dataclass

FONT = "DejaVu Sans,Verdana,Helvetica,Arial,sans-serif"
INK, FAINT = "#1A1A1A", "#5A5A5A"
TEXT, SMALL = 11, 9  # points


@dataclass(frozen=True)
class Tint:
    """Colors of one part of the picture: the values, their gradient, the gradient's gradient."""

    fill: str
    line: str
    ground: str


TINTS = (
    Tint("#E6F0FA", "#1F5A94", "#F7FAFE"),
    Tint("#FADFC6", "#A8480B", "#FEF9F3"),
    Tint("#D8C6E2", "#5B3784", "#F9F5FB"),
    Tint("#B9D6CA", "#1B6B52", "#F3FAF7"),
)
"""By order of derivative; higher orders look like the last."""

KINDS: dict[str, dict[str, str]] = {
    "input": {"shape": "ellipse", "style": "filled", "fillcolor": "white", "margin": "0.05,0.02"},
    "parameter": {"shape": "hexagon", "style": "filled", "fillcolor": "white", "margin": "0,0.02"},
    "constant": {"shape": "note", "style": "filled", "fillcolor": "white", "margin": "0.06,0.03"},
    "operation": {"shape": "box", "style": "rounded,filled", "margin": "0.07,0.03"},
}
"""What each kind of node looks like, in the order of the legend."""

BESIDE = {"margin": "0.02,0.03"}
"""Of nodes with ports on the left or right, so that these lie at the border."""
OUTPUT = {"penwidth": "2.4", "style": "filled"}

GRAPH = {
    "bgcolor": "white",
    "charset": "UTF-8",
    "fontname": FONT,
    "fontcolor": INK,
    "fontsize": "13",
    "labelloc": "t",
    "newrank": "true",
    "nodesep": "0.22",
    "ranksep": "0.3",
    "pad": "0.15",
}
QUICK = {"splines": "line", "nslimit": "1", "nslimit1": "1"}
LONG = 1500
"""Edges that cross more ranks than this all together are drawn quickly: as straight lines.

Graphviz takes 100 s for 100 curved edges across 100 ranks each, and 3 s for straight ones.
"""
NODE = {
    "fontname": FONT,
    "fontcolor": INK,
    "fontsize": str(TEXT),
    "height": "0.28",
    "width": "0.4",
    "penwidth": "1.1",
}
EDGE = {
    "fontname": FONT,
    "fontcolor": FAINT,
    "fontsize": str(SMALL),
    "arrowsize": "0.6",
    "penwidth": "1.1",
}
CLUSTER = {"style": "rounded,filled", "fontsize": "11", "margin": "14", "penwidth": "0.8"}
ACROSS = {"color": "#8A8A8A", "penwidth": "0.8", "weight": "3", "arrowsize": "0.5"}
"""Edges from one part into another."""

LEGEND = {
    "color": "#8A8A8A",
    "fillcolor": "white",
    "fontcolor": FAINT,
    "fontsize": "8",
    "height": "0.18",
    "margin": "0.03,0.01",
    "width": "0.3",
}
