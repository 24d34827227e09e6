"""Arrays put together and taken apart: concatenate, stack, split, pad, tile, repeat."""
