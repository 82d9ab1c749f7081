from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conftest import Built
from helpers import fence, make_course, proofdeck, slide


def report_of(root: Path) -> Any:
    return json.loads((root / "build" / "report.json").read_text("utf-8"))


def test_the_report_accounts_for_lectures_and_snippets(built: Built) -> None:
    report = report_of(built.root)
    assert report["format"] == 1
    assert report["seconds"] > 0
    assert {"proofdeck", "python", "numpy", "matplotlib"} <= set(report["versions"])
    (lecture,) = report["lectures"]
    assert {key: lecture[key] for key in ("name", "source", "slides", "claims", "errors")} == {
        "name": "small",
        "source": "slides/small.md",
        "slides": len(built.lecture.slides),
        "claims": [],
        "errors": [],
    }
    assert [
        (one["id"], one["path"], one["line"], one["slide"], one["status"], one["cached"])
        for one in lecture["snippets"]
    ] == [
        (snippet.id, "slides/small.md", snippet.place.line, snippet.slide, "ok", False)
        for snippet in built.lecture.snippets
    ]


def test_every_line_of_the_report_is_the_line_of_a_fence(built: Built) -> None:
    lines = (built.root / "slides/small.md").read_text("utf-8").splitlines()
    for snippet in report_of(built.root)["lectures"][0]["snippets"]:
        assert lines[snippet["line"] - 1].startswith("```"), snippet


def test_failed_and_skipped_snippets_and_warnings_are_told(tmp_path: Path) -> None:
    warn = "import warnings\nwarnings.warn('look')"
    make_course(
        tmp_path,
        slide(
            fence(warn, "ehco: true"),
            fence("a = 1 / 0"),
            fence("a"),
            fence("never", "eval: false"),
        ),
        **{"slides/y.md": "## Y\n\n[@gone]\n"},
    )
    assert proofdeck(tmp_path, "check").returncode == 1
    x, y = report_of(tmp_path)["lectures"]
    assert [(one["id"], one["status"]) for one in x["snippets"]] == [
        ("one-1", "ok"),
        ("one-2", "failed"),
        ("one-3", "skipped"),
        ("one-4", "skipped"),
    ]
    assert x["snippets"][0]["warnings"] == ["slides/x.md:6: warning: UserWarning: look"]
    assert x["warnings"] == ["slides/x.md:3: warning: unknown option 'ehco'; did you mean 'echo'?"]
    assert [error.splitlines()[0] for error in x["errors"]] == [
        "slides/x.md:11: ZeroDivisionError: division by zero"
    ]
    assert (y["name"], y["snippets"]) == ("y", [])
    assert y["errors"][0].startswith("slides/y.md:3: citation @gone")


def test_a_build_with_nothing_to_do_reports_the_same_but_cached(tmp_path: Path) -> None:
    make_course(tmp_path, slide(fence("1")))
    assert proofdeck(tmp_path, "build", "--to", "deck").returncode == 0
    first = report_of(tmp_path)["lectures"]
    assert proofdeck(tmp_path, "build", "--to", "deck").returncode == 0
    second = report_of(tmp_path)["lectures"]
    first[0]["snippets"][0]["cached"] = True
    first[0]["seconds"] = 0.0
    assert second == first
