"""The handout: the lecture as a PDF for reading, set by Typst. Valid PDF/UA-1.

Pandoc writes Typst, our Lua filter adds what it leaves out (alternative texts, our divs), and the
template sets the page. Figures go in as vectors, at one scale.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from proofdeck.compose import Composer
from proofdeck.config import TEMPLATES
from proofdeck.deck import front_matter
from proofdeck.errors import ProofdeckError
from proofdeck.model import Block, Slide
from proofdeck.pandoc import attr, div, element, pandoc, plain, stringify, to_json
from proofdeck.templates import render

BAD_TEX = re.compile(r"Could not convert TeX math (?P<tex>.+?), rendering as TeX", re.DOTALL)


class BadTexError(Exception):
    """A formula that Pandoc cannot turn into Typst."""


def handout_body(composer: Composer, deck_url: str) -> str:
    """The lecture as Typst; the same for both editions, since the template chooses between them.

    Raises BadTexError with the first formula that Typst cannot set.
    """
    blocks = [b for slide in _nested(composer) for b in _slide(composer, *slide, deck_url)]
    blocks += _hidden_code(composer) + _solutions(composer)
    filter_ = f"--lua-filter={TEMPLATES / 'typst.lua'}"
    body, messages = pandoc(to_json(blocks), "--from=json", "--to=typst", "--wrap=none", filter_)
    if bad := BAD_TEX.search(messages):
        raise BadTexError(bad["tex"])
    return body


def handout_source(composer: Composer, body: str, edition: str, course: str, deck_url: str) -> str:
    """The Typst source of one edition, "student" or "instructor" (with the notes)."""
    meta = front_matter(composer.lecture)
    return render(
        "handout.typ.j2",
        **{key: value for key, value in vars(meta).items() if key != "name"},
        course=course,
        edition=edition,
        body=body,
        versions=composer.run.surroundings.versions,
        deck_url=deck_url,
    )


def _nested(composer: Composer) -> list[tuple[Slide, int]]:
    """Slides with their heading levels: PDF/UA wants level 1 first and none skipped."""
    has_section = False
    nested = []
    for slide in composer.lecture.slides:
        has_section = has_section or slide.level == 1
        nested.append((slide, 2 if slide.level > 1 and has_section else 1))
    return nested


def _slide(composer: Composer, slide: Slide, level: int, deck_url: str) -> list[Block]:
    pairs = [("deck", f"{deck_url}#/{slide.id}")] if deck_url else []
    title = composer.blocks(slide.header)
    head = [element("Header", [level, attr(slide.id, [], pairs), title])] if slide.title else []
    notes = [div(["notes"], composer.blocks(slide.notes))] if slide.notes else []
    blocks = [_below(block, level) for block in composer.blocks(slide.blocks) if not _pause(block)]
    return [*head, *blocks, *notes]


def _hidden_code(composer: Composer) -> list[Block]:
    """An appendix with the code that slides leave out, so that the handout has all of it."""
    titles = {slide.id: slide.title or slide.id for slide in composer.lecture.slides}
    made: list[Block] = []
    for snippet in composer.lecture.snippets:
        options = snippet.options
        if options.get("echo") is False and options.get("include") is not False and snippet.runs:
            lead = [element("Emph", plain("For the slide")), element("Space")]
            lead += plain(f"“{titles[snippet.slide]}”:")
            made.append(div(["lead"], [element("Para", lead)]))
            pairs = [("filename", snippet.script)] if snippet.script else []
            code = snippet.code.rstrip()
            made.append(element("CodeBlock", [attr("", ["python"], pairs), code]))
    title = plain("Code behind the slides")
    return [element("Header", [1, attr("code-behind-the-slides"), title]), *made] if made else []


def _solutions(composer: Composer) -> list[Block]:
    """The last pages of the student edition: solutions, unless the front matter wants none."""
    lecture = composer.lecture
    settings = lecture.meta.get("handout")
    if isinstance(settings, dict) and settings.get("solutions") is False:
        return []
    titles = {slide.id: slide.title or slide.id for slide in lecture.slides}
    made: list[Block] = []
    for exercise in lecture.exercises:
        made.append(div(["lead"], [element("Para", plain(titles[exercise.slide]))]))
        made += composer.cell(composer.snippets[exercise.solution.id])
    title = element("Header", [1, attr("solutions"), plain("Solutions")])
    return [div(["solutions"], [title, *made])] if made else []


def _below(block: Block, level: int) -> Block:
    """A heading inside a slide, one level below the slide's."""
    if block["t"] != "Header":
        return block
    return element("Header", [level + 1, *block["c"][1:]])


def _pause(block: Block) -> bool:
    return block["t"] == "Para" and stringify(block) == ". . ."


def compile_pdf(source: str, files: Mapping[str, bytes]) -> bytes:
    """Set `source` as PDF/UA-1; `files` are figures and images by the names it uses.

    Raises ProofdeckError with Typst's message.
    """
    import typst

    with tempfile.TemporaryDirectory(prefix="proofdeck-") as folder:
        for name, data in {**files, "main.typ": source.encode()}.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        try:
            pdf = typst.compile(
                str(Path(folder, "main.typ")),
                font_paths=[str(font_folder())],
                ignore_system_fonts=True,
                pdf_standards=["ua-1"],  # type: ignore[list-item]  # newer than its stubs
            )
        except RuntimeError as error:
            message = str(error).replace(folder, "")
            raise ProofdeckError(
                f"the handout cannot be set: {message}",
                "Look for unusual markup near what the message names.",
            ) from None
    assert isinstance(pdf, bytes)
    return pdf


def font_folder() -> Path:
    """Matplotlib's DejaVu fonts: glyphs that Typst's own fonts lack, on every machine alike."""
    import importlib.util

    spec = importlib.util.find_spec("matplotlib")
    assert spec and spec.origin
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
