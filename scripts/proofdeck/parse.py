"""A lecture's source to its slides, snippets and inline values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proofdeck.claims import make_claim
from proofdeck.config import Config
from proofdeck.document import bibliographies, read_document
from proofdeck.errors import LectureError, Notice, Place, ProofdeckError
from proofdeck.model import Block, InlineValue, Lecture, Slide, Snippet, Step
from proofdeck.options import check_options, with_defaults
from proofdeck.pandoc import classes_of, element, stringify, transform, value_of
from proofdeck.source import LINE, OPTION, Source, read_source, unmark
from proofdeck.validate import (
    dead_links,
    empty_claims,
    missing_images,
    same_label,
    syntax_errors,
    uncaptioned,
)

RULE = r"^ {0,3}([-*_])[ \t]*(\1[ \t]*){2,}$"
INLINE = re.compile(r"^\{python\}\s+(?P<code>.+)$", re.DOTALL)


@dataclass
class _Draft:
    """A slide being collected."""

    header: Block | None
    place: Place
    line: int
    blocks: list[Block] = field(default_factory=list)


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
        reader = _SlideReader(config, source, slide_id, draft, captions)
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


def _split(document: list[Block], source: Source) -> list[_Draft]:
    """Cut the document at headings up to the slide level and at `---`."""
    level = int(source.meta.get("slide-level", 2))
    drafts: list[_Draft] = []
    line = 1
    for block in document:
        if block["t"] == "Header" and block["c"][0] <= level:
            line = int(value_of(block["c"][1], LINE) or line)
            drafts.append(_Draft(block, source.place(line), line))
        elif block["t"] == "HorizontalRule":
            line = source.search(RULE, line + 1, line)
            drafts.append(_Draft(None, source.place(line), line))
        else:
            if not drafts:
                drafts.append(_Draft(None, source.place(1), 1))
            drafts[-1].blocks.append(block)
    if drafts and drafts[-1].header is None and not drafts[-1].blocks:
        drafts.pop()
    return drafts


def _sentence(blocks: list[Block]) -> str:
    """A claim's text, with marks for its inline values."""

    def mark(node: Block) -> list[Block] | None:
        inline = node["t"] == "Code" and "inline-value" in classes_of(node)
        return [element("Str", f"⟦{node['c'][0][0]}⟧")] if inline else None

    return stringify(transform(blocks, mark))


def _slide_id(draft: _Draft, number: int) -> str:
    return (draft.header["c"][1][0] if draft.header else "") or f"slide-{number}"


