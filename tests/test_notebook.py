"""The notebook, run again where proofdeck is not installed, says what the deck says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup

from proofdeck.config import load_config
from proofdeck.frameworks import views
from proofdeck.notebook import notebook_name
from proofdeck.parse import parse
from sites import EVERY, LECTURES, SMALL

BLOCKER = '''
"""Loaded by Python at its start: proofdeck cannot be imported, as on a reader's machine."""
import sys


class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "proofdeck":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Blocker())
'''
KEPT = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SCIKIT_LEARN_DATA")
"""Of the environment; nothing that a build or these tests set."""

EXECUTED = [SMALL, *[name for name in LECTURES if name.startswith("05")]]


@dataclass(frozen=True)
class Elsewhere:
    """A reader's machine: an empty folder, and no proofdeck."""

    folder: Path
    environment: dict[str, str]

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python there."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def elsewhere(tmp_path: Path) -> Elsewhere:
    """Somebody's home with nothing in it."""
    blocker = tmp_path / "blocker"
    blocker.mkdir()
    (blocker / "sitecustomize.py").write_text(BLOCKER, "utf-8")
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return Elsewhere(home, {**kept, "HOME": str(home), "PYTHONPATH": str(blocker)})


def read(file: Path) -> Any:
    """A notebook in version 4."""
    return nbformat.read(file, as_version=4)


def names(root: Path, lecture: str, edition: str) -> list[str]:
    """File names of a lecture's notebooks: one, or one for each framework."""
    parsed = parse(load_config(root), f"slides/{lecture}.md")
    return [notebook_name(view, edition) for view in views(parsed)]  # type: ignore[arg-type]


def code_cells(notebook: Any) -> list[Any]:
    """The cells that run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def streams(cell: Any) -> list[tuple[str, str]]:
    """Names and texts of what a cell wrote; Jupyter may cut one stream into several outputs."""
    joined: list[tuple[str, str]] = []
    for output in cell.outputs:
        if output.output_type != "stream":
            continue
        if joined and joined[-1][0] == output.name:
            joined[-1] = (output.name, joined[-1][1] + output.text)
        else:
            joined.append((output.name, output.text))
    return joined


def values(cell: Any) -> list[str]:
    """What a cell displays, as plain text (figures by their size), and errors it ends with."""
    shown = [output.data["text/plain"] for output in cell.outputs if "data" in output]
    return shown + [f"{o.ename}: {o.evalue}" for o in cell.outputs if o.output_type == "error"]


def terminal(text: str) -> str:
    """Text as a terminal shows it: the last of what carriage returns wrote over, no colours."""
    from proofdeck.outputs import without_ansi

    return without_ansi(text)


def deck_outputs(deck: BeautifulSoup, snippet: str) -> list[str]:
    """Text outputs of a snippet as a slide shows them."""
    shown = deck.select(f'[id="cell-{snippet}"] .output:not(.error) pre')
    errors = deck.select(f'[id="cell-{snippet}"] .output.error pre')
    last = [pre.get_text().rstrip().splitlines()[-1] for pre in errors]  # below the traceback
    return [pre.get_text() for pre in shown] + last


@pytest.mark.parametrize("lecture", EXECUTED)
def test_it_runs_without_proofdeck_and_prints_what_the_deck_shows(
    lecture: str,
    folder_of: Callable[[str], Path],
    root_of: Callable[[str], Path],
    elsewhere: Elsewhere,
) -> None:
    assert "No module named 'proofdeck'" in elsewhere.python("-c", "import proofdeck").stderr
    for name in names(root_of(lecture), lecture, "instructor"):
        # A copy: a kernel works in its notebook's folder, and the first cells write files there.
        run_again(Path(shutil.copy(folder_of(lecture) / name, elsewhere.folder)), elsewhere)


def run_again(published: Path, elsewhere: Elsewhere) -> None:
    command = f"-m nbconvert --to notebook --execute --output again {published}"
    done = elsewhere.python(*command.split())
    assert done.returncode == 0, done.stderr
    first, again = (code_cells(read(f)) for f in (published, elsewhere.folder / "again.ipynb"))
    assert len(first) == len(again)
    # Under the first cell, the set-up, TensorFlow says what hardware it has found.
    for before, after in zip(first[1:], again[1:], strict=True):
        if after.source.startswith("%%writefile"):
            continue  # Jupyter says that it wrote the file
        written = [(name, terminal(text)) for name, text in streams(after)]
        assert written == streams(before), before.source
        assert values(after) == values(before), before.source


@pytest.mark.parametrize("lecture", EVERY)
def test_its_outputs_are_those_of_the_deck(
    lecture: str, folder_of: Callable[[str], Path], root_of: Callable[[str], Path]
) -> None:
    """Every text that a slide shows as an output is in the notebook's cell of the same snippet."""
    folder = folder_of(lecture)
    deck = BeautifulSoup((folder / "index.html").read_text("utf-8"), "html.parser")
    parsed = parse(load_config(root_of(lecture)), f"slides/{lecture}.md")
    compared = 0
    for number, view in enumerate(views(parsed)):
        cells = code_cells(read(folder / notebook_name(view, "instructor")))
        for snippet in [snippet for snippet in view.snippets if snippet.runs]:
            # Cells stand in the lecture's order; those of exercises are between them.
            while not (cell := cells.pop(0)).source.endswith(snippet.code.rstrip()):
                assert cells, snippet.id
            if number and not snippet.framework:
                continue  # the deck has it from the first framework
            kept = [text for _, text in streams(cell)] + values(cell)
            for shown in deck_outputs(deck, snippet.id):
                assert shown.strip("\n") in [text.strip("\n") for text in kept]
                compared += 1
    assert compared == 5 or lecture != SMALL  # some lectures show figures and claims only


@pytest.mark.parametrize("lecture", EVERY)
@pytest.mark.parametrize("edition", ["student", "instructor"])
def test_it_is_valid_and_executed(
    lecture: str, edition: str, folder_of: Callable[[str], Path], root_of: Callable[[str], Path]
) -> None:
    for name in names(root_of(lecture), lecture, edition):
        notebook = read(folder_of(lecture) / name)
        nbformat.validate(notebook)
        cells = [c for c in code_cells(notebook) if "exercise" not in c.metadata.get("tags", [])]
        assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
        assert any(cell.outputs for cell in cells)


@pytest.mark.parametrize("lecture", EVERY)
def test_a_link_opens_it_in_colab(
    lecture: str, folder_of: Callable[[str], Path], root_of: Callable[[str], Path]
) -> None:
    repository = load_config(root_of(lecture)).repository
    for name in names(root_of(lecture), lecture, "student"):
        first = read(folder_of(lecture) / name).cells[0]
        colab = "https://colab.research.google.com/github"
        address = f"{colab}/{repository}/blob/gh-pages/{lecture}/{name}"
        assert f"]({address})" in first.source


def test_numbers_in_prose_are_written_out(folder_of: Callable[[str], Path]) -> None:
    text = (folder_of(SMALL) / f"{SMALL}-student.ipynb").read_text("utf-8")
    assert "The total is 6, and 1.5 a quarter of it." in text
    assert "{python}" not in text
    assert "Speak slowly" not in text


def test_it_carries_local_modules_and_pictures(folder_of: Callable[[str], Path]) -> None:
    cells = read(folder_of(SMALL) / f"{SMALL}-student.ipynb").cells
    assert any(cell.source.startswith("%%writefile figures/tools.py\n") for cell in cells)
    (picture,) = [cell for cell in cells if "A picture beside the lecture" in cell.source]
    assert [list(kind) for kind in picture.attachments.values()] == [["image/png"]]


def test_a_cell_is_seeded_only_where_it_drew(folder_of: Callable[[str], Path]) -> None:
    cells = code_cells(read(folder_of(SMALL) / f"{SMALL}-student.ipynb"))
    seeded = [cell.source for cell in cells if cell.source.startswith("seed(")]
    assert len(seeded) == 1
    assert "random.random()" in seeded[0]


def test_its_text_is_the_same_on_every_machine(folder_of: Callable[[str], Path]) -> None:
    text = (folder_of(SMALL) / f"{SMALL}-student.ipynb").read_text("utf-8")
    assert str(folder_of(SMALL)) not in text
    assert text == json.dumps(json.loads(text), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
