"""The same in fewer operations: factors gathered, no axis or broadcast that needs no operation."""
