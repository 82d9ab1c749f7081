"""What GitHub Actions shows beside the lines of a pull request."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers import fence, make_course, proofdeck, slide
from proofdeck.annotations import commands
from proofdeck.report import LectureReport

ROOT = Path("/r/course")


def report(errors: tuple[str, ...] = (), notices: tuple[str, ...] = ()) -> LectureReport:
    return LectureReport("x", "slides/x.md", 1, 0.0, (), (), 0.0, notices, errors)


def lines(*lectures: LectureReport) -> list[str]:
    return list(commands(ROOT, lectures))


def test_errors_come_first_since_only_ten_of_each_are_shown() -> None:
    a = report(("slides/a.md:2: wrong\n  Mend it.",), ("slides/a.md:1: warning: odd",))
    b = report(("slides/b.md:3: bad",))
    assert lines(a, b) == [
        "::error file=slides/a.md,line=2::wrong%0A  Mend it.",
        "::error file=slides/b.md,line=3::bad",
        "::warning file=slides/a.md,line=1::odd",
    ]


def test_what_would_end_a_command_or_its_properties_is_escaped() -> None:
    assert lines(report(("slides/a,b 5%.md:7: 100 %: a,b\r\nc",))) == [
        "::error file=slides/a%2Cb 5%25.md,line=7::100 %25: a,b%0D%0Ac"
    ]


def test_a_message_without_a_place_is_shown_without_one() -> None:
    assert lines(report(("front-end asset x is missing\n  Run `make setup`.",))) == [
        "::error::front-end asset x is missing%0A  Run `make setup`."
    ]


def test_paths_count_from_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", "/r")
    assert lines(report(("slides/a.md:2: wrong",))) == [
        "::error file=course/slides/a.md,line=2::wrong"
    ]
    monkeypatch.setenv("GITHUB_WORKSPACE", "/elsewhere")
    assert lines(report(("slides/a.md:2: wrong",))) == ["::error file=slides/a.md,line=2::wrong"]


def test_they_are_printed_on_standard_output_under_actions_only(tmp_path: Path) -> None:
    make_course(tmp_path, slide(fence("import warnings\nwarnings.warn('odd')"), fence("1 / 0")))
    actions = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(tmp_path)}
    done = proofdeck(tmp_path, "check", **actions)
    warning, error = "::warning file=slides/x.md,line=5::", "::error file=slides/x.md,line=10::"
    shown = done.stdout.splitlines()
    assert done.returncode == 1
    assert shown[0].startswith(f"{error}ZeroDivisionError: division by zero%0A")
    assert shown[1:] == [f"{warning}UserWarning: odd"]
    assert proofdeck(tmp_path, "check", GITHUB_ACTIONS="").stdout == ""
