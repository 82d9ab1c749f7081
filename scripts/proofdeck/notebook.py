"""The notebook: executed, and able to run where proofdeck is not installed (as on Colab).

It keeps the meaning of a run: a setup cell defines `seed`, limits threads and writes the local
files that the lecture read; each cell that drew random numbers starts with its `seed(…)` line.
The student edition has an exercise's starter and stops at its check, the instructor edition has
its solution and runs through.
"""

from __future__ import annotations

import base64
import json
import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from proofdeck import checking, seeding
from proofdeck.charts import for_notebook
from proofdeck.compose import Composer
from proofdeck.dial import loop
from proofdeck.exercises import attempts
from proofdeck.frameworks import slug, views
from proofdeck.model import Block, Lecture, Result, Slide, Snippet
from proofdeck.notebook_setup import setup_cells
from proofdeck.notebook_text import markdown_cells
from proofdeck.output import Display, Stream
from proofdeck.outputs import without_ansi
from proofdeck.pandoc import (
    classes_of,
    element,
    plain,
    stringify,
    walk,
)
from proofdeck.sweeps import sweep_of
from proofdeck.templates import MIME

Edition = Literal["student", "instructor"]

Node = dict[str, Any]
"""Of nbformat 4.5: a cell or an output."""

FORMAT: Node = {"nbformat": 4, "nbformat_minor": 5}

COLAB = "https://colab.research.google.com/github"


