"""Sweeps: what `#| sweep:` asks for, and a snippet's code for each choice of its parameters.

The snippet says its own values, as in `depth = 10`, so it is a whole program: what runs in the
lecture, in the notebook and in the script alone. A frame runs it with another value in that place.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from proofdeck.errors import Place, ProofdeckError
from proofdeck.model import Chosen, Claim, Snippet, Step
from proofdeck.uses import tree_of

Value = int | float | str
"""One value of a parameter; `bool` is an `int`."""

MOST = 100
"""Frames that one sweep may have."""

NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
"""YAML reads `1e-3` as a word; here it is a number."""

INFINITE = re.compile(r"float\('inf'\)|(math|np|torch)\.inf")

EXAMPLE = "Write for instance `#| sweep: {depth: [2, 5, 10]}`."


@dataclass(frozen=True, slots=True)
class Sweep:
    """The parameters of a swept snippet."""

    values: Mapping[str, tuple[Value, ...]]
    """By parameter, as the dial shows them: numbers in ascending order."""
    start: Chosen
    """What the snippet's own code says."""
    printed: tuple[Chosen, ...]
    """What the handout shows."""

    @property
    def all(self) -> tuple[Chosen, ...]:
        """Every choice, the last parameter changing first."""
        return _choices(self.values)


def is_swept(step: Step) -> bool:
    """Whether a step is a snippet that runs in frames."""
    return isinstance(step, Snippet) and step.runs and "sweep" in step.options


def sweep_of(snippet: Snippet) -> Sweep:
    """A snippet's sweep. Raises ProofdeckError where it cannot be made."""
    place = snippet.place
    values = _values(snippet.options["sweep"], "sweep", place)
    if (frames := math.prod(map(len, values.values()))) > MOST:
        raise ProofdeckError(
            f"the sweep has {frames} frames", f"Leave out values: {MOST} is the most.", place
        )
    start = tuple((name, _said(snippet, name, values[name])) for name in values)
    return Sweep(values, start, _printed(snippet.options.get("sweep-print"), values, start, place))


def _values(given: Any, option: str, place: Place) -> dict[str, tuple[Value, ...]]:
    if not isinstance(given, dict) or not given:
        raise ProofdeckError(f"`{option}` names no parameters with their values", EXAMPLE, place)
    found: dict[str, tuple[Value, ...]] = {}
    for name, listed in given.items():
        if not (isinstance(name, str) and name.isidentifier()):
            raise ProofdeckError(f"{name!r} in `{option}` is no name of Python's", EXAMPLE, place)
        raw = listed if isinstance(listed, list) else [listed]
        values = [_value(each) for each in raw]
        if None in values or len(set(map(repr, values))) < len(values):
            message = f"the values of {name!r} in `{option}` are not different numbers or words"
            raise ProofdeckError(message, EXAMPLE, place)
        numbers = all(_is_number(each) for each in values)
        found[name] = tuple(sorted(values) if numbers else values)  # type: ignore[arg-type]
        if option == "sweep" and len(values) < 2:
            message = f"{name!r} in `sweep` has a single value"
            raise ProofdeckError(message, "Give it two or more, or leave it out.", place)
    return found


def _value(raw: Any) -> Value | None:
    if isinstance(raw, str) and NUMBER.fullmatch(raw):
        return float(raw)
    return raw if isinstance(raw, int | float | str) and raw == raw else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _choices(values: Mapping[str, Sequence[Value]]) -> tuple[Chosen, ...]:
    return tuple(tuple(zip(values, each, strict=True)) for each in product(*values.values()))


def _assigned(snippet: Snippet, name: str) -> ast.expr | None:
    """Where a snippet's code says the value of a parameter; None where it does not, or twice."""
    tree = tree_of(snippet.code)
    found = []
    for node in tree.body if tree else ():
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=bound)]) | ast.AnnAssign(target=ast.Name(id=bound))
            ):
                if bound == name and node.value and node.value.lineno == node.value.end_lineno:
                    found.append(node.value)
    return found[0] if len(found) == 1 else None


