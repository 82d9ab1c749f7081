"""A build with nothing to do loads nothing: that is what makes it quick."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from helpers import fence, make_course, proofdeck, slide

OURS = {"IPython", "jinja2", "matplotlib", "nbformat", "py_mini_racer", "typst", "yaml"}
THEIRS = {"numpy", "torch"}


def imported(root: Path) -> set[str]:
    """Top-level modules that `proofdeck build` imports in `root`."""
    command = [sys.executable, "-X", "importtime", "-m", "proofdeck", "build"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    rows = [row for row in done.stderr.splitlines() if row.startswith("import time:")]
    return {row.rpartition("|")[2].strip().partition(".")[0] for row in rows}


def test_neither_what_builds_nor_what_the_lecture_uses_is_loaded(tmp_path: Path) -> None:
    """Kept results hold plain values: torch's version is a string of torch's own kind."""
    make_course(tmp_path, slide(fence("import torch\n\nprint(torch.ones(2).sum())")))
    done = proofdeck(tmp_path, "build")
    assert done.returncode == 0, done.stderr
    again = imported(tmp_path)
    assert "proofdeck" in again
    assert again & (OURS | THEIRS) == set()
