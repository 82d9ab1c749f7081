"""`build/report.html`: the report for people, in one file that needs nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from proofdeck.cache import write_atomically
from proofdeck.claims import short
from proofdeck.config import TEMPLATES, Config
from proofdeck.last_good import Change
from proofdeck.templates import render

FONT_FACE = re.compile(r"@font-face \{.*?\}\n", re.DOTALL)
Row = Mapping[str, Any]


def write_page(config: Config, report: Mapping[str, Any], changes: Sequence[Change] | None) -> None:
    """Write `build/report.html`."""
    write_atomically(config.build / "report.html", page(config, report, changes).encode())


def page(config: Config, report: Mapping[str, Any], changes: Sequence[Change] | None) -> str:
    """The page for a report as `report.json` has it; `changes` as `last_good` finds them."""
    base = FONT_FACE.sub("", (TEMPLATES / "base.css").read_text("utf-8"))
    lectures = report["lectures"]
    claims = [claim for lecture in lectures for claim in lecture["claims"]]
    return render(
        "report.html.j2",
        course=config.course,
        style=Markup(base + (TEMPLATES / "report.css").read_text("utf-8")),
        script=Markup((TEMPLATES / "report.js").read_text("utf-8")),
        deprecations=[text for lecture in lectures for text in lecture["deprecations"]],
        errors=[text for lecture in lectures for text in lecture["errors"]],
        compared=changes is not None,
        changes=[(each, _link(config, each.lecture, each.slide)) for each in changes or ()],
        rows=[row for lecture in lectures for row in _rows(config, lecture)],
        total={
            "lectures": len(lectures),
            "minutes": sum(lecture["minutes"] for lecture in lectures),
            "snippets": sum(len(lecture["snippets"]) for lecture in lectures),
            "claims": len(claims),
            "hold": sum(claim["holds"] for claim in claims),
            "exercises": sum(len(lecture["exercises"]) for lecture in lectures),
            "seconds": report["seconds"],
        },
        versions=report["versions"],
    )


def _link(config: Config, lecture: str, slide: str = "") -> str:
    """The slide in the built deck, as seen from `build/`; empty where there is no deck."""
    if not (config.site / lecture / "index.html").is_file():
        return ""
    return f"site/{lecture}/index.html" + (f"#/{slide}" if slide else "")


def _rows(config: Config, lecture: Mapping[str, Any]) -> Iterator[Row]:
    """The lecture, then its snippets, claims and exercises in the order of the source."""
    name, minutes = lecture["name"], lecture["minutes"]
    yield {
        "kind": "lecture",
        "lecture": name,
        "name": name,
        "place": lecture["source"],
        "link": _link(config, name),
        "status": "failed" if lecture["errors"] else "ok",
        "seconds": lecture["seconds"],
        "text": f"{lecture['slides']} slides" + (f", {minutes:g} minutes" if minutes else ""),
        "warnings": lecture["warnings"],
    }
    snippets = [_snippet(snippet) for snippet in lecture["snippets"]]
    claims = [_claim(claim) for claim in lecture["claims"]]
    exercises = [_exercise(exercise) for exercise in lecture["exercises"]]
    for row in sorted([*snippets, *claims, *exercises], key=lambda row: row["order"]):
        yield {**row, "lecture": name, "link": _link(config, name, row["slide"])}


def _snippet(snippet: Mapping[str, Any]) -> Row:
    return {
        **_place(snippet),
        "kind": "snippet",
        "status": snippet["status"] if snippet["eval"] else "not run",
        "text": "" if snippet["eval"] else "shown with eval: false",
        "warnings": snippet["warnings"],
    }


def _claim(claim: Mapping[str, Any]) -> Row:
    asked = claim["runs"] > 0
    return {
        **_place(claim),
        "kind": "claim",
        "status": "skipped" if not asked else "ok" if claim["holds"] else "failed",
        "text": claim["text"],
        "warnings": [],
        "check": claim["check"],
        "expect": claim["expect"],
        "badge": claim["badge"],
        "interval": _interval(claim),
        "values": claim["values"],
    }


def _exercise(exercise: Mapping[str, Any]) -> Row:
    said = exercise["error"] or f"The starter fails (“{exercise['says']}”), the solution passes."
    return {
        **_place(exercise),
        "kind": "exercise",
        "status": exercise["status"],
        "text": "Not tried." if exercise["status"] == "skipped" else said,
        "warnings": exercise["warnings"],
    }


def _place(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": item["id"],
        "slide": item["slide"],
        "place": f"{item['path']}:{item['line']}",
        "order": (item["path"], item["line"]),
        "seconds": item["seconds"],
    }


def _interval(claim: Mapping[str, Any]) -> str:
    """Where the true share of runs lies, as far as so many runs can tell."""
    if claim["runs"] < 2:
        return ""
    low, high = (short(100 * share) for share in claim["interval"])
    return f"95 % interval of the share (Wilson): {low} % to {high} %"
