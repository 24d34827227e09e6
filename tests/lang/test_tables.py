"""The tables that are kept are those that lark computes from the grammar."""

from __future__ import annotations

import os
from pathlib import Path

from symgrad.lang import parser, tables

KEPT = Path(tables.__file__).with_name("automaton.txt")


def test_the_kept_tables_are_the_grammars():
    """To store new ones: UPDATE_GOLDEN=1 make test ARGS="tests/lang/test_tables.py"."""
    made = tables.computed()
    if os.environ.get("UPDATE_GOLDEN"):
        KEPT.write_text(tables.written(made), "utf-8")
    assert KEPT.read_text("utf-8") == tables.written(made)
    assert tables.kept() == made


def test_another_grammar_is_computed_anew(tmp_path, monkeypatch):
    stale = tmp_path / "automaton.txt"
    first, *rows = KEPT.read_text("utf-8").splitlines()
    stale.write_text("\n".join([first[:-8] + "00000000", *rows]), "utf-8")
    monkeypatch.setattr(tables, "_KEPT", stale)
    assert tables.kept() is None
    tables.tables.cache_clear()
    parser._tables.cache_clear()
    try:
        [statement] = parser.parse_program("-x[0:2]")
        kinds = [step.kind for step in statement.steps]
        assert kinds == ["name", "literal", "literal", "slice", "index", "unary"]
    finally:
        tables.tables.cache_clear()
        parser._tables.cache_clear()