class _SlideReader:
    """Reads one slide's blocks: numbers its snippets, takes out its notes."""

    def __init__(
        self,
        config: Config,
        source: Source,
        slide: str,
        draft: _Draft,
        captions: Mapping[int, list[Block]],
    ) -> None:
        self.config, self.source, self.draft, self.id = config, source, draft, slide
        self.captions = captions
        self.read_captions: dict[str, tuple[Block, ...]] = {}
        self.steps: list[Step] = []
        self.notices: list[Notice] = []
        self.errors: list[ProofdeckError] = []
        self.snippets = self.values = self.claims = 0

    def slide(self) -> Slide:
        header = self.draft.header
        level, attributes, inlines = header["c"] if header else (2, ["", [], []], [])
        blocks = self._read([*inlines, *self.draft.blocks])
        inlines, blocks = blocks[: len(inlines)], blocks[len(inlines) :]
        notes = [b for b in blocks if "notes" in classes_of(b)]
        pairs = [(k, v) for k, v in attributes[2] if k not in (LINE, "minutes")]
        return Slide(
            id=self.id,
            title=stringify(inlines),
            level=level,
            place=self.draft.place,
            header=tuple(inlines),
            attributes=(tuple(attributes[1]), tuple(pairs)),
            blocks=tuple(b for b in blocks if "notes" not in classes_of(b)),
            notes=tuple(inner for b in notes for inner in b["c"][1]),
            minutes=self._minutes(value_of(attributes, "minutes")),
        )

    def _minutes(self, text: str | None) -> float:
        try:
            return float(text or 0)
        except ValueError:
            self.errors.append(
                ProofdeckError(
                    f"minutes={text!r} is not a number",
                    "Write for instance {minutes=2}.",
                    self.draft.place,
                )
            )
            return 0.0

    def _read(self, nodes: Any) -> Any:
        """A copy of `nodes` in which cells and inline values carry their step's id."""
        if isinstance(nodes, list):
            return [self._read(node) for node in nodes]
        if not isinstance(nodes, dict) or "c" not in nodes:
            return nodes
        if nodes["t"] == "CodeBlock":
            return self._code_block(nodes)
        if nodes["t"] == "Code" and (inline := INLINE.match(nodes["c"][1])):
            return self._inline_value(nodes, inline["code"])
        if nodes["t"] == "Div" and "claim" in nodes["c"][0][1]:
            return self._claim(nodes)
        if nodes["t"] in ("Div", "Header"):
            nodes = element(nodes["t"], [_without_mark(part) for part in nodes["c"]])
        return {**nodes, "c": self._read(nodes["c"])}

    def _code_block(self, node: Block) -> Block:
        attributes, text = node["c"]
        classes = list(attributes[1])
        line = int(value_of(attributes, LINE) or 0)
        if "pd-shown" in classes:
            head = unmark(f" {{.pd-shown {LINE}={line}}}", self.source)
            language = head.strip(" {}").split()[0].split(",")[0]
            place = self.source.place(line)
            self.notices.append(Notice(place, f"{language!r} is shown, not run: only Python runs"))
            return element("CodeBlock", [["", [language], []], text])
        if "pd-cell" not in classes:
            return node
        self.snippets += 1
        snippet = self._snippet(line, text)
        self.steps.append(snippet)
        if line in self.captions:
            self.read_captions[snippet.id] = tuple(self._read(self.captions[line]))
        return element("CodeBlock", [[snippet.id, ["cell"], []], snippet.code])

    def _snippet(self, line: int, text: str) -> Snippet:
        place = self.source.place(line)
        given = self.source.options.get(line, {})
        self.notices += check_options(given, place)
        quarto = self.source.path.endswith(".qmd")
        options = with_defaults(given, self.source.meta, self.config, quarto)
        body = text.splitlines()
        first = next((n for n, row in enumerate(body) if not OPTION.match(row)), len(body))
        code = "\n".join(body[first:])
        script = options.get("file")
        code_place = Place(place.path, place.line + 1 + first)
        if script:
            code, code_place = self._figure_script(str(script), code, place)
        label = options.get("label") or options.get("id")
        return Snippet(
            id=str(label) if label else f"{self.id}-{self.snippets}",
            place=place,
            slide=self.id,
            code=code,
            code_place=code_place,
            options=options,
            script=str(script) if script else None,
        )

    def _figure_script(self, script: str, code: str, place: Place) -> tuple[str, Place]:
        if code.strip():
            self.errors.append(
                ProofdeckError(
                    "the snippet has both code and a figure script",
                    "Move the code below into a snippet of its own.",
                    place,
                )
            )
        try:
            return (self.config.root / script).read_text("utf-8"), Place(script, 1)
        except (OSError, UnicodeDecodeError):
            self.errors.append(
                ProofdeckError(
                    f"figure script {script!r} does not exist or is not UTF-8 text",
                    "Create it, or mend `#| file:` (the path starts at the project's root).",
                    place,
                )
            )
            return "", Place(script, 1)

    def _claim(self, node: Block) -> Block:
        attributes, blocks = node["c"]
        inner = self._read(blocks)
        self.claims += 1
        id = f"{self.id}-claim-{self.claims}"
        place = self.source.place(int(value_of(attributes, LINE) or self.draft.line))
        try:
            self.steps.append(make_claim(id, place, self.id, attributes, _sentence(inner)))
        except ProofdeckError as error:
            self.errors.append(error)
        return element("Div", [[id, attributes[1], []], inner])

    def _inline_value(self, node: Block, code: str) -> Block:
        self.values += 1
        id = f"{self.id}~{self.values}"
        place = self.source.find(f"`{node['c'][1]}`", self.draft.line)
        self.steps.append(InlineValue(id, place, self.id, code))
        return element("Code", [[id, ["inline-value"], []], node["c"][1]])


def _without_mark(part: Any) -> Any:
    """An Attr without the line that `source` put into it; other parts of an element unchanged."""
    match part:
        case [str(id), list(classes), list(pairs)]:
            return [id, classes, [pair for pair in pairs if pair[0] != LINE]]
    return part
