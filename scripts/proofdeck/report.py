"""`build/report.json`: the machine-readable account of a build, and part of the interface."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from proofdeck import __version__
from proofdeck.cache import write_atomically
from proofdeck.claims import Judgement, wilson
from proofdeck.config import Config
from proofdeck.exercises import all_snippets
from proofdeck.model import Claim, InlineValue, Lecture, Run, Snippet

if TYPE_CHECKING:
    from proofdeck.check import Checked
    from proofdeck.proofs import Proof

FORMAT = 1

IN_SNIPPET = re.compile(r"<(?P<id>[^<>:]+)>:(?P<line>\d+): ")
IN_FILE = re.compile(r"(?P<path>[^<>:\s]+):\d+: ")
"""Where Python saw the cause of a warning."""

DEPRECATION = re.compile(r"\S+: warning: (\w*DeprecationWarning|FutureWarning): ")
"""A warning of the lecture's own code that something it uses will go away."""


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
    values: tuple[Mapping[str, Any], ...] = ()
    """Inline values."""
    exercises: tuple[Mapping[str, Any], ...] = ()

    @property
    def failed(self) -> bool:
        """Whether its old documents stayed in place."""
        return bool(self.errors)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Of the lecture's text and of its snippets, each with its place."""
        ran = (*self.snippets, *self.exercises)
        return (*self.notices, *(text for each in ran for text in each["warnings"]))

    @property
    def deprecations(self) -> tuple[str, ...]:
        """Those warnings that say what of the lecture's own code will break tomorrow."""
        return tuple(dict.fromkeys(w for w in self.warnings if DEPRECATION.match(w)))


def add_run(report: LectureReport, checked: Checked) -> LectureReport:
    """The report with what running the lecture gave: each list in the lecture's order."""
    lecture, run = checked.lecture, checked.run
    judged = checked.judgements
    return replace(
        report,
        snippets=tuple(_snippet(lecture, run, snippet) for snippet in lecture.snippets),
        claims=tuple(_claim(claim, run, judged.get(claim.id)) for claim in lecture.claims),
        values=tuple(_value(s, run) for s in lecture.steps if isinstance(s, InlineValue)),
        exercises=tuple(_exercise(lecture, run, each) for each in checked.proofs.values()),
        versions=run.surroundings.versions,
    )


def _snippet(lecture: Lecture, run: Run, snippet: Snippet) -> dict[str, Any]:
    result = run.results[snippet.id]
    return {
        "id": snippet.id,
        "path": snippet.place.path,
        "line": snippet.place.line,
        "slide": snippet.slide,
        "status": result.status,
        "eval": snippet.runs,
        "seconds": round(result.seconds, 4),
        "cached": run.cached,
        "warnings": [_warning(lecture, run, snippet, text) for text in result.warnings],
    }


def _warning(lecture: Lecture, run: Run, snippet: Snippet, text: str) -> str:
    """A warning at the lecture's line or the course's file; else at the snippet that ran."""
    sources = {each.id: each.code_place for each in all_snippets(lecture)}
    seen = IN_SNIPPET.match(text)
    if seen and seen["id"] in sources:
        place = sources[seen["id"]]
        return f"{place.path}:{place.line + int(seen['line']) - 1}: warning: {text[seen.end() :]}"
    in_file = IN_FILE.match(text)
    if in_file and in_file["path"] in (*lecture.sources, *run.surroundings.files):
        return f"{in_file[0]}warning: {text[in_file.end() :]}"
    return f"{snippet.place}: warning: {text}"


def _claim(claim: Claim, run: Run, judged: Judgement | None) -> dict[str, Any]:
    """A claim that a failed snippet left unasked has no runs and does not hold."""
    shown, runs = (judged.shown, judged.runs) if judged else ((), 0)
    return {
        "id": claim.id,
        "text": judged.claim.text if judged else claim.text,
        "path": claim.place.path,
        "line": claim.place.line,
        "slide": claim.slide,
        "check": claim.code,
        "show": claim.show,
        "expect": claim.expect,
        "held": judged.held if judged else 0,
        "holds": judged.holds if judged else False,
        "runs": runs,
        "wanted": claim.at_least,
        "interval": [round(x, 4) for x in wilson(judged.held, judged.runs)]
        if judged and runs
        else None,
        "median": _number(judged.median if judged else None),
        "low": _number(min(shown, default=None)),
        "high": _number(max(shown, default=None)),
        "values": dict(judged.values) if judged else {},
        "badge": judged.badge if judged else "not asked: a snippet that it needs failed",
        "seconds": round(run.results[claim.id].seconds, 4),
        "error": judged.error if judged else "",
    }


def _exercise(lecture: Lecture, run: Run, proof: Proof) -> dict[str, Any]:
    """An exercise; `says` is what its check tells a student who has changed nothing."""
    exercise, results = proof.exercise, proof.results
    shown = exercise.solution, exercise.check
    return {
        "id": exercise.id,
        "path": exercise.place.path,
        "line": exercise.place.line,
        "slide": exercise.slide,
        "status": proof.status,
        "says": proof.says,
        "error": proof.error.message if proof.error else "",
        "seconds": round(sum(result.seconds for result in results.values()), 4),
        "cached": all(result.cached for result in results.values()),
        "warnings": [
            _warning(lecture, run, part, text)
            for part in shown
            for text in results[part.id].warnings
        ],
    }


def _value(value: InlineValue, run: Run) -> dict[str, Any]:
    return {
        "id": value.id,
        "path": value.place.path,
        "line": value.place.line,
        "slide": value.slide,
        "code": value.code,
        "status": run.results[value.id].status,
        "value": run.results[value.id].value,
    }


def _number(value: float | None) -> float | str | None:
    """JSON has no infinity: "inf" and "nan" are texts there."""
    return value if value is None or math.isfinite(value) else str(value)


def report_data(lectures: Sequence[LectureReport], seconds: float) -> dict[str, Any]:
    """The whole report, as it is written."""
    versions = {"proofdeck": __version__, "python": sys.version.split()[0]}
    for lecture in lectures:
        versions.update({name.lower(): version for name, version in lecture.versions})
    return {
        "format": FORMAT,
        "lectures": [
            {
                "name": lecture.name,
                "source": lecture.source,
                "slides": lecture.slides,
                "minutes": lecture.minutes,
                "snippets": list(lecture.snippets),
                "claims": list(lecture.claims),
                "values": list(lecture.values),
                "exercises": list(lecture.exercises),
                "warnings": list(lecture.notices),
                "deprecations": list(lecture.deprecations),
                "errors": list(lecture.errors),
                "seconds": round(lecture.seconds, 3),
            }
            for lecture in lectures
        ],
        "seconds": round(seconds, 3),
        "versions": dict(sorted(versions.items())),
    }


def write_report(config: Config, report: Mapping[str, Any]) -> None:
    """Write `build/report.json`."""
    text = json.dumps(report, ensure_ascii=False, allow_nan=False) + "\n"
    write_atomically(config.build / "report.json", text.encode())


def names_in_report(config: Config) -> list[str]:
    """Names of the lectures in the `build/report.json` that is there; none where none is."""
    try:
        report = json.loads((config.build / "report.json").read_text("utf-8"))
        return [lecture["name"] for lecture in report["lectures"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []
