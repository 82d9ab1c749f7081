"""A swept snippet's frames in documents: a figure with a dial on a slide, some of them in print."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator, Sequence

from proofdeck.exercises import with_outputs
from proofdeck.model import Block, Chosen, Frame, Lecture, Run, Snippet
from proofdeck.output import Output
from proofdeck.pandoc import attr, div, element, plain
from proofdeck.sweeps import label, literal, said, sweep_of, without_parameters

WIDEST = 640
"""Pixels of a figure of which two stand side by side in print."""

Show = Callable[[str, Chosen, Sequence[Output]], list[Block]]
"""Blocks for what a frame put out, by the frame's key and choice."""


def key_of(snippet: Snippet, number: int) -> str:
    """What a frame's figures are found by; no label has a `@`."""
    return f"{snippet.id}@{number}"


def shown_outputs(lecture: Lecture, run: Run) -> Iterator[tuple[str, Snippet, Sequence[Output]]]:
    """All that documents show: for a swept snippet its frames, each by a key of its own."""
    for snippet in with_outputs(lecture):
        frames = run.frames.get(snippet.id)
        if not frames:
            yield snippet.id, snippet, run.results[snippet.id].outputs
        for number, frame in enumerate(frames or ()):
            yield key_of(snippet, number), snippet, frame.result.outputs


def dial(snippet: Snippet, frames: Sequence[Frame], show: Show) -> Block:
    """All frames, of which dial.js shows one; without it the one that the code says."""
    sweep = sweep_of(snippet)
    start = [frame.chosen for frame in frames].index(sweep.start)
    parameters = [
        {
            "name": name,
            "values": [label(value) for value in values],
            "slides": all(isinstance(v, int | float) and not isinstance(v, bool) for v in values),
        }
        for name, values in sweep.values.items()
    ]
    told = json.dumps({"id": snippet.id, "start": start, "parameters": parameters})
    made = [
        element(
            "Div",
            [
                attr("", ["frame"], [] if number == start else [("hidden", "hidden")]),
                show(key_of(snippet, number), frame.chosen, frame.result.outputs),
            ],
        )
        for number, frame in enumerate(frames)
    ]
    return element("Div", [attr("", ["dial"], [("data-dial", told)]), made])


def multiples(snippet: Snippet, frames: Sequence[Frame], width: int, show: Show) -> list[Block]:
    """The frames that are printed, each under its setting, narrow ones side by side."""
    cells: list[Block] = []
    wanted = sweep_of(snippet).printed
    for number, frame in enumerate(frames):
        if frame.chosen in wanted:
            title = element("Para", [element("Strong", plain(said(frame.chosen)))])
            shown = show(key_of(snippet, number), frame.chosen, frame.result.outputs)
            cells.append(div(["multiple"], [title, *shown]))
    if not 0 < width <= WIDEST:
        return cells
    rows = [cells[n : n + 2] for n in range(0, len(cells), 2)]
    return [
        div(["columns", "multiples"], [div(["column"], [cell]) for cell in row]) for row in rows
    ]


def spoken(alt: str, chosen: Chosen) -> str:
    """The alternative text of a frame: the author's `{depth}` filled in, or the setting first."""
    filled = alt
    for name, value in chosen:
        filled = filled.replace(f"{{{name}}}", label(value))
    return filled if filled != alt or not chosen else f"{said(chosen)}. {alt}"


def loop(snippet: Snippet, seed: str) -> str:
    """The snippet as a plain loop over the printed choices; empty where it cannot be one.

    `seed` is the line that seeds the random generators, or nothing.
    """
    names = ", ".join(sweep_of(snippet).values)
    body = [*([seed] if seed else []), *without_parameters(snippet)]
    if any("plt." in line for line in body) and "plt.show()" not in body:
        body.append("plt.show()")
    if not ast.parse("\n".join(body)).body:
        body.append("pass")
    choices = [", ".join(literal(value) for _, value in each) for each in sweep_of(snippet).printed]
    values = ", ".join(f"({each})" if "," in each else each for each in choices)
    rows = [f"    {line}" if line else "" for line in body]
    code = "\n".join([f"for {names} in [{values}]:", *rows])
    return code if _long_texts(snippet.code) == _long_texts(code) else ""


def _long_texts(code: str) -> list[str]:
    """Texts over several lines, which indenting would change."""
    constants = (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant))
    return [str(node.value) for node in constants if "\n" in str(node.value)]
