"""Errors as the preview shows them: over their slide, with the lines that are at fault."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from proofdeck.errors import Place, ProofdeckError, errors_of
from proofdeck.model import Lecture

AROUND = 2
"""Lines shown before and after the one at fault."""

HEADING = re.compile(r"^#{1,2}[ \t]+(?P<title>.*?)[ \t]*(?:\{(?P<attributes>[^}]*)\}[ \t]*)?$")
OWN_ID = re.compile(r"(?:^|\s)#(?P<id>\S+)")
IN_SCRIPT = re.compile(r"^(?P<path>\S+\.py):(?P<line>\d+): ")


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error, and where it is shown."""

    slide: str
    """Id of its slide; empty for the lecture as a whole."""
    place: str
    message: str
    """What is wrong and, in the last line, what to do."""
    source: tuple[tuple[int, str, bool], ...]
    """Lines around: number, text, whether it is the one."""

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def slide_trouble(root: Path, slide: str, error: ProofdeckError) -> Trouble:
    """The error of a step on a slide that failed, or of a claim that does not hold."""
    return _trouble(root, slide, error)


def troubles_of(root: Path, path: str, error: Exception, last: Lecture | None) -> list[Trouble]:
    """Why a lecture cannot be read or shown; slides are those of the `last` good one."""
    errors = errors_of(error, path)
    return [_trouble(root, _slide_at(root, path, each.place, last), each) for each in errors]


def _trouble(root: Path, slide: str, error: ProofdeckError) -> Trouble:
    place = error.place
    seen = IN_SCRIPT.match(error.message)
    where = Place(seen["path"], int(seen["line"])) if seen else place
    text = f"{error.message}\n{error.hint}"
    return Trouble(slide, str(place or ""), text, _lines(root, where) if where else ())


def _lines(root: Path, place: Place) -> tuple[tuple[int, str, bool], ...]:
    try:
        lines = (root / place.path).read_text("utf-8", "replace").splitlines()
    except OSError:
        return ()
    first = max(place.line - AROUND, 1)
    near = enumerate(lines[first - 1 : place.line + AROUND], first)
    return tuple((number, text, number == place.line) for number, text in near)


def _slide_at(root: Path, path: str, place: Place | None, last: Lecture | None) -> str:
    """The slide whose heading is the last above a line of the lecture as it is now."""
    if not place or place.path != path or not last:
        return ""
    lines = (root / path).read_text("utf-8", "replace").splitlines()[: place.line]
    ids = {slide.id for slide in last.slides}
    titles = {slide.title: slide.id for slide in last.slides}
    for line in reversed(lines):
        if heading := HEADING.match(line):
            own = OWN_ID.search(heading["attributes"] or "")
            if own and own["id"] in ids:
                return own["id"]
            if heading["title"] in titles:
                return titles[heading["title"]]
    return ""
