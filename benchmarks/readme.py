"""The places of README.md that measurements fill."""

from __future__ import annotations

from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def show_in_readme(**tables: str) -> None:
    """Put each table between its two markers, `<!-- name -->` and `<!-- /name -->`."""
    text = README.read_text(encoding="utf-8")
    for name, content in tables.items():
        before, start, rest = text.partition(f"<!-- {name} -->")
        _, end, after = rest.partition(f"<!-- /{name} -->")
        if not (start and end):
            raise SystemExit(f"README.md lacks {start or f'<!-- {name} -->'} ... <!-- /{name} -->")
        text = f"{before}{start}\n\n{content}\n\n{end}{after}"
    README.write_text(text, encoding="utf-8")