def _said(snippet: Snippet, name: str, values: Sequence[Value]) -> Value:
    """The value that a snippet's own code gives a parameter."""
    node = _assigned(snippet, name)
    if node is None:
        message = f"the swept snippet does not say a value of {name!r}"
        hint = f"Write `{name} = {literal(values[0])}` in it, once and not indented."
        raise ProofdeckError(message, hint, snippet.place)
    text = ast.unparse(node)
    said = math.inf if INFINITE.fullmatch(text) else _literal(node)
    for value in values:
        if value == said and isinstance(value, bool) == isinstance(said, bool):
            return value
    message = f"the swept snippet says `{name} = {text}`, which `sweep` does not list"
    listed = ", ".join(map(literal, values))
    raise ProofdeckError(message, f"Write one of {listed}, or list it.", snippet.place)


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def _printed(
    given: Any, values: Mapping[str, tuple[Value, ...]], start: Chosen, place: Place
) -> tuple[Chosen, ...]:
    """The choices that the handout shows: those of `sweep-print`, else a few of each parameter.

    A parameter that `sweep-print` leaves out keeps its value of the snippet's code.
    """
    if given is None:
        few = 4 if len(values) == 1 else 2
        chosen = {name: _spread(values[name], few) for name in list(values)[:2]}
    else:
        chosen = _values(given, "sweep-print", place)
    for name, listed in chosen.items():
        if wrong := [each for each in listed if each not in values.get(name, ())]:
            message = f"`sweep-print` names {name}: {wrong[0]}, which `sweep` does not list"
            raise ProofdeckError(message, "Choose among the values of `sweep`.", place)
    return _choices({name: chosen.get(name, (value,)) for name, value in start})


def _spread(values: Sequence[Value], few: int) -> tuple[Value, ...]:
    """The first, the last and some between."""
    count = min(few, len(values))
    at = [round(n * (len(values) - 1) / (count - 1)) for n in range(count)]
    return tuple(values[n] for n in at)


def code_for(snippet: Snippet, chosen: Chosen) -> str:
    """The snippet's code with the chosen values in their places."""
    lines = [line.encode() for line in snippet.code.split("\n")]
    start = dict(sweep_of(snippet).start)
    nodes = [
        (node, value)
        for name, value in chosen
        if value != start[name] and (node := _assigned(snippet, name))
    ]
    # From the right to the left, should two stand on one line.
    for node, value in sorted(nodes, key=lambda each: -each[0].col_offset):
        line = lines[node.lineno - 1]
        new = literal(value).encode()
        lines[node.lineno - 1] = line[: node.col_offset] + new + line[node.end_col_offset :]
    return "\n".join(line.decode() for line in lines)


def without_parameters(snippet: Snippet) -> list[str]:
    """The lines of the snippet's code, but for those that say the parameters' values."""
    nodes = [_assigned(snippet, name) for name in sweep_of(snippet).values]
    said = {node.lineno for node in nodes if node}
    lines = snippet.code.rstrip().split("\n")
    return [line for number, line in enumerate(lines, 1) if number not in said]


def literal(value: Value) -> str:
    """A value as Python writes it."""
    return 'float("inf")' if value == math.inf else repr(value)


def label(value: Value) -> str:
    """A value as readers see it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if value == math.inf:
        return "∞"
    return f"{value:g}" if isinstance(value, float) else str(value)


def said(chosen: Chosen) -> str:
    """A choice in words: `depth = 5, activation = relu`."""
    return ", ".join(f"{name.replace('_', ' ')} = {label(value)}" for name, value in chosen)


def sweep_errors(steps: Sequence[Step]) -> list[ProofdeckError]:
    """Sweeps, and claims over them, that cannot be made."""
    return list(_errors(steps))


def _errors(steps: Sequence[Step]) -> Iterator[ProofdeckError]:
    above: list[str] = []
    for step in steps:
        if isinstance(step, Snippet) and is_swept(step):
            above.append(step.id)
            try:
                sweep_of(step)
            except ProofdeckError as error:
                yield error
        elif isinstance(step, Claim) and step.sweep and step.sweep not in above:
            message = (
                f"the claim ranges over {step.sweep!r}, which no swept snippet above it is called"
            )
            hint = f"Above it are: {', '.join(above)}." if above else EXAMPLE
            yield ProofdeckError(message, hint, step.place)
