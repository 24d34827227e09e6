"""pygraphviz's packaged engine as a program: DOT on stdin, a picture on stdout.

Run by `symgrad.render.engine` by its path, so that it loads nothing of this package.
"""

from __future__ import annotations

import sys


def main(options: list[str]) -> None:
    """Draw as ``dot`` would with these options."""
    from pygraphviz import AGraph

    form, *rest = options
    graph = AGraph(string=sys.stdin.buffer.read().decode())
    picture = graph.draw(format=form.removeprefix("-T"), prog="dot", args=" ".join(rest))
    sys.stdout.buffer.write(picture)


if __name__ == "__main__":
    main(sys.argv[1:])
