"""Cross-references: `@fig-flow` becomes "Figure 2", linked; captions get their numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from proofdeck.model import Block, Lecture, Slide
from proofdeck.pandoc import attr, element, plain, remembered, walk

WORDS = {"fig": "Figure", "tbl": "Table", "eq": "Equation", "lst": "Listing", "sec": "Section"}
TARGET = re.compile(r"^(?P<kind>fig|tbl|eq|lst|sec)-")


@dataclass(frozen=True, slots=True)
class References:
    """What a lecture's cross-references mean."""

    words: Mapping[str, str]
    """By id: `fig-flow` to `Figure 2`."""
    numbered_later: bool
    """Whether the document numbers its captions itself, as Typst does."""

    @classmethod
    def of(cls, lecture: Lecture, numbered_later: bool) -> References:
        """Number everything in a lecture that can be referred to, in its order."""
        counts = dict.fromkeys(WORDS, 0)
        words: dict[str, str] = {}
        for id in ids(lecture.slides):
            if (match := TARGET.match(id)) and id not in words:
                counts[match["kind"]] += 1
                words[id] = f"{WORDS[match['kind']]} {counts[match['kind']]}"
        return cls(words, numbered_later)

    def resolve(self, cite: Block) -> list[Block] | None:
        """A link for a reference to something in the lecture; None for a real citation."""
        ids = [citation["citationId"] for citation in cite["c"][0]]
        if not all(id in self.words for id in ids):
            return None
        made: list[Block] = []
        for number, id in enumerate(ids):
            if number:
                made += [*plain(","), element("Space")]
            suppressed = cite["c"][0][number]["citationMode"]["t"] == "SuppressAuthor"
            text = self.words[id].split()[-1] if suppressed else self.words[id]
            classes = ["ref"] if self.numbered_later else []
            made.append(element("Link", [attr("", classes), plain(text), [f"#{id}", ""]]))
        return made

    def tag(self, id: str) -> str:
        """TeX that numbers a labelled formula; empty for others."""
        word = None if self.numbered_later else self.words.get(id)
        return f"\\tag{{{word.split()[-1]}}}" if word and id.startswith("eq-") else ""

    def number(self, id: str, caption: Sequence[Block]) -> list[Block]:
        """A caption with its number before it, where its figure can be referred to."""
        word = None if self.numbered_later else self.words.get(id)
        lead = [*plain(f"{word}:"), element("Space")] if word else []
        return [*lead, *caption]


def ids(slides: Sequence[Slide]) -> list[str]:
    """Every id on these slides, in order; a snippet's stands on its code block."""
    return [id for slide in slides for id in _ids_on(slide)]


@remembered
def _ids_on(slide: Slide) -> list[str]:
    position = {"Figure": 0, "Table": 0, "Div": 0, "CodeBlock": 0, "Span": 0, "Header": 1}
    found = [slide.id]
    for node in walk([*slide.blocks, *slide.notes]):
        if node["t"] in position and (id := node["c"][position[node["t"]]][0]):
            found.append(id)
    return found
