"""`build/report.json`: the machine-readable account of a build, and part of the interface."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proofdeck import __version__
from proofdeck.cache import write_atomically
from proofdeck.claims import Judgement, wilson
from proofdeck.config import Config
from proofdeck.model import Lecture, Run

FORMAT = 1


@dataclass(frozen=True, slots=True)
class LectureReport:
    """How one lecture fared."""

    name: str
    source: str
    slides: int
    minutes: float
    snippets: tuple[Mapping[str, Any], ...]
    claims: tuple[Mapping[str, Any], ...]
    seconds: float
    """Wall time from reading it to its last document."""
    notices: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()

    @property
    def failed(self) -> bool:
        """Whether its old documents stayed in place."""
        return bool(self.errors)

    @property
    def warnings(self) -> int:
        """Of the lecture's text and of its snippets."""
        return len(self.notices) + sum(len(snippet["warnings"]) for snippet in self.snippets)


def snippet_reports(lecture: Lecture, run: Run) -> tuple[Mapping[str, Any], ...]:
    """One entry for each snippet, in the lecture's order."""
    return tuple(
        {
            "id": snippet.id,
            "path": snippet.place.path,
            "line": snippet.place.line,
            "slide": snippet.slide,
            "status": run.results[snippet.id].status,
            "seconds": round(run.results[snippet.id].seconds, 4),
            "cached": run.cached,
            "warnings": list(run.results[snippet.id].warnings),
        }
        for snippet in lecture.snippets
    )


def claim_reports(
    lecture: Lecture, judgements: Mapping[str, Judgement]
) -> tuple[Mapping[str, Any], ...]:
    """One entry for each claim that was judged, in the lecture's order."""
    return tuple(
        {
            "id": claim.id,
            "text": judgement.claim.text,
            "path": claim.place.path,
            "line": claim.place.line,
            "slide": claim.slide,
            "check": claim.code,
            "expect": claim.expect,
            "held": judgement.held,
            "holds": judgement.holds,
            "runs": judgement.runs,
            "interval": [round(x, 4) for x in wilson(judgement.held, judgement.runs)],
            "median": judgement.median,
            "low": min(judgement.shown, default=None),
            "high": max(judgement.shown, default=None),
            "values": dict(judgement.values),
            "error": judgement.error,
        }
        for claim in lecture.claims
        if (judgement := judgements.get(claim.id))
    )


def write_report(config: Config, lectures: Sequence[LectureReport], seconds: float) -> None:
    """Write `build/report.json`."""
    versions = {"proofdeck": __version__, "python": sys.version.split()[0]}
    for lecture in lectures:
        versions.update({name.lower(): version for name, version in lecture.versions})
    report = {
        "format": FORMAT,
        "lectures": [
            {
                "name": lecture.name,
                "source": lecture.source,
                "slides": lecture.slides,
                "minutes": lecture.minutes,
                "snippets": list(lecture.snippets),
                "claims": list(lecture.claims),
                "warnings": list(lecture.notices),
                "errors": list(lecture.errors),
                "seconds": round(lecture.seconds, 3),
            }
            for lecture in lectures
        ],
        "seconds": round(seconds, 3),
        "versions": dict(sorted(versions.items())),
    }
    text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    write_atomically(config.build / "report.json", text.encode())
