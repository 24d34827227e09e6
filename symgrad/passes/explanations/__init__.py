"""What was rewritten and why: for `symgrad.explain` and the headers of emitted files."""
