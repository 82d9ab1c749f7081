"""One slide of a lecture: its title, blocks and notes, its snippets, values and claims."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from proofdeck.claims import make_claim, sentence
from proofdeck.config import Config
from proofdeck.errors import Notice, Place, ProofdeckError
from proofdeck.exercises import ROLES, make_exercise, outside, parts
from proofdeck.frameworks import is_tabset, slug
from proofdeck.model import Block, Exercise, InlineValue, Slide, Snippet, Step
from proofdeck.options import check_options, with_defaults
from proofdeck.pandoc import classes_of, element, stringify, transform, value_of
from proofdeck.source import LINE, OPTION, Source, unmark

INLINE = re.compile(r"^\{python\}\s+(?P<code>.+)$", re.DOTALL)


@dataclass
class Draft:
    """A slide being collected."""

    header: Block | None
    place: Place
    line: int
    blocks: list[Block] = field(default_factory=list)


class SlideReader:
    """Reads one slide's blocks: numbers its snippets, takes out its notes."""

    def __init__(
        self,
        config: Config,
        source: Source,
        slide: str,
        draft: Draft,
        captions: Mapping[int, list[Block]],
    ) -> None:
        self.config, self.source, self.draft, self.id = config, source, draft, slide
        self.captions = captions
        self.read_captions: dict[str, tuple[Block, ...]] = {}
        self.steps: list[Step] = []
        self.exercises: list[Exercise] = []
        """Each with its place among the steps of this slide."""
        self.inside: list[Snippet] | None = None
        """Snippets of the exercise that is being read."""
        self.notices: list[Notice] = []
        self.errors: list[ProofdeckError] = []
        self.framework = ""
        """Name of the tab that is being read."""
        self.frameworks: list[str] = []
        self.counts: Counter[str] = Counter()  # of ids, by how they begin
        self.said: Counter[str] = Counter()

    def slide(self) -> Slide:
        """Read the whole slide; `steps`, `notices` and `errors` are complete after it."""
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
        if nodes["t"] == "Div" and "exercise" in nodes["c"][0][1] and self.inside is None:
            return self._exercise(nodes)
        if is_tabset(nodes):
            return self._framework_tabs(nodes)
        if nodes["t"] in ("Div", "Header"):
            nodes = element(nodes["t"], [_without_mark(part) for part in nodes["c"]])
        return {**nodes, "c": self._read(nodes["c"])}

    def _framework_tabs(self, node: Block) -> Block:
        """Tabs in which each step knows its framework."""
        attributes, blocks = node["c"]
        if self.framework or self.inside is not None:
            message = "framework tabs inside of an exercise or of other framework tabs"
            hint = "Put the exercise into each of the tabs, or the tabs above it."
            self.errors.append(ProofdeckError(message, hint, self._place(attributes)))
        made = []
        for block in blocks:
            if block["t"] == "Header":
                self.framework = stringify(block["c"][2])
                self.frameworks.append(self.framework)
            made.append(self._read(block))
        self.framework = ""
        return element("Div", [_without_mark(attributes), made])

    def _place(self, attributes: Any) -> Place:
        return self.source.place(int(value_of(attributes, LINE) or self.draft.line))

    def _id(self, kind: str) -> str:
        """The next id of a kind: one in a tab moves none of another tab's."""
        start = f"{self.id}-{slug(self.framework)}{kind}" if self.framework else f"{self.id}{kind}"
        self.counts[start] += 1
        return f"{start}{self.counts[start]}"

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
        if self.inside is not None:
            self.inside.append(self._snippet(line, text))
            return element("CodeBlock", [[str(len(self.inside)), ["cell"], []], text])
        snippet = self._snippet(line, text)
        self.steps.append(snippet)
        if error := outside(snippet):
            self.errors.append(error)
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
        made = self._id("-") if self.inside is None else ""  # an exercise's have ids of its own
        return Snippet(
            id=str(label) if label else made,
            place=place,
            slide=self.id,
            code=code,
            code_place=code_place,
            options=options,
            script=str(script) if script else None,
            framework=self.framework,
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
        id, place = self._id("-claim-"), self._place(attributes)
        try:
            claim = make_claim(id, place, self.id, attributes, sentence(inner))
            self.steps.append(replace(claim, framework=self.framework))
        except ProofdeckError as error:
            self.errors.append(error)
        return element("Div", [[id, attributes[1], []], inner])

    def _exercise(self, node: Block) -> Block:
        """An exercise's div; each of its cells knows its part, one may be starter and solution."""
        attributes, blocks = node["c"]
        place, made = self._place(attributes), self._id("-exercise-")
        id = attributes[0] or made
        snippets: list[Snippet] = []
        self.inside = snippets
        inner = self._read(blocks)
        self.inside = None
        try:
            exercise = make_exercise(id, place, self.id, len(self.steps), snippets)
            exercise = replace(exercise, framework=self.framework)
        except ProofdeckError as error:
            self.errors.append(error)
            return element("Div", [[id, ["exercise"], []], []])
        self.exercises.append(exercise)

        def cells(block: Block) -> list[Block] | None:
            if "cell" not in classes_of(block):
                return None
            written = snippets[int(block["c"][0][0]) - 1]
            return [
                element("CodeBlock", [[part.id, ["cell", role], []], part.code])
                for role, part in zip(ROLES, parts(exercise), strict=True)
                if part.place == written.place
            ]

        return element("Div", [[id, attributes[1], []], transform(inner, cells)])

    def _inline_value(self, node: Block, code: str) -> Block:
        id, place = self._id("~"), self._inline_place(node["c"][1])
        self.steps.append(InlineValue(id, place, self.id, code, self.framework))
        return element("Code", [[id, ["inline-value"], []], node["c"][1]])

    def _inline_place(self, text: str) -> Place:
        """Where the slide says `text` this time: the same value may be said more than once."""
        self.said[text] += 1
        first, count = max(self.draft.line, 1), 0
        for number, line in enumerate(self.source.lines[first - 1 :], first):
            count += line.count(f"`{text}`")
            if count >= self.said[text]:
                return self.source.place(number)
        return self.draft.place


def _without_mark(part: Any) -> Any:
    """An Attr without the line that `source` put into it; other parts of an element unchanged."""
    match part:
        case [str(id), list(classes), list(pairs)]:
            return [id, classes, [pair for pair in pairs if pair[0] != LINE]]
    return part
