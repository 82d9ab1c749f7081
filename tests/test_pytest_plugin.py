"""`pytest slides/` in a course, by the real pytest."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import pytest

from helpers import count_in, fence, make_course, slide

COUNT = count_in("runs.txt")
CLIPPING = slide(
    fence(f"import random\nx = random.random()\n{COUNT}", "label: draw"),
    "::: {.claim check='x < 1' seeds=3}\nBelow one.\n:::",
    "::: {.claim check='x < 0' seeds=3}\nBelow zero.\n:::",
    fence("never = 1", "eval: false"),
    id="clipping",
)
BROKEN = slide(
    fence("y = 1 / 0"),
    "A value: `{python} 1 / y`.",
    fence("z = y + 1"),
    fence("fine = 1"),
    "It is `{python} fine.size`.",
    id="broken",
)
LECTURE = CLIPPING + "\n" + BROKEN
UNREADABLE = slide(fence("x = (", "label: open"), "::: {.claim}\nNo check.\n:::")


def line_of(start: str, text: str = LECTURE) -> int:
    """The first line that starts so."""
    return next(n for n, line in enumerate(text.splitlines(), 1) if line.startswith(start))


def run_pytest(
    root: Path, *arguments: str, installed: bool = False
) -> subprocess.CompletedProcess[str]:
    """pytest in `root`, with our plugin and xdist alone, or with all that are `installed`."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    plugins = ["-p", "no:cacheprovider"]
    if not installed:
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # others take a second to load
        plugins += ["-p", "proofdeck.pytest_plugin", "-p", "xdist"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, *arguments],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def outcomes(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """Of each test, from the lines of `-rA`."""
    words = [line.split() for line in done.stdout.splitlines()]
    return {row[1]: row[0] for row in words if row and row[0] in ("PASSED", "FAILED", "ERROR")}


@dataclass(frozen=True)
class Session:
    root: Path
    done: subprocess.CompletedProcess[str]
    cases: dict[str, ET.Element]
    runs: int
    """How often the lecture's first snippet ran."""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """A session over the lecture in two processes, as xdist distributes tests by itself."""
    root = tmp_path_factory.mktemp("course")
    # Without the failing slide, so that claims are judged under all seeds.
    make_course(root, CLIPPING)
    done = run_pytest(
        root, "slides", "-rA", "-n2", "--junitxml=junit.xml", "-o", "junit_family=xunit1"
    )
    cases = {case.get("name", ""): case for case in ET.parse(root / "junit.xml").iter("testcase")}
    return Session(root, done, cases, len((root / "runs.txt").read_text()))


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """A session over a lecture with failing snippets and one that cannot be read."""
    root = tmp_path_factory.mktemp("broken")
    make_course(root, LECTURE, **{"slides/y.md": UNREADABLE})
    done = run_pytest(root, "slides/", "-rA", "-n2")
    return Session(root, done, {}, len((root / "runs.txt").read_text()))


def test_each_snippet_and_claim_is_a_test_named_by_lecture_slide_and_label(
    session: Session,
) -> None:
    assert session.done.returncode == 1
    assert outcomes(session.done) == {
        "slides/x.md::clipping::draw": "PASSED",
        "slides/x.md::clipping::claim-1": "PASSED",
        "slides/x.md::clipping::claim-2": "FAILED",
    }
    assert "1 failed, 2 passed, 1 skipped" in session.done.stdout


def test_a_failure_shows_the_lecture_s_line_and_source_and_no_traceback_of_ours(
    session: Session,
) -> None:
    shown, line = session.done.stdout, line_of("::: {.claim check='x < 0'")
    assert f"slides/x.md:{line}: the claim does not hold: Below zero." in shown
    assert "x = 0." in shown
    assert "holds only in 0 of 3 seeded runs; wanted: 3 of 3" in shown
    assert f">   {line} │ ::: {{.claim check='x < 0' seeds=3}}" in shown
    assert "Traceback" not in shown
    assert "pytest_plugin.py" not in shown


def test_junit_xml_says_where_each_test_stands(session: Session) -> None:
    places = {name: (c.get("file"), c.get("line")) for name, c in session.cases.items()}
    lines = {
        "draw": line_of("```{python}"),
        "claim-1": line_of("::: {.claim check='x < 1'"),
        "claim-2": line_of("::: {.claim check='x < 0'"),
        "clipping-2": line_of("#| eval: false") - 1,
    }
    # pytest counts lines from 0 there.
    assert places == {name: ("slides/x.md", str(line - 1)) for name, line in lines.items()}
    (failure,) = session.cases["claim-2"].iter("failure")
    assert (failure.text or "").startswith(
        f"slides/x.md:{lines['claim-2']}: the claim does not hold"
    )


@pytest.mark.parametrize("name", ["session", "broken"])
def test_a_lecture_runs_once_however_many_tests_and_processes_ask(
    name: str, request: pytest.FixtureRequest
) -> None:
    """Once for each seed; where a snippet fails, there are no further seeds and no cache."""
    found: Session = request.getfixturevalue(name)
    assert found.runs == {"session": 3, "broken": 1}[name]


def test_a_failed_snippet_fails_and_what_needs_it_is_skipped(broken: Session) -> None:
    assert outcomes(broken.done) == {
        "slides/x.md::clipping::draw": "PASSED",
        "slides/x.md::clipping::claim-1": "PASSED",
        "slides/x.md::clipping::claim-2": "FAILED",
        "slides/x.md::broken::broken-1": "FAILED",
        "slides/x.md::broken::broken-3": "FAILED",
        "slides/y.md::error-1": "FAILED",
        "slides/y.md::error-2": "FAILED",
    }
    line = line_of("y = 1 / 0")
    assert f"slides/x.md:{line}: ZeroDivisionError: division by zero" in broken.done.stdout
    assert f">   {line} │ y = 1 / 0" in broken.done.stdout


def test_an_inline_value_that_fails_fails_with_the_snippet_before_it(broken: Session) -> None:
    place = f"slides/x.md:{line_of('It is')}"
    assert f"{place}: AttributeError: 'int' object has no" in broken.done.stdout


def test_what_is_wrong_with_a_lecture_s_text_fails_at_its_line(broken: Session) -> None:
    code, claim = (f"slides/y.md:{line_of(start, UNREADABLE)}" for start in ("x = (", "::: {"))
    assert f"{code}: syntax error on slide 'one': '(' was never closed" in broken.done.stdout
    assert f"{claim}: the claim has no check" in broken.done.stdout


def test_tests_can_be_chosen_by_name_and_by_slide_and_fast(session: Session) -> None:
    before = len((session.root / "runs.txt").read_text())
    by_name = run_pytest(session.root, "slides", "-rA", "-k", "claim-1 or draw", "--lecture-fast")
    by_id = run_pytest(session.root, "slides/x.md::clipping::claim-1", "-rA", "--lecture-fast")
    assert list(outcomes(by_name)) == [
        "slides/x.md::clipping::draw",
        "slides/x.md::clipping::claim-1",
    ]
    assert list(outcomes(by_id)) == ["slides/x.md::clipping::claim-1"]
    assert len((session.root / "runs.txt").read_text()) == before


def test_fast_asks_one_run(tmp_path: Path) -> None:
    make_course(tmp_path, CLIPPING)
    done = run_pytest(tmp_path, "slides", "-rA", "--lecture-fast")
    assert outcomes(done)["slides/x.md::clipping::claim-2"] == "FAILED"
    assert "seeded runs" not in done.stdout
    assert (tmp_path / "runs.txt").read_text() == "."


def test_elsewhere_nothing_is_collected_nor_imported(tmp_path: Path) -> None:
    own = """
import sys

def test_nothing_of_ours_is_here():
    ours = {name for name in sys.modules if name.startswith("proofdeck.")}
    assert ours == {"proofdeck.pytest_plugin"}
"""
    make_course(
        tmp_path / "course",
        **{name: slide(fence("1 / 0")) for name in ("slides/_part.md", "slides/x.txt", "x.md")},
    )
    elsewhere = {"pyproject.toml": "[tool.other]\n", "test_own.py": own}
    make_course(tmp_path, slide(fence("1 / 0")), **elsewhere)
    done = run_pytest(tmp_path, "-rA", installed=True)
    assert outcomes(done) == {"test_own.py::test_nothing_of_ours_is_here": "PASSED"}
