"""Faults of a lecture that can be told without running it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from proofdeck.config import Config
from proofdeck.crossref import ids
from proofdeck.document import CROSS_REFERENCE
from proofdeck.errors import Place, ProofdeckError
from proofdeck.files import declared
from proofdeck.frameworks import identifier
from proofdeck.model import Claim, Slide, Snippet, Step
from proofdeck.names import binds, reads, tree_of
from proofdeck.pandoc import remembered, walk
from proofdeck.source import Source

LABEL = re.compile(r"^\w[\w.:-]*$")
MAGIC = re.compile(r"^\s*[%!]|\?\s*$", re.MULTILINE)
UNSEEN = re.compile(r"^\s*%|\bimport \*|\bexec\(|\bglobals\(", re.MULTILINE)
"""Code that may bind names which its syntax tree does not show."""

INSIDE = re.compile(r"^#(?!ref-)")
"""A link inside the lecture, but for those that citeproc makes."""

URL = re.compile(r"^[a-z]+:")


def bad_labels(steps: Sequence[Step]) -> list[ProofdeckError]:
    """Snippets whose label another one has, or which cannot be one."""
    seen: dict[str, Place] = {}
    errors = []
    for step in steps:
        if isinstance(step, Snippet) and not LABEL.match(step.id):
            message = f"label {step.id!r} cannot be part of a link and a file name"
            hint = "Use letters, digits and hyphens, as in `label: fig-flow`."
            errors.append(ProofdeckError(message, hint, step.place))
        if step.id in seen:
            errors.append(
                ProofdeckError(
                    f"label {step.id!r} is taken by the snippet at {seen[step.id]}",
                    "Give each snippet a label of its own.",
                    step.place,
                )
            )
        seen.setdefault(step.id, step.place)
    return errors


def syntax_errors(steps: Sequence[Step]) -> list[ProofdeckError]:
    """Python that does not parse. Snippets with IPython's magics are left to IPython."""
    errors = []
    for step in steps:
        if isinstance(step, Snippet) and (not step.runs or MAGIC.search(step.code)):
            continue
        mode = "exec" if isinstance(step, Snippet) else "eval"
        flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        try:
            compile(step.code, "<snippet>", mode, flags)
        except SyntaxError as error:
            errors.append(_syntax_error(step, error))
        except ValueError as error:  # a NUL character
            errors.append(ProofdeckError(str(error), "Remove the character.", step.place))
    return errors


def _syntax_error(step: Step, error: SyntaxError) -> ProofdeckError:
    place, script = step.place, ""
    if isinstance(step, Snippet):
        where = Place(step.code_place.path, step.code_place.line + (error.lineno or 1) - 1)
        place, script = (step.place, f"{where}: ") if step.script else (where, "")
    line = (error.text or "").strip()
    message = f"{script}syntax error on slide {step.slide!r}: {error.msg}"
    return ProofdeckError(f"{message}\n    {line}" if line else message, "Mend the line.", place)


def dead_links(source: Source, slides: Sequence[Slide]) -> list[ProofdeckError]:
    """References and links to what is not in the lecture."""
    known = set(ids(slides))
    errors = []
    for slide in slides:
        for text, id in _targets(slide):
            if id not in known:
                errors.append(
                    ProofdeckError(
                        f"{text} refers to nothing in this lecture",
                        f"Give a slide, figure, table or formula the id {id!r}, or mend the name.",
                        source.find(text, 1, slide.place.line),
                    )
                )
    return errors


def empty_claims(steps: Sequence[Step], frameworks: Sequence[str] = ()) -> list[ProofdeckError]:
    """Claims whose check cannot fail: it reads no name that the lecture binds.

    What a framework left is read as `PyTorch.flow`.
    """
    bound = {identifier(name) for name in frameworks}
    errors = []
    unseen = False
    for step in steps:
        if isinstance(step, Snippet):
            bound |= binds(step.code)
            unseen = unseen or bool(UNSEEN.search(step.code))
        elif isinstance(step, Claim) and not unseen and not _may_fail(step, bound):
            errors.append(
                ProofdeckError(
                    f"the check {step.code!r} reads nothing that the lecture computed above it",
                    "Name a result of a snippet above, so that the check could fail.",
                    step.place,
                )
            )
    return errors


def _may_fail(claim: Claim, bound: set[str]) -> bool:
    """Whether a check reads one of the names; not those that it binds, as in a comprehension.

    One that does not parse is an error of another kind.
    """
    return not tree_of(claim.code).body or bool((reads(claim.code) - binds(claim.code)) & bound)


@remembered
def _targets(slide: Slide) -> list[tuple[str, str]]:
    """What a slide refers to in its lecture: as it is written, and the id."""
    found = []
    for node in walk([*slide.blocks, *slide.notes]):
        if node["t"] == "Cite":
            for citation in node["c"][0]:
                if CROSS_REFERENCE.match(citation["citationId"]):
                    found.append((f"@{citation['citationId']}", citation["citationId"]))
        elif node["t"] == "Link" and INSIDE.match(target := node["c"][2][0]):
            found.append((target, target.removeprefix("#").removeprefix("/")))
    return found


def missing_data(config: Config, steps: Sequence[Step]) -> list[ProofdeckError]:
    """Files of `data:` that are not there."""
    return [
        ProofdeckError(
            f"data file {path!r} does not exist",
            "Put it there, or mend `#| data:` (the path starts at the project's root).",
            step.place,
        )
        for step in steps
        if isinstance(step, Snippet)
        for path in declared(step.options)
        if not (config.root / path).exists()
    ]


def uncaptioned(steps: Sequence[Step], slides: Sequence[Slide]) -> list[ProofdeckError]:
    """Snippets that a cross-reference means, without the caption that carries the number."""
    meant = {id for slide in slides for _, id in _targets(slide)}
    return [
        ProofdeckError(
            f"@{step.id} means this snippet, which has no caption to number",
            'Add `#| fig-cap: "…"`.',
            step.place,
        )
        for step in steps
        if isinstance(step, Snippet) and step.id in meant and not step.options.get("fig-cap")
    ]


def images(slides: Sequence[Slide]) -> Iterator[tuple[Slide, str]]:
    """Targets of all images that lie beside the lecture, with their slides."""
    for slide in slides:
        yield from ((slide, target) for target in _images_on(slide))


@remembered
def _images_on(slide: Slide) -> list[str]:
    images = (n for n in walk([*slide.blocks, *slide.notes]) if n["t"] == "Image")
    found = [image["c"][2][0] for image in images]
    found += [value for key, value in slide.attributes[1] if key == "background-image"]
    return [target for target in found if not URL.match(target)]


def missing_images(config: Config, source: Source, slides: Sequence[Slide]) -> list[ProofdeckError]:
    """Images that do not lie where the lecture says."""
    errors = []
    for slide, target in images(slides):
        path = Path(source.path).parent / target
        if not (config.root / path).is_file():
            errors.append(
                ProofdeckError(
                    f"image {target!r} does not exist",
                    f"Put it at {path.as_posix()}, or mend its name.",
                    source.find(target, 1, slide.place.line),
                )
            )
    return errors