def notebook_json(
    composer: Composer,
    edition: Edition,
    files: Mapping[str, bytes],
    media: Mapping[str, bytes],
    repository: str,
) -> str:
    """The text of one edition of the notebook.

    `files` are what the lecture read, by path below the root; `media` its images, by the name that
    `composer` gives them: they travel inside the notebook.
    `repository` (`owner/name`, or empty) is whose gh-pages branch the Colab link opens.
    """
    lecture = composer.lecture
    cells = [_text(_title(lecture, edition, repository))]
    cells += [_code(source) for source in setup_cells(composer, files)]
    parts = [part for slide in lecture.slides for part in _parts(composer, edition, slide)]
    texts = markdown_cells([part for part in parts if isinstance(part, list)])
    seeds = _seeds(composer)
    for part in parts:
        if not isinstance(part, list):
            cells += _code_cells(composer, edition, *part, seeds)
        elif text := next(texts):
            cells.append(_text(text) | _attachments(text, media))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    ran = [c for c in cells if c["cell_type"] == "code" and not _is_open(c)]
    for number, cell in enumerate(ran, 1):
        cell["execution_count"] = number
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "title": lecture.title,
    }
    made = {**FORMAT, "metadata": metadata, "cells": cells}
    validate(made)
    return json.dumps(made, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def validate(notebook: Node) -> None:
    """Raises nbformat's ValidationError where a notebook is not of its format.

    All at once: what makes single cells there validates each, slowly.
    """
    import nbformat

    nbformat.validate(notebook)


def notebook_name(lecture: Lecture, edition: Edition) -> str:
    """The file name of one edition of a lecture's notebook, or of a framework's view of it."""
    of = f"{slug(lecture.framework)}-" if lecture.framework else ""
    return f"{lecture.name}-{of}{edition}.ipynb"


def notebook_links(lecture: Lecture, missing: Collection[str] = ()) -> dict[str, str]:
    """File names of its student editions by the kind of document, as pages call it.

    Of frameworks that are `missing` there is no notebook.
    """
    made = [view for view in views(lecture) if view.framework not in missing]
    return {f"notebook {view.framework}".rstrip(): notebook_name(view, "student") for view in made}


def _text(source: str) -> Node:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def _code(source: str, outputs: Sequence[Node] = ()) -> Node:
    """A cell that has not run, and what it shows all the same."""
    kind: Node = {"cell_type": "code", "execution_count": None, "metadata": {}}
    return kind | {"source": source, "outputs": list(outputs)}


def _title(lecture: Lecture, edition: Edition, repository: str) -> str:
    lines = [f"# {lecture.title}" + (f" ({lecture.framework})" if lecture.framework else "")]
    if lecture.meta.get("subtitle"):
        lines.append(f"*{lecture.meta['subtitle']}*")
    if lecture.meta.get("abstract"):
        lines.append(" ".join(str(lecture.meta["abstract"]).split()))
    if repository:
        path = f"{lecture.name}/{notebook_name(lecture, edition)}"
        lines.append(f"[Open in Colab]({COLAB}/{repository}/blob/gh-pages/{path})")
    return "\n\n".join(lines)


def _attachments(text: str, media: Mapping[str, bytes]) -> dict[str, Any]:
    """The images that a text cell shows, in the form in which notebooks carry them."""
    found = {}
    for name, data in media.items():
        if f"attachment:{Path(name).name}" in text:
            mime = MIME.get(Path(name).suffix.removeprefix("."), "image/png")
            found[Path(name).name] = {mime: base64.b64encode(data).decode()}
    return {"attachments": found} if found else {}


def _parts(
    composer: Composer, edition: Edition, slide: Slide
) -> Iterator[list[Block] | tuple[Snippet, str]]:
    """A slide's text and snippets in their order, as the cells of the notebook will be.

    A snippet comes with its role in an exercise, or with none.
    """
    heading = element("Header", [slide.level, ["", [], []], list(slide.header)])
    waiting: list[Block] = [heading] if slide.title else []
    for block in _flat(slide.blocks):
        snippet, role = None, ""
        if block["t"] == "CodeBlock" and "cell" in classes_of(block):
            snippet = composer.snippets[block["c"][0][0]]
            role = "".join(classes_of(block)[1:])
        if role == "solution" and edition == "student":
            continue
        if role == "starter" and edition == "instructor":
            waiting.append(element("Para", plain("Students start from:")))
        elif snippet and snippet.runs:
            yield composer.blocks(waiting)
            waiting = []
            yield snippet, role
            continue
        if snippet:
            waiting.append(element("CodeBlock", [["", ["python"], []], snippet.code]))
        else:
            waiting.append(block)
    yield composer.blocks(waiting)


def _flat(blocks: tuple[Block, ...] | list[Block]) -> Iterator[Block]:
    """Blocks with layout taken away: what divs and lists hold comes out where it holds a cell."""
    for block in blocks:
        holds_cell = any("cell" in classes_of(inner) for inner in _inner(block))
        if block["t"] == "Div" and (holds_cell or _is_layout(block)):
            yield from _flat(block["c"][1])
        elif block["t"] in ("BulletList", "OrderedList") and holds_cell:
            items = block["c"] if block["t"] == "BulletList" else block["c"][1]
            for item in items:
                yield from _flat(item)
        elif not (block["t"] == "Para" and _is_pause(block)):
            yield block


def _inner(block: Block) -> Iterator[Block]:
    return (node for node in walk(block) if node["t"] == "CodeBlock")


def _is_pause(block: Block) -> bool:
    return stringify(block) == ". . ."


def _is_layout(block: Block) -> bool:
    layout = {"columns", "column", "fragment", "incremental", "nonincremental", "r-stack"}
    return bool(layout & set(classes_of(block)))


def _seeds(composer: Composer) -> Mapping[str, int]:
    """Seeds of the snippets that drew random numbers, by their ids.

    What a student writes in a starter's place has its seed, and so has the solution.
    """
    lecture, results = composer.lecture, composer.run.results
    found = {s.id: s.id for s in lecture.snippets if results[s.id].drew}
    for exercise in lecture.exercises:
        for same in zip(*attempts(exercise).values(), strict=True):
            if any(results[snippet.id].drew for snippet in same):
                found |= {snippet.id: snippet.seed_id or snippet.id for snippet in same}
    return {id: seeding.seed_for(lecture.seed, other) for id, other in found.items()}


def _code_cells(
    composer: Composer, edition: Edition, snippet: Snippet, role: str, seeds: Mapping[str, int]
) -> Iterator[Node]:
    """A snippet's cell; before a swept one's, a loop over the settings that are printed."""
    lines = [f"# {snippet.script}"] if snippet.script else []
    seed = [f"seed({seeds[snippet.id]})"] if snippet.id in seeds else []
    frames = composer.run.frames.get(snippet.id, ())
    if frames and (source := loop(snippet, "".join(seed))):
        chosen = sweep_of(snippet).printed
        shown = [frame.result for frame in frames if frame.chosen in chosen]
        note = "# Some settings of the dial; the cell below has the lecture's own."
        outputs = [output for each in shown for output in _outputs(each)]
        yield _code("\n".join([*lines, note, source]), outputs)
    code, outputs = snippet.code.rstrip(), list(_outputs(composer.run.results[snippet.id]))
    if role == "check":
        lines.append("# Run this after the cell above: it says what is still missing.")
        code = f"with checking():\n{textwrap.indent(code, '    ')}"
        outputs.append(_stream("stdout", checking.PASSED))
    is_open = bool(role) and edition == "student"
    cell = _code("\n".join([*lines, *seed, code]), [] if is_open else outputs)
    tags = ["exercise"] if is_open else ["raises-exception"] if snippet.options.get("error") else []
    if tags:
        cell["metadata"]["tags"] = tags
    yield cell


def _is_open(cell: Node) -> bool:
    """Whether a cell is the student's to run."""
    return "exercise" in cell["metadata"].get("tags", ())


def _stream(name: str, text: str) -> Node:
    return {"output_type": "stream", "name": name, "text": text}


def _outputs(result: Result) -> Iterator[Node]:
    for output in result.outputs:
        if isinstance(output, Stream) and output.name == "error":
            *_, last = output.text.rstrip().splitlines()
            name, _, value = last.partition(": ")
            rows = output.text.splitlines()
            error = {"ename": name, "evalue": value, "traceback": rows}
            yield {"output_type": "error", **error}
        elif isinstance(output, Stream):
            yield _stream(output.name, without_ansi(output.text))
        elif isinstance(output, Display):
            data = for_notebook(output.data)
            yield {"output_type": "display_data", "metadata": {}, "data": data}
