"""A Jupyter notebook is a lecture like any other, with the lines of its own file in messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from helpers import fence, make_course, proofdeck, slide
from proofdeck.config import load_config
from proofdeck.errors import LectureError
from proofdeck.parse import parse

FRONT = "---\ntitle: Squares\nseed: 3\n---"
CODE = "#| label: squares\nx = [n**2 for n in range(4)]\nprint('“x”', x)\nx[-1]"
CELLS = [
    new_raw_cell(FRONT),
    new_markdown_cell("## One {#one}"),
    new_code_cell(CODE, outputs=[new_output("stream", text="from long ago\n")]),
    new_code_cell(""),
    new_markdown_cell('The last: `{python} x[-1]`.\n\n::: {.claim check="x[-1] == 9"}\nNine.\n:::'),
]


def write(root: Path, cells: list[Any], **metadata: Any) -> str:
    notebook = new_notebook(cells=cells, metadata=metadata)
    text: str = nbformat.writes(notebook)
    make_course(root, **{"slides/x.ipynb": text})
    return text


def test_a_notebook_is_the_lecture_that_it_would_be_in_markdown(tmp_path: Path) -> None:
    write(tmp_path / "notebook", CELLS)
    claim = '::: {.claim check="x[-1] == 9"}\nNine.\n:::'
    shown = slide(fence(CODE), "The last: `{python} x[-1]`.", claim)
    make_course(tmp_path / "text", f"{FRONT}\n\n{shown}")
    pages = []
    for name in ("notebook", "text"):
        done = proofdeck(tmp_path / name, "build", "--to", "deck")
        assert done.returncode == 0, done.stdout + done.stderr
        pages.append((tmp_path / name / "build/site/x/index.html").read_text())
    assert pages[0] == pages[1]
    assert "from long ago" not in pages[0]


def test_a_mistake_is_told_with_the_line_of_the_file(tmp_path: Path) -> None:
    cells = [*CELLS[:2], new_code_cell("y = 1\ny = 1\n1 / 0")]
    text = write(tmp_path, cells)
    (line,) = (n for n, row in enumerate(text.splitlines(), 1) if '"1 / 0"' in row)
    done = proofdeck(tmp_path, "check")
    assert done.returncode == 1
    assert f"slides/x.ipynb:{line}: ZeroDivisionError" in done.stderr


def error(root: Path) -> str:
    with pytest.raises(LectureError) as raised:
        parse(load_config(root), "slides/x.ipynb")
    return str(raised.value)


def test_what_is_no_python_notebook_is_told(tmp_path: Path) -> None:
    write(tmp_path, CELLS, kernelspec={"name": "ir", "display_name": "R", "language": "R"})
    assert "slides/x.ipynb:1: the notebook's language is 'R'" in error(tmp_path)
    make_course(tmp_path, **{"slides/x.ipynb": '{\n"cells": ['})
    assert "slides/x.ipynb:2: the notebook is not JSON" in error(tmp_path)
    make_course(tmp_path, **{"slides/x.ipynb": "[]"})
    assert "slides/x.ipynb:1: this is no notebook of format 4" in error(tmp_path)


def test_an_image_in_a_cell_is_told_with_its_line(tmp_path: Path) -> None:
    image = {"dot.png": {"image/png": "AAAA"}}
    text = write(tmp_path, [new_markdown_cell("![A dot](attachment:dot.png)", attachments=image)])
    (line,) = (n for n, row in enumerate(text.splitlines(), 1) if "![A dot]" in row)
    assert f"slides/x.ipynb:{line}: an image is stored in the cell" in error(tmp_path)
