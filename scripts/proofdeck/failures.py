"""Failed steps of a run as errors: the line in lecture or figure script, slide and cause."""

from __future__ import annotations

import re
from collections.abc import Mapping

from proofdeck.claims import Judgement, error_of
from proofdeck.errors import Place, ProofdeckError
from proofdeck.model import Failure, Lecture, Run, Snippet, Step

INLINE_VALUE = re.compile("⟦(?P<id>.+?)⟧")
"""Where a claim's text says an inline value."""

HINTS: Mapping[str, str] = {
    "NameError": "Define the name in a snippet above, or mend its spelling.",
    "FileNotFoundError": "Paths start at the project's root; check the file's name.",
    "Timeout": "Make it faster, or allow more seconds with `#| timeout:`.",
    "Memory": "Use less, or allow more GiB with `memory:` in the front matter.",
    "Broken": "Put back what the snippet replaces of Python's own, or replace it only for a while.",
    "Crash": "Remove what ends the process, or use less memory.",
}

MODULES = "figures"
"""The folder where a course's modules lie, unless it says otherwise."""


def failures(lecture: Lecture, run: Run) -> dict[str, ProofdeckError]:
    """An error for each failed step by its id, in the lecture's order."""
    titles = {slide.id: slide.title or slide.id for slide in lecture.slides}
    return {
        step.id: error_of_failure(step, titles[step.slide], failure)
        for step in lecture.steps
        if (failure := run.results[step.id].failure)
    }


def spoken(text: str, run: Run) -> str:
    """A claim's sentence with its inline values in place."""
    return INLINE_VALUE.sub(lambda match: run.results[match["id"]].value, text)


def broken_claims(
    lecture: Lecture, judgements: Mapping[str, Judgement]
) -> dict[str, ProofdeckError]:
    """An error for each claim that does not hold, by its id."""
    titles = {slide.id: slide.title or slide.id for slide in lecture.slides}
    found = judgements.items()
    broken = ((id, j) for id, j in found if not (j.holds or j.unchecked))
    return {id: error_of(j, titles[j.claim.slide]) for id, j in broken}


def error_of_failure(step: Step, title: str, failure: Failure) -> ProofdeckError:
    """The error that a failed step on the slide `title` gives."""
    place, script, source = step.place, "", step.code
    if isinstance(step, Snippet):
        lines = step.code.splitlines()
        source = lines[failure.line - 1].strip() if 0 < failure.line <= len(lines) else ""
        where = Place(step.code_place.path, step.code_place.line + max(failure.line, 1) - 1)
        place, script = (step.place, f"{where}: ") if step.script else (where, "")
        if not failure.line:
            place, script = step.place, ""
    what = f"{failure.kind}: {failure.message}" if failure.message else failure.kind
    message = f"{script}{what}\n    on slide {title!r}"
    if source:
        message += f": {source}"
    return ProofdeckError(message, _hint(failure), place)


def _hint(failure: Failure) -> str:
    missing = re.match(r"No module named '([^']+)'", failure.message)
    if failure.kind == "ModuleNotFoundError" and missing:
        package, _, inner = missing[1].rpartition(".")
        if package:
            return f"Package {package!r} has no module {inner!r}: mend the name, or add it."
        package = inner
        if package == MODULES:
            return "Modules in figures/ are imported by their own names: `from mod import f`."
        return f"Package {package!r} is not installed: add it to pyproject.toml and `make setup`."
    return HINTS.get(failure.kind, "Mend the code, or show the error with `#| error: true`.")
