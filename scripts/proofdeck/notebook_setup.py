"""A notebook's first cells: what proofdeck does around a lecture, in the reader's own hands."""

from __future__ import annotations

import base64
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path

from proofdeck import checking, seeding
from proofdeck.compose import Composer
from proofdeck.jobs import THREAD_VARIABLES

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
LARGEST_FILE = 1 << 20
"""Bytes; a larger data file is not written into the notebook."""


def setup_cells(composer: Composer, files: Mapping[str, bytes]) -> Iterator[str]:
    """The sources of these cells. `files` are what the lecture read, by path below the root."""
    generators = [n for n in seeding.GENERATORS if n in composer.run.surroundings.imports]
    threads = composer.lecture.threads
    folders = sorted({Path(path).parent.as_posix() for path in files} - {"."})
    lines = [
        "# One thread, and one seed a cell, so that your numbers are those of the slides.",
        "import os",
        "import random",
        "import sys",
        "",
        f"for variable in {THREAD_VARIABLES!r}:",
        f'    os.environ[variable] = "{threads}"',
        *[f"os.environ[{key!r}] = {value!r}" for key, value in QUIET.items()],
        *[f"import {name}" for name in generators],
    ]
    if "torch" in generators:
        lines.append(f"torch.set_num_threads({threads})")
    if folders:
        lines.append("# The course's own modules and data are written there by the next cells.")
        lines.append(f"for folder in {folders!r}:")
        lines.append("    os.makedirs(folder, exist_ok=True)")
        lines.append("    sys.path.insert(0, folder)")
    lines += ["", "", inspect.getsource(seeding.seed).rstrip()]
    if composer.lecture.exercises:
        lines += ["", "", *_definition_of_checking()]
    yield "\n".join(lines)
    for path, data in sorted(files.items()):
        yield _writing(path, data)


def _definition_of_checking() -> list[str]:
    source = Path(checking.__file__).read_text("utf-8")
    needed = [row for row in source.splitlines() if row.startswith("from ")]
    body = inspect.getsource(checking.checking).rstrip()
    return [*(row for row in needed if "__future__" not in row), "", "", body]


def _writing(path: str, data: bytes) -> str:
    """A cell that writes one of the lecture's own files beside the notebook."""
    if len(data) > LARGEST_FILE:
        return f"# {path} is too large to be carried along: put it beside this notebook."
    try:
        return f"%%writefile {path}\n{data.decode('utf-8')}"
    except UnicodeDecodeError:
        text = base64.b64encode(data).decode()
        return (
            "from base64 import b64decode\nfrom pathlib import Path\n\n"
            f'Path({path!r}).write_bytes(b64decode("{text}"));'
        )
