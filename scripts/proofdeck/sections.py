"""Slides as a flat row of `<section>` elements, written by Pandoc.

What is written for a slide depends on that slide alone, so that the preview can keep all others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from proofdeck.compose import Composer
from proofdeck.exercises import parts
from proofdeck.front_matter import SLIDE_CLASSES, deck_settings
from proofdeck.model import Block, Lecture, Slide, Step
from proofdeck.pandoc import (
    attr,
    classes_of,
    div,
    element,
    pandoc,
    plain,
    raw,
    to_json,
    transform,
    walk,
)

WRAPPED = re.compile(r"<section>\s*(?=<section )")
DOUBLE_END = re.compile(r"</section>\s*</section>")
EMPTY_HEAD = re.compile(r"<th(?= |>)([^>]*)>\s*</th>")
LAZY_IMAGE = re.compile(r"<img\s+data-src=")
TAG = re.compile(r"<(?P<end>/)?section\b[^>]*>")

Write = Callable[[str, bool], str]
"""Pandoc's JSON, and whether lists come step by step, to HTML."""


def write(document: str, incremental: bool) -> str:
    """Write slides with the `pandoc` command."""
    options = ["--from=json", "--to=revealjs", "--slide-level=2", "--reference-location=section"]
    options += ["--incremental"] if incremental else []
    return pandoc(document, *options, "--wrap=preserve")[0]


@dataclass(frozen=True, slots=True)
class Kept:
    """A slide that was written."""

    inputs: tuple[Any, ...]
    """All that it was made of."""
    notes: int
    """How many footnotes it has."""
    first: int
    """How many there were before it."""
    html: str


class Slides:
    """Writes a lecture's slides, and keeps what it wrote."""

    def __init__(self, write: Write = write) -> None:
        self._write = write
        self._kept: dict[str, Kept] = {}

    def of(self, composer: Composer) -> list[str]:
        """HTML of each slide in order."""
        lecture = composer.lecture
        plans = _plans(lecture)
        steps: dict[str, list[Step]] = {}
        exercises = (part for each in lecture.exercises for part in parts(each))
        for step in (*lecture.steps, *exercises):
            steps.setdefault(step.slide, []).append(step)
        kept: dict[str, Kept] = {}
        new: list[tuple[Kept, Slide, list[Block]]] = []
        first = 0
        for slide in lecture.slides:
            inputs = _inputs(composer, slide, plans[slide.id], steps.get(slide.id, []))
            last = self._kept.get(slide.id)
            if last and last.first == first and last.inputs == inputs:
                kept[slide.id] = last
            else:
                blocks = _slide(composer, slide, plans[slide.id])
                made = Kept(inputs, sum(n["t"] == "Note" for n in walk(blocks)), first, "")
                new.append((made, slide, blocks))
                kept[slide.id] = made
            first += kept[slide.id].notes
        incremental = bool(deck_settings(lecture.meta).get("incremental"))
        kept |= self._written(new, incremental)
        self._kept = kept
        return [each.html for each in kept.values()]

    def _written(
        self, new: Sequence[tuple[Kept, Slide, list[Block]]], incremental: bool
    ) -> Iterator[tuple[str, Kept]]:
        """Write slides, those side by side at once."""
        row: list[tuple[Kept, Slide, list[Block]]] = []
        for number, each in enumerate(new):
            row.append(each)
            after = each[0].first + each[0].notes
            if number + 1 == len(new) or new[number + 1][0].first != after:
                blocks = [blocks for _, _, blocks in row]
                texts = _sections(blocks, row[0][0].first, incremental, self._write)
                for (kept, slide, _), html in zip(row, texts, strict=True):
                    yield slide.id, Kept(kept.inputs, kept.notes, kept.first, html)
                row = []


def _inputs(composer: Composer, slide: Slide, plan: str, steps: Sequence[Step]) -> tuple[Any, ...]:
    """All that a slide is made of."""
    run, lecture = composer.run, composer.lecture
    return (
        slide,
        plan,
        [(step.code, getattr(step, "options", None)) for step in steps],
        [(run.results[step.id], run.frames.get(step.id)) for step in steps],
        [composer.judgements.get(step.id) for step in steps],
        [lecture.captions.get(step.id) for step in steps],
        composer.references.words,
        composer.media,
        deck_settings(lecture.meta),
    )


