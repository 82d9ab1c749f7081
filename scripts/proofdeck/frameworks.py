"""Framework tabs: a lecture with `::: {.panel-tabset group="framework"}` means one run for each.

A framework's view of a lecture is what stands outside of such tabs, and the tabs of its name: an
ordinary lecture, so that running, keys and seeds know nothing of frameworks.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cache

from proofdeck.errors import ProofdeckError
from proofdeck.model import Block, Claim, Lecture, Slide, Snippet, Step
from proofdeck.names import tree_of
from proofdeck.pandoc import classes_of, element, plain, stringify, transform, value_of, walk

GROUP = "framework"


def is_tabset(node: Block) -> bool:
    """Whether a block is a set of framework tabs."""
    return (
        node["t"] == "Div"
        and "panel-tabset" in classes_of(node)
        and value_of(node["c"][0], "group") == GROUP
    )


def slug(name: str) -> str:
    """A framework's name in ids and file names: `tensorflow`."""
    return re.sub(r"\W+", "-", name.lower()).strip("-")


def identifier(name: str) -> str:
    """A framework's name in code: `TensorFlow`."""
    return re.sub(r"\W+", "_", name)


def views(lecture: Lecture, missing: Collection[str] = ()) -> tuple[Lecture, ...]:
    """The lecture as each of its frameworks runs it; itself where it has no framework tabs.

    There are no views of `missing` frameworks.
    """
    if not lecture.frameworks:
        return (lecture,)
    names = [name for name in lecture.frameworks if name not in missing]
    return tuple(_view(lecture, name, name == names[0]) for name in names)


def _view(lecture: Lecture, name: str, is_first: bool) -> Lecture:
    own = "", name
    steps = [step for step in lecture.steps if step.framework in own]
    return replace(
        lecture,
        framework=name,
        steps=tuple(_waiting(step, lecture, name, is_first) for step in steps),
        exercises=tuple(
            replace(each, at=sum(step.framework in own for step in lecture.steps[: each.at]))
            for each in lecture.exercises
            if each.framework in own
        ),
    )


def _waiting(step: Step, lecture: Lecture, name: str, is_first: bool) -> Step:
    """A step of a view; of a question that compares, what it asks of this framework."""
    if isinstance(step, Snippet) or not (asked := asks(step, lecture.frameworks)):
        return step
    wanted = asked.get(name, frozenset())
    if is_first:
        return replace(step, asks=wanted)
    # What else it reads is the first framework's.
    only = replace(step, code="None", asks=wanted)
    return replace(only, show="", where="") if isinstance(only, Claim) else only


def waits(step: Step) -> bool:
    """Whether a question compares frameworks, and what these left is not known yet."""
    return not isinstance(step, Snippet) and step.asks is not None and not step.given


def asks(step: Step, frameworks: Sequence[str]) -> dict[str, frozenset[str]]:
    """What a question outside of tabs reads of each framework; empty where it compares none."""
    if isinstance(step, Snippet) or step.framework:
        return {}
    texts = (step.code, step.show) if isinstance(step, Claim) else (step.code,)
    found = {name: _attributes(texts, identifier(name)) for name in frameworks}
    return {name: attributes for name, attributes in found.items() if attributes}


@cache
def _attributes(codes: tuple[str, ...], name: str) -> frozenset[str]:
    return frozenset(
        node.attr
        for code in codes
        for node in ast.walk(tree_of(code))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == name
    )


def view_slides(slides: Sequence[Slide], name: str) -> tuple[Slide, ...]:
    """Slides with one framework's tabs alone, which lie open in their text."""

    def open_tab(node: Block) -> list[Block] | None:
        return tabs(node).get(name, []) if is_tabset(node) else None

    return tuple(
        replace(
            slide,
            blocks=tuple(transform(list(slide.blocks), open_tab)),
            notes=tuple(transform(list(slide.notes), open_tab)),
        )
        for slide in slides
    )


def without(missing: Collection[str], blocks: Sequence[Block]) -> Sequence[Block]:
    """Blocks whose tabs of `missing` frameworks say so, in place of claims and of values."""

    def mark(node: Block) -> list[Block] | None:
        if not is_tabset(node):
            return None
        made: list[Block] = []
        name = ""
        for block in node["c"][1]:
            if block["t"] == "Header":
                name = stringify(block["c"][2])
                note = f"{name} is not installed where this was built."
                said = [element("Para", [element("Emph", plain(note))])]
                made += [block, *(said if name in missing else [])]
            else:
                made += transform([block], _unknown) if name in missing else [block]
        return [element("Div", [node["c"][0], made])]

    return transform(blocks, mark) if missing else blocks


def _unknown(node: Block) -> list[Block] | None:
    """Nothing, for what would say what did not run."""
    values = node["t"] in ("Para", "Plain") and "inline-value" in {
        name for inner in walk(node) for name in classes_of(inner)
    }
    return [] if values or (node["t"] == "Div" and "claim" in classes_of(node)) else None


def tabs(node: Block) -> dict[str, list[Block]]:
    """The contents of a tabset by its headings' texts."""
    found: dict[str, list[Block]] = {}
    name = None
    for block in node["c"][1]:
        if block["t"] == "Header":
            name = stringify(block["c"][2])
            found.setdefault(name, [])
        elif name is not None:
            found[name].append(block)
    return found


def framework_errors(
    names: Sequence[str], slides: Sequence[Slide], steps: Sequence[Step]
) -> list[ProofdeckError]:
    """Tabs whose names are hard to tell apart; questions in a tab that compare frameworks."""
    errors = []
    first: dict[str, str] = {}
    for name in names:
        other = first.setdefault(slug(name), name)
        if other != name or not identifier(name).isidentifier():
            slide = next(each for each in slides if name in _titles(each))
            message = f"the framework tab {name!r} is called {other!r} elsewhere"
            if other == name:
                message = f"{name!r} cannot be a framework's name in code"
            hint = "Give the tabs of a framework one name, as `### PyTorch`."
            errors.append(ProofdeckError(message, hint, slide.place))
    for step in steps:
        outside = not isinstance(step, Snippet) and replace(step, framework="")
        if step.framework and outside and (found := asks(outside, names)):
            said = ", ".join(identifier(name) for name in found)
            message = f"{step.code!r} reads {said} in a tab, where only {step.framework} runs"
            hint = "Put what compares frameworks outside of the tabs; in a tab write plain names."
            errors.append(ProofdeckError(message, hint, step.place))
    return errors


def _titles(slide: Slide) -> list[str]:
    found: list[str] = []

    def note(node: Block) -> None:
        if is_tabset(node):
            found.extend(tabs(node))

    transform([*slide.blocks, *slide.notes], note)
    return found
