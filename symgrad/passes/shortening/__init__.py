"""The same in fewer operations: factors gathered, no axis or broadcast that needs no operation.

The tables are joined in `passes/__init__.py`; `unshared.py` is for what pays only of one reader.
"""
