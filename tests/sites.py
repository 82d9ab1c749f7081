"""The course's own lectures, built once for all tests of what readers get."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Built

ROOT = Path(__file__).resolve().parents[1]
SMALL = "small"
"""The lecture of the small course, which has every construct."""

LECTURES = sorted(
    file.stem
    for file in (ROOT / "slides").iterdir()
    if file.suffix in (".md", ".qmd") and not file.name.startswith(("_", "."))
)
EVERY = [SMALL, *LECTURES]


OWN_COURSE = ROOT / "build" / "tests" / "course"
"""A copy of this repository's course, so that tests leave the real site alone; its cache stays."""


@pytest.fixture(scope="session")
def errors_of() -> dict[str, list[str]]:
    """Build the course's own lectures with the real command; gives what is wrong with each.

    The first of several processes of pytest builds, while the others wait.
    """
    OWN_COURSE.mkdir(parents=True, exist_ok=True)
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")
    last = OWN_COURSE / "last-session"
    with (OWN_COURSE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not session or not last.is_file() or last.read_text("utf-8") != session:
            _build_own_course()
            last.write_text(session, "utf-8")
    report = json.loads((OWN_COURSE / "build" / "report.json").read_text("utf-8"))
    return {lecture["name"]: lecture["errors"] for lecture in report["lectures"]}


def _build_own_course() -> None:
    for folder in ("slides", "figures"):
        shutil.rmtree(OWN_COURSE / folder, ignore_errors=True)
        shutil.copytree(ROOT / folder, OWN_COURSE / folder)
    shutil.copy(ROOT / "pyproject.toml", OWN_COURSE)
    # --fast: claims are checked in the run that is shown; what further seeds say is not seen here.
    command = [sys.executable, "-m", "proofdeck", "build", "--fast"]
    done = subprocess.run(command, cwd=OWN_COURSE, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr  # 1: a lecture is at fault


@pytest.fixture(scope="session")
def root_of(request: pytest.FixtureRequest, built: Built) -> Callable[[str], Path]:
    """Gives the root of the built course that a lecture belongs to."""

    def root(lecture: str) -> Path:
        if lecture == SMALL:
            assert built.done.returncode == 0, built.done.stderr
            return built.root
        if errors := request.getfixturevalue("errors_of")[lecture]:
            pytest.fail("\n".join([f"{lecture} does not build:", *errors]))
        return OWN_COURSE

    return root


@pytest.fixture(scope="session")
def folder_of(root_of: Callable[[str], Path]) -> Callable[[str], Path]:
    """Gives the folder of a lecture's built documents."""
    return lambda lecture: root_of(lecture) / "build" / "site" / lecture
