"""Selecting elements: basic and advanced indexing, and their adjoints."""
