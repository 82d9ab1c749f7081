"""A lecture's source to its slides, snippets and inline values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from proofdeck.config import Config
from proofdeck.document import bibliographies, read_document
from proofdeck.errors import LectureError, Place, ProofdeckError
from proofdeck.exercises import notices, parts
from proofdeck.frameworks import framework_errors
from proofdeck.model import Block, Exercise, Lecture, Slide, Snippet
from proofdeck.pandoc import classes_of, value_of
from proofdeck.reread import Memo, Reading, ReadSlide, changed_part, cited_files, cites_of
from proofdeck.slides import Draft, SlideReader
from proofdeck.source import LINE, Source, read_source
from proofdeck.sweeps import sweep_errors
from proofdeck.theme import look_files, unknown_themes
from proofdeck.validate import (
    bad_labels,
    dead_links,
    empty_claims,
    missing_data,
    missing_images,
    syntax_errors,
    uncaptioned,
)

RULE = r"^ {0,3}([-*_])[ \t]*(\1[ \t]*){2,}$"


def parse(config: Config, path: str, memo: Memo | None = None) -> Lecture:
    """Read and parse the lecture at `path` (relative to the root).

    With a `memo` only slides are read that changed since the last time with it.
    Raises LectureError with every error found: a lecture is mended in one round, not in ten.
    """
    try:
        source = read_source(config.root, path)
        cited = cited_files(config, source)
        look = look_files(config, path, source.meta)
        part = changed_part(config, memo.last, source) if memo and memo.last else None
        if part:
            slides = (*part.before, *_slides(config, source, part.document), *part.after)
            if not _errors(config, source, slides, []):
                return _lecture(config, source, slides, look, memo, cited)
        document, missing = read_document(config.root, source)
    except ProofdeckError as error:
        raise LectureError((error,)) from None
    slides = _slides(config, source, document)
    if errors := _errors(config, source, slides, missing):
        raise LectureError(tuple(sorted(errors, key=lambda error: error.place or Place(path, 0))))
    return _lecture(config, source, slides, look, memo, cited)


def _slides(config: Config, source: Source, document: list[Block]) -> tuple[ReadSlide, ...]:
    captions = _take_captions(document)
    drafts = _split(document, source)
    made = []
    for id, draft in zip(_slide_ids(drafts), drafts, strict=True):
        cites = tuple(cites_of([draft.header, draft.blocks]))
        named = bool(draft.header and draft.header["c"][1][0])
        reader = SlideReader(config, source, id, draft, captions)
        slide = reader.slide()
        found = tuple(reader.steps), tuple(reader.exercises), reader.read_captions
        said = tuple(reader.notices), tuple(reader.errors)
        frameworks = tuple(reader.frameworks)
        made.append(ReadSlide(draft.line, named, slide, *found, *said, cites, frameworks))
    return tuple(made)


def _errors(
    config: Config, source: Source, read: Sequence[ReadSlide], missing: list[ProofdeckError]
) -> list[ProofdeckError]:
    slides = [each.slide for each in read]
    steps = [step for each in read for step in each.steps]
    every = [*steps, *(part for each in _exercises(read) for part in parts(each))]
    errors = [*missing, *_same_id(slides), *(error for each in read for error in each.errors)]
    errors += bad_labels(every) + syntax_errors(every) + missing_data(config, every)
    errors += missing_images(config, source, slides)
    names = _frameworks(read)
    errors += dead_links(source, slides) + uncaptioned(steps, slides)
    errors += empty_claims(steps, names) + framework_errors(names, slides, steps)
    return errors + sweep_errors(steps)


def _lecture(
    config: Config,
    source: Source,
    read: tuple[ReadSlide, ...],
    look: list[str],
    memo: Memo | None,
    cited: tuple[tuple[str, int, int], ...],
) -> Lecture:
    if memo:
        memo.last = Reading(source, read, cited)
    path = source.path
    exercises = _exercises(read)
    steps = tuple(step for each in read for step in each.steps)
    every = [*steps, *(part for exercise in exercises for part in parts(exercise))]
    scripts = [s.script for s in every if isinstance(s, Snippet) and s.script]
    used = [*source.files, *scripts, *bibliographies(config.root, source), *look]
    own = [*unknown_themes(config.root, path, source.meta), *source.notices]
    return Lecture(
        name=Path(path).stem,
        path=path,
        meta=source.meta,
        slides=tuple(each.slide for each in read),
        steps=steps,
        captions={id: caption for each in read for id, caption in each.captions.items()},
        notices=(*own, *(n for each in read for n in each.notices), *notices(exercises)),
        sources=tuple(dict.fromkeys(used)),
        exercises=exercises,
        frameworks=_frameworks(read),
    )


def _frameworks(read: Sequence[ReadSlide]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for each in read for name in each.frameworks))


def _exercises(read: Sequence[ReadSlide]) -> tuple[Exercise, ...]:
    """The exercises of all slides, each with its place among the lecture's steps."""
    found: list[Exercise] = []
    above = 0
    for each in read:
        found += [replace(exercise, at=above + exercise.at) for exercise in each.exercises]
        above += len(each.steps)
    return tuple(found)


def _take_captions(document: list[Block]) -> dict[int, list[Block]]:
    """Remove the caption divs that `source` put at the end; give their inlines by fence line."""
    captions: dict[int, list[Block]] = {}
    for block in list(document):
        if "pd-caption" in classes_of(block):
            line = int(value_of(block["c"][0], LINE) or 0)
            inner = block["c"][1]
            captions[line] = inner[0]["c"] if inner else []
            document.remove(block)
    return captions


def _split(document: list[Block], source: Source) -> list[Draft]:
    """Cut the document at headings up to the slide level and at `---`."""
    level = int(source.meta.get("slide-level", 2))
    drafts: list[Draft] = []
    line = 1
    for block in document:
        if block["t"] == "Header" and block["c"][0] <= level:
            line = int(value_of(block["c"][1], LINE) or line)
            drafts.append(Draft(block, source.place(line), line))
        elif block["t"] == "HorizontalRule":
            line = source.search(RULE, line + 1, line)
            drafts.append(Draft(None, source.place(line), line))
        else:
            if not drafts:
                drafts.append(Draft(None, source.place(1), 1))
            drafts[-1].blocks.append(block)
    if drafts and drafts[-1].header is None and not drafts[-1].blocks:
        drafts.pop()
    return drafts


def _slide_ids(drafts: list[Draft]) -> list[str]:
    """Each slide's id: its heading's; without one, its place after the last slide that has one.

    So an insertion elsewhere leaves ids, and with them links and random numbers, as they were.
    """
    ids: list[str] = []
    last, after = "", 0
    for draft in drafts:
        own = str(draft.header["c"][1][0]) if draft.header else ""
        last, after = (f"{own}-", 1) if own else (last, after + 1)
        ids.append(own or f"{last}slide-{after}")
    return ids


def _same_id(slides: list[Slide]) -> list[ProofdeckError]:
    seen: set[str] = set()
    errors = []
    for slide in slides:
        if slide.id in seen:
            message = f"two slides have the id {slide.id!r}"
            errors.append(ProofdeckError(message, "Rename one of them.", slide.place))
        seen.add(slide.id)
    return errors
