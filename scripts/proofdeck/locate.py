"""From a part of a slide back to the line of the lecture that it came from."""

from __future__ import annotations

import re
from collections.abc import Mapping

from proofdeck.config import Config
from proofdeck.errors import Place
from proofdeck.exercises import all_snippets
from proofdeck.model import Lecture
from proofdeck.walk import Finding

WORD = re.compile(r"\w+")


class Locator:
    """Knows a lecture's lines, and which slide, snippet or claim they belong to."""

    def __init__(self, config: Config, lecture: Lecture) -> None:
        self.lecture = lecture
        self.slides = {slide.id: slide.place for slide in lecture.slides}
        cells = {f"cell-{snippet.id}": snippet.place for snippet in all_snippets(lecture)}
        claims = {claim.id: claim.place for claim in lecture.claims}
        exercises = {exercise.id: exercise.place for exercise in lecture.exercises}
        self.steps: Mapping[str, Place] = cells | claims | exercises
        places = [slide.place for slide in lecture.slides]
        self.files = {
            path: (config.root / path).read_text("utf-8-sig").splitlines()
            for path in {place.path for place in places} | {lecture.path}
        }

    def place(self, found: Finding) -> Place:
        """The line of its snippet or claim, of its words on its slide, or of the slide."""
        for id in found.ids:
            if id in self.steps:
                return self.steps[id]
        slide = self._slide(found)
        return self._said(found.what, slide) if slide else Place(self.lecture.path, 1)

    def _slide(self, found: Finding) -> Place | None:
        for id in (found.slide, *found.ids):
            # A slide made for `output-location: slide` is named after the one before it.
            name = re.sub(r"-output-\d+$", "", id)
            if name in self.slides:
                return self.slides[name]
        return None

    def _said(self, text: str, slide: Place) -> Place:
        """The first line from the slide's on that says the first words of `text`."""
        wanted = WORD.findall(text)[:4]
        lines = self.files[slide.path]
        ends = (p.line for p in self.slides.values() if p.path == slide.path)
        end = min((line for line in ends if line > slide.line), default=len(lines) + 1)
        for number in range(slide.line, end):
            words = WORD.findall(lines[number - 1])
            if wanted and _holds(words, wanted):
                return Place(slide.path, number)
        return slide


def _holds(words: list[str], wanted: list[str]) -> bool:
    size = len(wanted)
    return any(words[n : n + size] == wanted for n in range(len(words) - size + 1))
