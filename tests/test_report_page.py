"""`build/report.html` and what it is made from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from decks import Visit
from helpers import fence, make_course, proofdeck, slide
from proofdeck.claims import Judgement
from proofdeck.config import Config
from proofdeck.errors import Place
from proofdeck.last_good import Change, changes, keep
from proofdeck.model import Claim
from proofdeck.report import _number
from proofdeck.report_page import page

TOOLS = """
import warnings

def old():
    warnings.warn("old goes away", DeprecationWarning)

def caller():
    warnings.warn("the caller is old", DeprecationWarning, stacklevel=2)
"""
LECTURE = slide(
    fence("import random\nimport tools\nx = random.random()\ntools.old()\ntools.caller()"),
    fence("import warnings\nwarnings.warn('odd')"),
    '::: {.claim check="x < 1" show="x" seeds=4}\nBelow one.\n:::',
    '::: {.claim check="x > 1" expect="fails"}\nAbove one.\n:::',
    fence("never = 1", "eval: false"),
    "x is `{python} f'{x:.3f}'`.",
    fence("1 / 0"),
)
GOOD = LECTURE.replace("1 / 0", "fine = 1")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, CompletedProcess[str]]:
    """A course after a good build and one that failed after `x` became another number."""
    root = tmp_path_factory.mktemp("report")
    make_course(root, GOOD, **{"figures/tools.py": TOOLS})
    done = proofdeck(root, "build", "--to", "deck")
    assert done.returncode == 0, done.stderr
    config = make_course(root, LECTURE.replace("x = random", "x = 0.5 * random"))
    return config, proofdeck(root, "check")


@pytest.fixture(scope="module")
def report(course: tuple[Config, CompletedProcess[str]]) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((course[0].build / "report.json").read_text("utf-8"))
    return made


def test_the_report_has_every_snippet_claim_and_inline_value(report: dict[str, Any]) -> None:
    (lecture,) = report["lectures"]
    assert report["format"] == 1
    assert [(s["id"], s["status"], s["eval"]) for s in lecture["snippets"]] == [
        ("one-1", "ok", True),
        ("one-2", "ok", True),
        ("one-3", "skipped", False),
        ("one-4", "failed", True),
    ]
    first, second = lecture["claims"]
    kept = "id text path slide check expect held holds runs low error".split()
    assert {key: second[key] for key in kept} == {
        "id": "one-claim-2",
        "text": "Above one.",
        "path": "slides/x.md",
        "slide": "one",
        "check": "x > 1",
        "expect": "fails",
        "held": 1,
        "holds": True,
        "runs": 1,
        "low": None,
        "error": "",
    }
    # A lecture with a failed snippet is not run under further seeds.
    assert (first["runs"], first["holds"]) == (1, True)
    assert first["low"] == first["median"] == first["high"] > 0
    assert [(value["code"], value["status"]) for value in lecture["values"]] == [
        ("f'{x:.3f}'", "ok")
    ]


def test_deprecations_of_the_lecture_s_own_code_are_told_from_other_warnings(
    report: dict[str, Any],
) -> None:
    (lecture,) = report["lectures"]
    assert lecture["deprecations"] == [
        "figures/tools.py:5: warning: DeprecationWarning: old goes away",
        "slides/x.md:8: warning: DeprecationWarning: the caller is old",
    ]
    assert lecture["snippets"][1]["warnings"] == ["slides/x.md:14: warning: UserWarning: odd"]


def test_the_page_needs_no_other_file_and_lists_breakage_first(
    course: tuple[Config, CompletedProcess[str]],
) -> None:
    html = (course[0].build / "report.html").read_text("utf-8")
    assert not re.search(r"(?:src|url\()=?[\"']?(?!data:)\w", html)
    assert re.findall(r'<section id="(\w+)"', html) == ["deprecations", "errors", "changes"]
    assert "Report <span" in html


def test_the_page_says_what_changed_since_the_last_good_build(
    course: tuple[Config, CompletedProcess[str]], visit: Visit
) -> None:
    page = visit(course[0].build / "report.html")
    rows = [row.inner_text() for row in page.locator("#changes tbody tr").all()]
    assert len(rows) == 3
    assert all(row.startswith("x · one") for row in rows)
    before, now = rows[2].split("f'{x:.3f}'")[1].split()
    assert float(now) == pytest.approx(float(before) / 2, abs=0.001)


def test_rows_can_be_filtered_by_text_kind_and_status_with_the_keyboard(
    course: tuple[Config, CompletedProcess[str]], visit: Visit
) -> None:
    page = visit(course[0].build / "report.html")

    def shown() -> list[str]:
        rows = page.locator("#rows tbody tr:visible td:nth-child(2)").all()
        return [row.inner_text().split()[0] for row in rows]

    everything = ["x", "one-1", "one-2", "one-claim-1", "one-claim-2", "one-3", "one-4"]
    assert shown() == everything
    page.keyboard.press("/")
    page.keyboard.type("ABOVE one")
    assert shown() == ["one-claim-2"]
    page.keyboard.press("Escape")
    assert shown() == everything
    page.keyboard.press("Tab")
    page.keyboard.type("claim")
    assert shown() == ["one-claim-1", "one-claim-2"]
    assert page.locator("#count").inner_text() == "2 of 7 rows"
    page.select_option("#kind", "")
    for status, ids in {
        "not run": ["one-3"],
        "failed": ["x", "one-4"],
        "warned": ["one-1", "one-2"],
    }.items():
        page.select_option("#status", status)
        assert shown() == ids


def test_a_row_links_to_its_slide(
    course: tuple[Config, CompletedProcess[str]], visit: Visit
) -> None:
    page = visit(course[0].build / "report.html")
    page.locator("#rows a", has_text="one-claim-1").click()
    page.wait_for_function("document.querySelector('section.present')?.id === 'one'")
    assert page.url.endswith("build/site/x/index.html#/one")


# Without a build ---------------------------------------------------------------------------------


def claim_entry(**changed: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": "one-claim-1",
        "text": "T",
        "path": "slides/x.md",
        "line": 9,
        "slide": "one",
        "check": "x < 1",
        "show": "x",
        "expect": "holds",
        "held": 20,
        "holds": True,
        "runs": 20,
        "wanted": 18,
        "interval": [0.8389, 1.0],
        "median": 0.5,
        "low": 0.25,
        "high": 0.75,
        "values": {"x": "0.5"},
        "badge": "holds in 20 of 20 seeded runs",
        "seconds": 0.0,
        "error": "",
    }
    return entry | changed


def a_report(*claims: Mapping[str, Any], errors: tuple[str, ...] = ()) -> dict[str, Any]:
    lecture = {
        "name": "x",
        "source": "slides/x.md",
        "slides": 1,
        "minutes": 2.5,
        "snippets": [],
        "claims": list(claims),
        "values": [],
        "exercises": [],
        "warnings": [],
        "deprecations": [],
        "errors": list(errors),
        "seconds": 1.0,
    }
    return {"format": 1, "lectures": [lecture], "seconds": 1.0, "versions": {}}


def test_the_page_gives_the_wilson_interval_of_a_proportion(tmp_path: Path) -> None:
    config = Config(tmp_path)
    assert "(Wilson): 83.9 % to 100 %" in page(config, a_report(claim_entry()), [])
    assert "Wilson" not in page(config, a_report(claim_entry(runs=1, held=1)), [])


def test_an_unasked_claim_is_skipped_and_text_is_escaped(tmp_path: Path) -> None:
    unasked = claim_entry(runs=0, holds=False, held=0, interval=None, text="a <b> & c")
    html = page(Config(tmp_path), a_report(unasked), [])
    assert 'data-kind="claim" data-status="skipped"' in html
    assert "a &lt;b&gt; &amp; c" in html


@pytest.mark.parametrize(
    ("now", "differences"),
    [
        (claim_entry(), []),
        (claim_entry(median=0.625), [("median", "0.5", "0.625")]),
        (claim_entry(held=19, low=0.125), [("held", "20", "19"), ("low", "0.25", "0.125")]),
        (claim_entry(values={"x": "0.625"}), [("x", "0.5", "0.625")]),
        (claim_entry(runs=1, held=1, median=0.6, low=0.6, high=0.6), []),
        (claim_entry(check="x < 2", median=0.6), []),
    ],
)
def test_what_changed_is_told_where_the_same_was_asked_in_as_many_runs(
    tmp_path: Path, now: dict[str, Any], differences: list[tuple[str, str, str]]
) -> None:
    config = Config(tmp_path)
    keep(config, a_report(claim_entry()), fast=False)
    place = ("x", "one", "slides/x.md:9")
    assert changes(config, a_report(now)) == [Change(*place, *texts) for texts in differences]


def test_a_first_build_says_that_there_is_none_to_compare_with(tmp_path: Path) -> None:
    config = make_course(tmp_path, slide("Prose."))
    for text in ("There is no good build yet to compare with.", "No value is different."):
        assert proofdeck(tmp_path, "build").returncode == 0
        assert text in (config.build / "report.html").read_text("utf-8")
        (config.root / "slides/x.md").write_text(slide("Other prose."), "utf-8")


@pytest.mark.parametrize(
    ("bad", "fast"),
    [
        (a_report(claim_entry(median=0.1, holds=False)), False),
        (a_report(claim_entry(median=0.1), errors=("slides/x.md:1: odd",)), False),
        (a_report(claim_entry(median=0.1)), True),
    ],
)
def test_only_a_good_and_full_build_is_compared_with(
    tmp_path: Path, bad: dict[str, Any], fast: bool
) -> None:
    config = Config(tmp_path)
    keep(config, a_report(claim_entry()), fast=False)
    keep(config, bad, fast=fast)
    assert changes(config, a_report(claim_entry())) == []


def test_numbers_that_json_does_not_know_are_texts() -> None:
    claim = Claim("c", Place("slides/x.md", 1), "one", "x", "T")
    median = Judgement(claim, 1, 1, (), (float("inf"),)).median
    assert [_number(x) for x in (median, None, 2.5)] == ["inf", None, 2.5]
