"""Proofdeck: lectures whose slides can only say what their own code showed."""

__version__ = "0.1.0"

LECTURES = (".md", ".qmd", ".ipynb")
"""What the names of lectures end in."""
