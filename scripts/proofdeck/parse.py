"""A lecture's source to its slides, snippets and inline values."""

from __future__ import annotations

from pathlib import Path

from proofdeck.config import Config
from proofdeck.document import bibliographies, read_document
from proofdeck.errors import LectureError, Place, ProofdeckError
from proofdeck.model import Block, Lecture, Slide, Snippet, Step
from proofdeck.pandoc import classes_of, value_of
from proofdeck.slides import Draft, SlideReader
from proofdeck.source import LINE, Source, read_source
from proofdeck.validate import (
    dead_links,
    empty_claims,
    missing_images,
    same_label,
    syntax_errors,
    uncaptioned,
)

RULE = r"^ {0,3}([-*_])[ \t]*(\1[ \t]*){2,}$"


def parse(config: Config, path: str) -> Lecture:
    """Read and parse the lecture at `path` (relative to the root).

    Raises LectureError with every error found: a lecture is mended in one round, not in ten.
    """
    try:
        source = read_source(config.root, path)
        document, missing = read_document(config.root, source)
    except ProofdeckError as error:
        raise LectureError((error,)) from None
    errors = list(missing)
    captions = _take_captions(document)
    read_captions: dict[str, tuple[Block, ...]] = {}
    drafts = _split(document, source)
    slides: list[Slide] = []
    steps: list[Step] = []
    notices = list(source.notices)
    taken: set[str] = set()
    for number, draft in enumerate(drafts, 1):
        slide_id = _slide_id(draft, number)
        if slide_id in taken:
            errors.append(
                ProofdeckError(
                    f"two slides have the id {slide_id!r}", "Rename one of them.", draft.place
                )
            )
        taken.add(slide_id)
        reader = SlideReader(config, source, slide_id, draft, captions)
        slides.append(reader.slide())
        steps += reader.steps
        read_captions.update(reader.read_captions)
        notices += reader.notices
        errors += reader.errors
    errors += same_label(steps) + syntax_errors(steps) + missing_images(config, source, slides)
    errors += dead_links(source, slides) + uncaptioned(steps, slides) + empty_claims(steps)
    if errors:
        raise LectureError(tuple(sorted(errors, key=lambda error: error.place or Place(path, 0))))
    files = [*source.files, *(s.script for s in steps if isinstance(s, Snippet) and s.script)]
    return Lecture(
        name=Path(path).stem,
        path=path,
        meta=source.meta,
        slides=tuple(slides),
        steps=tuple(steps),
        captions=read_captions,
        notices=tuple(notices),
        sources=tuple(dict.fromkeys([*files, *bibliographies(config.root, source)])),
    )


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


def _slide_id(draft: Draft, number: int) -> str:
    return (draft.header["c"][1][0] if draft.header else "") or f"slide-{number}"
