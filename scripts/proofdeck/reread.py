"""Reading again only the slides of a lecture that changed, for the preview.

A slide can be read alone when nothing in it reaches beyond it. Where that is not certain (raw HTML,
link definitions, other citations than before, headings without ids that repeat) the whole lecture
is read, as always.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from proofdeck.config import Config
from proofdeck.document import CROSS_REFERENCE, FORMAT, bibliographies, restored
from proofdeck.errors import Notice, Place, ProofdeckError
from proofdeck.exercises import parts
from proofdeck.model import Block, Exercise, Slide, Snippet, Step
from proofdeck.pandoc import pandoc, transform, walk
from proofdeck.source import FENCE, Source, caption_lines

END = "pd-end-of-part"
DEFINITION = re.compile(r"^ {0,3}\[[^\]]+\]:|^\s*\(@[\w-]*\)|^\*\[")
REACHES = re.compile(r"^\s*</?[A-Za-z]|<!--|-->|#refs\b")
"""What may begin or end in another slide, or stands for the whole lecture's citations."""


@dataclass(frozen=True, slots=True)
class ReadSlide:
    """One slide as it was read."""

    first: int
    """The line of its heading, from 1; 0 for what stands before the first heading."""
    named: bool
    """Whether it has a heading, which gives it an id of its own."""
    slide: Slide
    steps: tuple[Step, ...]
    exercises: tuple[Exercise, ...]
    """Each with its place among the slide's steps."""
    captions: Mapping[str, tuple[Block, ...]]
    notices: tuple[Notice, ...]
    errors: tuple[ProofdeckError, ...]
    cites: tuple[Block, ...]
    """Its citations, resolved."""
    frameworks: tuple[str, ...] = ()
    """Names of its framework tabs."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A lecture as it was read last, all of it right."""

    source: Source
    slides: tuple[ReadSlide, ...]
    cited: tuple[tuple[str, int, int], ...]
    """What citations were resolved with."""


@dataclass(frozen=True, slots=True)
class Part:
    """Slides that changed, of a lecture all of whose other slides are as they were."""

    before: tuple[ReadSlide, ...]
    document: list[Block]
    """What stands in their place."""
    after: tuple[ReadSlide, ...]


@dataclass
class Memo:
    """What reading a lecture leaves for the next time."""

    last: Reading | None = None


def changed_part(config: Config, last: Reading, source: Source) -> Part | None:
    """What must be read of `source`; None for all."""
    then, old = last.source, last.slides
    if then.meta != source.meta or last.cited != cited_files(config, source):
        return None
    if not (dirty := _changed_slides(config, last, source)):
        return Part(old, [], ()) if then.lines == source.lines else None
    start, end = min(dirty), max(dirty) + 1
    while end < len(old) and not old[end].named:
        end += 1  # its id follows from the one before
    while start and not old[start].named:
        start -= 1
    if not old[start].named or (end == len(old) and source.meta.get("bibliography")):
        return None  # the last slide may hold the list of references
    shift = len(source.lines) - len(then.lines)
    first = old[start].first
    until = old[end].first if end < len(old) else len(then.lines) + 1
    previous = then.lines[first - 1 : until - 1]
    if any(map(DEFINITION.match, source.lines)) or any(map(REACHES.search, previous)):
        return None
    document = _read(source, first, until + shift)
    cites = [cite for each in old[start:end] for cite in each.cites]
    resolved = _resolved(document, cites) if document is not None else None
    if resolved is None or _may_number(old, start, end):
        return None
    moved = dict(zip(then.places[until - 1 :], source.places[until + shift - 1 :], strict=True))
    after = old[end:]
    if any(place != now for place, now in moved.items()):
        after = tuple(_move(each, moved, shift) for each in after)
    return Part(old[:start], resolved, after)


def cited_files(config: Config, source: Source) -> tuple[tuple[str, int, int], ...]:
    """Bibliographies and citation style, with when they were written and their sizes."""
    named = [*bibliographies(config.root, source), str(source.meta.get("csl") or "")]
    found = [config.root / path for path in named]
    found += [config.root / Path(source.path).parent / path for path in named]
    stats = [(str(file), file.stat()) for file in found if file.is_file()]
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)