def _sections(
    slides: Sequence[list[Block]], notes_before: int, incremental: bool, write: Write
) -> list[str]:
    """HTML of slides that stand side by side, the first after so many footnotes."""
    note = element("Note", [element("Para", plain("x"))])
    before = [element("Header", [2, attr("before"), []]), element("Para", [note] * notes_before)]
    blocks = [*before, *(block for slide in slides for block in slide)]
    html = write(to_json(blocks), incremental)
    # Pandoc stacks the slides of a section in a section of its own; we want one row of slides.
    html = DOUBLE_END.sub("</section>", WRAPPED.sub("", html))
    # An empty heading, as in the corner of a table, says nothing to a screen reader.
    html = EMPTY_HEAD.sub(r"<td\1></td>", html)
    # Figures load with the page: reveal.js would otherwise leave empty boxes when printing.
    html = LAZY_IMAGE.sub("<img src=", html)
    _, *texts = _top_level(html)
    made = iter(texts)
    return [
        "\n".join(_own_footnote_id(next(made), slide) for block in slide if _is_slide(block))
        for slide in slides
    ]


def _is_slide(block: Block) -> bool:
    return bool(block["t"] == "Header" and block["c"][0] <= 2)


def _own_footnote_id(html: str, slide: Sequence[Block]) -> str:
    """Pandoc gives the footnotes of every slide the same id."""
    id = slide[0]["c"][1][0]
    return html.replace('<aside id="footnotes"', f'<aside id="{id}-footnotes"')


def _top_level(html: str) -> Iterator[str]:
    """The sections that lie in no other."""
    depth = start = 0
    for tag in TAG.finditer(html):
        if not tag["end"]:
            start = start if depth else tag.start()
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                yield html[start : tag.end()]


def _plans(lecture: Lecture) -> dict[str, str]:
    """What the speaker view says of each slide's time; empty where the lecture plans none."""
    total = sum(slide.minutes for slide in lecture.slides if slide.is_shown)
    plans, spent = {}, 0.0
    for slide in lecture.slides:
        spent += slide.minutes
        text = f"{slide.minutes:g} min planned, until minute {spent:g} of {total:g}."
        plans[slide.id] = text if slide.minutes and slide.is_shown else ""
    return plans


def _slide(composer: Composer, slide: Slide, plan: str) -> list[Block]:
    classes, pairs = slide.attributes
    settings = deck_settings(composer.lecture.meta)
    classes += tuple(name for name in SLIDE_CLASSES if settings.get(name) and name not in classes)
    # Pandoc would take a level below the slide level for a heading inside the slide.
    level = min(slide.level, 2)
    title = composer.blocks(slide.header)
    pairs = tuple((k, composer.media.get(v, v)) for k, v in pairs)
    if plan:
        pairs += (("data-timing", f"{slide.minutes * 60:.0f}"),)
    header = element("Header", [level, attr(slide.id, classes, pairs), title])
    strong = element("Para", [element("Strong", plain(plan))])
    said = [div(["plan"], [strong])] if plan else []
    said += composer.blocks(slide.notes)
    notes = [div(["notes"], said)] if said else []
    blocks, asides = _take(composer.blocks(slide.blocks), "aside")
    blocks, shown_next = _take(blocks, "output-slide")
    # Asides come first, so that a pause does not hide them; the theme puts them at the bottom.
    for aside in asides:
        notes += [raw("html", '<aside class="aside">'), *aside, raw("html", "</aside>")]
    made = [header, *notes, *blocks]
    for number, shown in enumerate(shown_next, 1):
        made += [element("Header", [2, attr(f"{slide.id}-output-{number}"), title]), *shown]
    return _own_code_ids(made, slide.id)


def _own_code_ids(blocks: list[Block], slide: str) -> list[Block]:
    """Pandoc would number code through the whole deck, and lines of code after it."""
    count = iter(range(1, 10_000))

    def name(node: Block) -> list[Block] | None:
        if node["t"] != "CodeBlock" or node["c"][0][0] or not classes_of(node):
            return None
        (_, classes, pairs), text = node["c"]
        return [element("CodeBlock", [[f"{slide}-code-{next(count)}", classes, pairs], text])]

    named: list[Block] = transform(blocks, name)
    return named


def _take(blocks: list[Block], name: str) -> tuple[list[Block], list[list[Block]]]:
    """Take the divs of class `name` out of `blocks`; give the rest and what each div held."""
    taken: list[list[Block]] = []

    def change(node: Block) -> list[Block] | None:
        if node["t"] == "Div" and name in classes_of(node):
            taken.append(node["c"][1])
            return []
        return None

    return transform(blocks, change), taken
