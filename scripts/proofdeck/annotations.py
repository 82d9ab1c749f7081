"""Errors and warnings as GitHub Actions shows them: beside the line, in the pull request."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from proofdeck.report import LectureReport

PLACED = re.compile(r"(?P<path>[^\n:]+):(?P<line>\d+): (warning: )?(?P<message>.*)", re.DOTALL)
"""How every message of ours starts."""


def wanted() -> bool:
    """Whether we run under GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def commands(root: Path, lectures: Sequence[LectureReport]) -> Iterator[str]:
    """A workflow command for each error and warning, errors first: Actions shows only ten of each.

    Paths count from the repository's root, which may lie above the course's.
    """
    repository = Path(os.environ.get("GITHUB_WORKSPACE") or root)
    folder = root.relative_to(repository) if root.is_relative_to(repository) else Path()
    for lecture in lectures:
        for error in lecture.errors:
            yield _command("error", folder, error)
    for lecture in lectures:
        for warning in lecture.warnings:
            yield _command("warning", folder, warning)


def _command(kind: str, folder: Path, text: str) -> str:
    placed = PLACED.fullmatch(text)
    if not placed:
        return f"::{kind}::{_data(text)}"
    path = (folder / placed["path"]).as_posix()
    return f"::{kind} file={_property(path)},line={placed['line']}::{_data(placed['message'])}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