def _changed_slides(config: Config, last: Reading, source: Source) -> set[int]:
    """Numbers of the slides in which, or right beside which, a line or a script changed."""
    then, now, old = last.source.lines, source.lines, last.slides
    dirty = {n for n, each in enumerate(old) if _has_new_script(config, each)}
    if then == now:
        return dirty
    most = min(len(then), len(now))
    top = next((n for n in range(most) if then[n] != now[n]), most)
    bottom = next((n for n in range(most - top) if then[-1 - n] != now[-1 - n]), most - top)
    low, high = top, len(then) - bottom + 1
    if low < old[0].first:
        return set()
    starts = [*(each.first for each in old), len(then) + 2]
    return dirty | {n for n in range(len(old)) if starts[n] <= high and starts[n + 1] > low}


def _has_new_script(config: Config, read: ReadSlide) -> bool:
    every = [*read.steps, *(part for each in read.exercises for part in parts(each))]
    for step in every:
        if isinstance(step, Snippet) and step.script:
            try:
                if (config.root / step.script).read_text("utf-8") != step.code:
                    return True
            except (OSError, UnicodeDecodeError):
                return True
    return False


def _read(source: Source, first: int, until: int) -> list[Block] | None:
    """Read lines alone; None where they do not end as they began, with a heading's slide."""
    lines = source.lines[first - 1 : until - 1]
    if not lines or lines[-1].strip() or any(map(REACHES.search, lines)) or _is_open(lines):
        return None
    marked = source.marked.split("\n")[first - 1 : until - 1]
    captions = [
        line
        for number in range(first, until)
        for line in caption_lines(number, source.options.get(number, {}))
    ]
    text = "\n".join([*marked, *captions, "", f"# End {{#{END}}}", ""])
    blocks = restored(json.loads(pandoc(text, FORMAT, "--to=json")[0])["blocks"], source)
    last = blocks.pop()
    closed = last["t"] == "Header" and last["c"][1][0] == END
    return blocks if closed and blocks and blocks[0]["t"] == "Header" else None


def _is_open(lines: Sequence[str]) -> bool:
    """Whether a fence or a formula does not end."""
    ticks = ""
    for line in lines:
        fence = FENCE.match(line)
        if fence and not ticks:
            ticks = fence["ticks"]
        elif fence and fence["ticks"].startswith(ticks) and not fence["head"]:
            ticks = ""
    return bool(ticks) or sum(line.count("$$") for line in lines) % 2 == 1


def cites_of(blocks: Any) -> Iterator[Block]:
    """Citations, without cross-references."""
    for node in walk(blocks):
        if node["t"] == "Cite":
            ids = [citation["citationId"] for citation in node["c"][0]]
            if not all(map(CROSS_REFERENCE.match, ids)):
                yield node


def _resolved(document: list[Block], old: Sequence[Block]) -> list[Block] | None:
    """With citations as they were resolved; None where they are others."""
    new = list(cites_of(document))
    if [_cited(cite) for cite in new] != [_cited(cite) for cite in old]:
        return None
    queue = iter(old)

    def change(node: Block) -> list[Block] | None:
        return [next(queue)] if next(cites_of(node), None) is node else None

    made: list[Block] = transform(document, change)
    return made


def _cited(cite: Block) -> list[Any]:
    keys = ("citationId", "citationMode", "citationPrefix", "citationSuffix")
    return [[citation[key] for key in keys] for citation in cite["c"][0]]


def _may_number(old: Sequence[ReadSlide], start: int, end: int) -> bool:
    """Whether Pandoc may have numbered a heading after one of these, to tell them apart."""
    ids = [each.slide.id for each in old]
    stems = {re.sub(r"-\d+$", "", id) for id in ids[start:end]}
    others = {re.sub(r"-\d+$", "", id) for id in [*ids[:start], *ids[end:]]}
    return bool(stems & others)


def _move(read: ReadSlide, moved: Mapping[Place, Place], shift: int) -> ReadSlide:
    """A slide whose lines stand elsewhere now."""

    def place(old: Place) -> Place:
        return moved.get(old, old)

    def step(old: Step) -> Step:
        return snippet(old) if isinstance(old, Snippet) else replace(old, place=place(old.place))

    def snippet(old: Snippet) -> Snippet:
        return replace(old, place=place(old.place), code_place=place(old.code_place))

    def exercise(old: Exercise) -> Exercise:
        moved = map(snippet, (old.starter, old.solution, old.check))
        starter, solution, check = moved
        at = place(old.place)
        return replace(old, place=at, starter=starter, solution=solution, check=check)

    return replace(
        read,
        first=read.first + shift,
        slide=replace(read.slide, place=place(read.slide.place)),
        steps=tuple(map(step, read.steps)),
        exercises=tuple(map(exercise, read.exercises)),
        notices=tuple(replace(each, place=place(each.place)) for each in read.notices),
    )
