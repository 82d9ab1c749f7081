"""A lecture that is a Jupyter notebook, as the Markdown that it would be.

Outputs in it count for nothing: its code runs as every lecture's does. Lines keep the numbers that
they have in the file, where each stands on a line of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from proofdeck.errors import Place, ProofdeckError

Line = tuple[str, Place]


def markdown_of(path: str, text: str) -> list[Line]:
    """The lines of the notebook `text`, each with its place.

    A raw cell is kept where it is the front matter; Markdown cells are as they are, and code cells
    fences that run. Raises ProofdeckError where it is not a notebook, one in another language, or
    one that holds images itself.
    """
    cells = _cells(path, text)
    rows = text.splitlines()
    made: list[Line] = []
    at = 0
    for number, cell in enumerate(cells):
        lines = "".join(cell.get("source", "")).splitlines()
        kind = cell.get("cell_type")
        if not any(line.strip() for line in lines) or (kind == "raw" and number):
            continue
        numbered: list[Line] = []
        for line in lines:
            at = _find(rows, at, line) if line else at
            numbered.append((line, Place(path, at + 1)))
        if cell.get("attachments"):
            hint = "Save it beside the notebook: `![](image.png)`."
            raise ProofdeckError("an image is stored in the cell", hint, numbered[0][1])
        made += _fence(numbered) if kind == "code" else numbered
        made.append(("", numbered[-1][1]))
    return made


def _cells(path: str, text: str) -> list[Any]:
    try:
        notebook = json.loads(text)
    except json.JSONDecodeError as error:
        place = Place(path, error.lineno)
        raise ProofdeckError(
            f"the notebook is not JSON: {error.msg}", "Save it anew in Jupyter.", place
        ) from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise ProofdeckError(
            "this is no notebook of format 4", "Open and save it in Jupyter.", Place(path, 1)
        )
    kernel = notebook.get("metadata", {}).get("kernelspec", {})
    if (language := kernel.get("language", "python")) != "python":
        raise ProofdeckError(
            f"the notebook's language is {language!r}", "Only Python runs here.", Place(path, 1)
        )
    return cells


def _find(rows: list[str], start: int, line: str) -> int:
    """Index of the next row that holds a line as JSON; `start` where none does."""
    lines = (line, f"{line}\n")
    forms = {json.dumps(each, ensure_ascii=ascii) for each in lines for ascii in (True, False)}
    found = (n for n in range(start + 1, len(rows)) if rows[n].strip(" \t,") in forms)
    return next(found, start)


def _fence(lines: list[Line]) -> Iterator[Line]:
    ticks = "`" * 3
    while any(ticks in line for line, _ in lines):
        ticks += "`"
    first = lines[0][1]
    yield f"{ticks}{{python}}", Place(first.path, first.line - 1)
    yield from lines
    yield ticks, lines[-1][1]
