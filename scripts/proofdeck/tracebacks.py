"""What a snippet raised: where, why, and a traceback of the lecture's own frames."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

from proofdeck.model import Failure


def failure_of(error: BaseException, name: str, script: str | None, root: str) -> Failure:
    """Where and why: the last frame in the snippet, and a traceback of the lecture's own frames."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if is_own(frame.filename, name, root)]
    line = next((frame.lineno or 0 for frame in reversed(own) if frame.filename == name), 0)
    if isinstance(error, SyntaxError) and error.filename == name:
        line = error.lineno or 0
    rows = traceback.format_list(
        [
            traceback.FrameSummary(
                short_path(f.filename, root), f.lineno, f.name, lookup_line=False, line=f.line
            )
            for f in own
        ]
    )
    rows += traceback.format_exception_only(error)
    message = str(error) if _has_str(error) else ""
    return Failure(type(error).__name__, message, script, line, "".join(rows))


def _has_str(error: BaseException) -> bool:
    try:
        str(error)
    except Exception:  # a `__str__` that raises
        return False
    return True


def is_own(filename: str, name: str, root: str) -> bool:
    """Whether a frame is the lecture's: of the code called `name`, or of a file of the course."""
    under_root = filename.startswith(root + os.sep)
    return filename == name or (under_root and "site-packages" not in filename)


def short_path(filename: str, root: str) -> str:
    """A path without what is this machine's: relative to the root, or to site-packages."""
    _, installed, rest = filename.rpartition(f"{os.sep}site-packages{os.sep}")
    if installed:
        return Path(rest).as_posix()
    for parent in (root, *sorted(sys.path, key=len, reverse=True)):
        if parent and filename.startswith(parent + os.sep):
            return Path(filename).relative_to(parent).as_posix()
    return filename
