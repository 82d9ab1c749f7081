"""A lecture and its run joined: slides as Pandoc blocks, for the deck or the handout.

Results are looked up by snippet id here and nowhere else, so both documents say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import escape

from proofdeck.claims import Judgement
from proofdeck.crossref import References
from proofdeck.excerpt import excerpt_of
from proofdeck.exercises import all_snippets, readable
from proofdeck.frameworks import without
from proofdeck.model import Block, Lecture, Run, Snippet
from proofdeck.outputs import FigureFile, Outputs, Target, fragments
from proofdeck.pandoc import (
    attr,
    classes_of,
    div,
    element,
    plain,
    raw,
    stringify,
    transform,
    value_of,
)

CALLOUTS = ("note", "tip", "warning", "important", "caution")
SIDES = ("top", "left", "bottom", "right", "width", "height")
FORMATS: Mapping[Target, frozenset[str]] = {
    "html": frozenset({"revealjs", "html"}),
    "typst": frozenset({"typst", "pdf", "latex"}),
}
"""Names by which `when-format` means a target."""


@dataclass(frozen=True, slots=True)
class Composer:
    """Composes the slides of one lecture for one target."""

    lecture: Lecture
    run: Run
    judgements: Mapping[str, Judgement]
    target: Target
    outputs: Outputs
    media: Mapping[str, str]
    """Images beside the lecture: as the lecture names them, and as the document does."""
    snippets: Mapping[str, Snippet]
    references: References
    math: Callable[[str, bool], Block] | None = None
    """Renders TeX (and whether it is a display); None leaves formulas to Pandoc."""

    def blocks(self, blocks: Sequence[Block]) -> list[Block]:
        """Lecture blocks with everything that the run gave in its place."""
        there = without(self.run.missing, blocks)
        numbered = transform(there, self._tag)
        made: list[Block] = transform(numbered, self._change)
        return made

    def _tag(self, node: Block) -> list[Block] | None:
        """The number of a labelled formula, as a part of its TeX."""
        if node["t"] != "Span" or not (tag := self.references.tag(node["c"][0][0])):
            return None
        kind, tex = node["c"][1][0]["c"]
        return [element("Span", [node["c"][0], [element("Math", [kind, tex + tag])]])]

    def _change(self, node: Block) -> list[Block] | None:
        match node["t"]:
            case "CodeBlock" if "cell" in (classes := classes_of(node)):
                snippet = self.snippets[node["c"][0][0]]
                return self._part(classes[1], snippet) if classes[1:] else self.cell(snippet)
            case "Code" if "inline-value" in classes_of(node):
                return plain(self.run.results[node["c"][0][0]].value)
            case "Math":
                return self._formula(node)
            case "Image":
                return [self._image(node)]
            case "Cite":
                # Pandoc's Typst writer would hand the citation to Typst, which has no bibliography.
                cited = node["c"][1] if self.target == "typst" else None
                return self.references.resolve(node) or cited
            case "Div":
                return self._div(node)
        return None

    def _formula(self, node: Block) -> list[Block] | None:
        if node["t"] != "Math" or not self.math:
            return None
        return [self.math(node["c"][1], node["c"][0]["t"] == "DisplayMath")]

    def _image(self, node: Block) -> Block:
        attributes, alt, (target, title) = node["c"]
        given = value_of(attributes, "fig-alt")
        pairs = [pair for pair in attributes[2] if pair[0] != "fig-alt"]
        new = [attributes[0], attributes[1], pairs]
        return element(
            "Image",
            [new, plain(given) if given else alt, [self.media.get(target, target), title]],
        )

    def _div(self, node: Block) -> list[Block] | None:
        classes, attributes, inner = classes_of(node), node["c"][0], node["c"][1]
        kind = next((c for c in CALLOUTS if f"callout-{c}" in classes), None)
        if kind:
            return [_callout(kind, attributes, inner)]
        if "panel-tabset" in classes:
            title = "data-title" if self.target == "html" else "title"
            group = value_of(attributes, "group") or ""
            return [div(["panel-tabset"], _tabs(inner, title), group=group)]
        if "claim" in classes and (judgement := self.judgements.get(attributes[0])):
            return [_claim(judgement, inner, self.target)]
        if "absolute" in classes and self.target == "html":
            return [_absolute(node)]
        if "content-visible" in classes or "content-hidden" in classes:
            formats = (value_of(attributes, "when-format") or "").split()
            here = not formats or bool(FORMATS[self.target] & set(formats))
            return inner if here == ("content-visible" in classes) else []
        return None

    def cell(self, snippet: Snippet, outputs: bool = True) -> list[Block]:
        """A snippet: its code as far as it is shown, and its outputs."""
        options = snippet.options
        if options.get("include") is False:
            return []
        code = self._code(snippet) if options.get("echo") is not False else []
        hidden = not outputs or options.get("output") is False
        shown = [] if hidden else self._shown(snippet)
        shown = transform(shown, self._formula)
        classes = ["cell", *str(options.get("classes") or "").replace(".", " ").split()]
        place = str(options.get("output-location") or "")
        if self.target == "html" and place and shown:
            return [div(classes, _placed(code, shown, place), id=f"cell-{snippet.id}")]
        return [div(classes, [*code, *shown], id=f"cell-{snippet.id}")] if code or shown else []

    def _part(self, role: str, snippet: Snippet) -> list[Block]:
        """A snippet of an exercise: on a slide only the starter lies open, on paper it depends."""
        if self.target == "typst" or role == "starter":
            return [div([role], self.cell(snippet, outputs=role == "solution"))]
        # Of those with one name, only one is open at a time.
        details = f'<details class="exercise-part" name="{escape(snippet.slide)}-parts">'
        summary = f"<summary>{role.capitalize()}</summary>"
        return [raw("html", details + summary), *self._code(snippet), raw("html", "</details>")]

    def _shown(self, snippet: Snippet) -> list[Block]:
        if snippet.framework in self.run.missing:
            return self.outputs.absent(snippet)
        if frames := self.run.frames.get(snippet.id):
            return self.outputs.of_frames(snippet, frames)
        return self.outputs.blocks(snippet, self.run.results[snippet.id].outputs)

    def _code(self, snippet: Snippet) -> list[Block]:
        options = snippet.options
        shown = options.get("show")
        code = snippet.code.rstrip()
        if shown and self.target == "html":
            code = excerpt_of(snippet, list(shown) if isinstance(shown, list) else [str(shown)])
        pairs = []
        if self.target == "html" and (steps := options.get("code-line-numbers")) not in (
            None,
            False,
        ):
            pairs.append(("code-line-numbers", "" if steps is True else str(steps)))
        if snippet.script:
            pairs.append(("filename", snippet.script))
        block = element("CodeBlock", [attr("", ["python"], pairs), code])
        if self.target == "html" and options.get("code-fold"):
            summary = str(options.get("code-summary") or "Code")
            open_ = " open" if options.get("code-fold") == "show" else ""
            start = f'<details class="code-fold"{open_}><summary>{summary}</summary>'
            return [raw("html", start), block, raw("html", "</details>")]
        return [block]


def make_composer(
    lecture: Lecture,
    run: Run,
    judgements: Mapping[str, Judgement],
    target: Target,
    files: Mapping[tuple[str, int], FigureFile],
    folder: str,
    media: Mapping[str, str],
    math: Callable[[str, bool], Block] | None = None,
) -> Composer:
    """A composer for `target`; `folder` is where the document finds figure files."""
    references = References.of(lecture, numbered_later=target == "typst")
    composer = Composer(
        lecture=lecture,
        run=run,
        judgements=judgements,
        target=target,
        outputs=Outputs(target, files, folder, {}),
        media=media,
        snippets={snippet.id: readable(snippet) for snippet in all_snippets(lecture)},
        references=references,
        math=math,
    )
    captions = {id: composer.blocks(caption) for id, caption in lecture.captions.items()}
    captions = {id: references.number(id, caption) for id, caption in captions.items()}
    read = fragments(lecture, run, target)
    return replace(composer, outputs=Outputs(target, files, folder, captions, read))


def _placed(code: list[Block], shown: list[Block], place: str) -> list[Block]:
    """Outputs where `output-location` wants them."""
    fragment = [div(["fragment"], shown)] if place.endswith("fragment") else shown
    if place.startswith("column"):
        return [div(["columns"], [div(["column"], code), div(["column"], fragment)])]
    if place == "slide":
        return [*code, div(["output-slide"], shown)]
    return [*code, *fragment]


def _callout(kind: str, attributes: Sequence[object], inner: list[Block]) -> Block:
    """A callout; its title is the attribute `title`, a heading at its top, or its kind."""
    title = plain(value_of(attributes, "title") or kind.capitalize())
    if inner and inner[0]["t"] == "Header":
        title, inner = inner[0]["c"][2], inner[1:]
    head = div(["callout-title"], [element("Plain", title)])
    return div(["callout", f"callout-{kind}"], [head, *inner])


def _claim(judgement: Judgement, inner: list[Block], target: Target) -> Block:
    """The sentence with its badge; on a slide, choosing the badge shows check and values."""
    claim, badge = judgement.claim, element("Plain", plain(judgement.badge))
    check = element("Para", [element("Code", [attr(), claim.code])])
    state = "held" if judgement.holds else "unchecked" if judgement.unchecked else "failed"
    if claim.expect == "fails":
        inner = [div(["claim-mistake"], [element("Plain", plain("Not true:"))]), *inner]
    if target == "typst":
        said = element("Para", badge["c"])
        return div(["claim", state], [*inner, div(["claim-badge"], [said, check])], id=claim.id)
    values = [
        [element("Plain", [element("Code", [attr(), f"{source} = {value}"])])]
        for source, value in judgement.values
    ]
    details = [
        raw("html", '<details class="claim-badge"><summary>'),
        badge,
        raw("html", "</summary>"),
        check,
        *([element("BulletList", values)] if values else []),
        raw("html", "</details>"),
    ]
    return div(["claim", state], [*inner, *details], id=claim.id)


def _absolute(node: Block) -> Block:
    """`{.absolute top=40 left=50%}` as a style, which browsers understand."""
    (id, classes, pairs), inner = node["c"]
    sides = {key: value for key, value in pairs if key in SIDES}
    rules = [f"{k}: {v}px" if v.lstrip("-").isdigit() else f"{k}: {v}" for k, v in sides.items()]
    rest = [(key, value) for key, value in pairs if key not in SIDES]
    return element("Div", [attr(id, classes, [*rest, ("style", "; ".join(rules))]), inner])


def _tabs(inner: list[Block], title: str) -> list[Block]:
    """The contents of a tabset, cut at its headings; `title` is the attribute for their texts."""
    tabs: list[tuple[str, list[Block]]] = []
    for block in inner:
        if block["t"] == "Header":
            tabs.append((stringify(block["c"][2]), []))
        elif tabs:
            tabs[-1][1].append(block)
    return [element("Div", [attr("", ["tab"], [(title, name)]), blocks]) for name, blocks in tabs]
