"""`make bench`: what a build costs beyond its snippets, measured in one go on this machine.

Works on a copy of the course. Each figure is the median of several runs, taken in turns so that a
machine that is busy for a while is busy for all of them. CPU seconds (user and system) are printed
beside, for machines that others use too; not of whole builds, whose snippets the forkserver runs.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from proofdeck.config import load_config
from proofdeck.jobs import THREAD_VARIABLES
from proofdeck.parse import parse

ROOT = Path(__file__).resolve().parents[1]
PROSE = "\n\n## A slide of prose {#bench-prose}\n\nEdited for the "
LOADED = (".css", ".js", ".woff2")
"""Beside its page and its figures, what a deck may load."""


@dataclass(frozen=True)
class Measured:
    """One thing that was timed: medians, in seconds."""

    wall: float
    cpu: float


def timed(action: Callable[[], object]) -> Measured:
    """Seconds that `action` took, its child processes' included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    action()
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Measured(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def medians(runs: list[Measured]) -> Measured:
    """The median of each figure."""
    return Measured(
        statistics.median(run.wall for run in runs), statistics.median(run.cpu for run in runs)
    )


@dataclass(frozen=True)
class Bench:
    """A copy of the course, and the lecture that is measured."""

    root: Path
    lecture: str

    @property
    def source(self) -> Path:
        return next((self.root / "slides").glob(f"{self.lecture}.*"))

    @property
    def site(self) -> Path:
        return self.root / "build" / "site"

    def run(self, *command: str, **environment: str) -> None:
        """Run a command in the course's folder; say what it said where it fails."""
        done = subprocess.run(
            command,
            cwd=self.root,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")

    def build(self, *options: str) -> None:
        """As `make slides LECTURE=…` does, claims checked in the run that is shown."""
        lecture = [self.lecture] if self.lecture else []
        self.run(sys.executable, "-m", "proofdeck", "build", "--fast", *options, *lecture)

    def cold_build(self) -> None:
        """From nothing."""
        shutil.rmtree(self.root / "build", ignore_errors=True)
        self.build()

    def plain_python(self) -> None:
        """All snippets top to bottom in one process with one thread, as a build runs them."""
        one_thread = dict.fromkeys(THREAD_VARIABLES, "1")
        figures = str(self.root / "figures")
        for script in sorted(self.root.glob("*.py")):
            self.run(
                sys.executable, script.name, MPLBACKEND="Agg", PYTHONPATH=figures, **one_thread
            )

    def nbconvert(self) -> None:
        """What Jupyter makes of the exported notebooks: slides, their code run."""
        options = "--to slides --execute --output-dir nbconvert".split()
        for notebook in sorted(self.root.glob("*.ipynb")):
            self.run(sys.executable, "-m", "jupyter", "nbconvert", *options, notebook.name)

    def edit_prose(self) -> None:
        """Change a sentence, as an author does who needs no new numbers."""
        text, _, edit = self.source.read_text("utf-8").partition(PROSE)
        number = int(edit.split()[0]) + 1 if edit else 1
        self.source.write_text(f"{text}{PROSE}{number} th time.\n", "utf-8")

    def weight(self) -> int:
        """Bytes of the deck's page and of all styles, scripts and fonts of the site."""
        shared = [file for file in (self.site / "assets").rglob("*") if file.suffix in LOADED]
        page = self.site / self.lecture / "index.html"
        return sum(file.stat().st_size for file in [page, *shared])


def write_rivals(bench: Bench, lecture: str) -> None:
    """A built lecture's snippets as one Python file, and its notebooks, beside each other."""
    for notebook in (bench.site / lecture).glob("*instructor*.ipynb"):
        shutil.copy(notebook, bench.root)
    path = next((bench.root / "slides").glob(f"{lecture}.*")).relative_to(bench.root).as_posix()
    lines = []
    for snippet in parse(load_config(bench.root), path).snippets:
        if snippet.options.get("error"):
            code = f"try:\n    exec({snippet.code!r})\nexcept Exception as error:\n    print(error)"
            lines.append(code)
        elif snippet.runs:
            lines.append(snippet.code)
    (bench.root / f"{lecture}.py").write_text("\n\n".join(lines) + "\n", "utf-8")


def copied_course(folder: Path, lecture: str) -> Bench:
    """A copy of the course in `folder`."""
    for name in ("slides", "figures"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "pyproject.toml", folder)
    found = sorted(file.stem for file in (folder / "slides").glob(f"{lecture}*.md"))
    if not found:
        sys.exit(f"no lecture is called {lecture!r}")
    return Bench(folder, found[0])


def in_turns(runs: int, *actions: Callable[[], None]) -> list[Measured]:
    """Medians of `runs` rounds of all actions."""
    rounds = [[timed(action) for action in actions] for _ in range(runs)]
    return [medians(list(column)) for column in zip(*rounds, strict=True)]


def after_an_edit(bench: Bench, runs: int, *options: str) -> Measured:
    """A build after a sentence changed; the first, which is not counted, brings all up to date."""
    bench.build(*options)
    measured = []
    for _ in range(runs):
        bench.edit_prose()
        measured.append(timed(lambda: bench.build(*options)))
    return medians(measured)


def main() -> None:
    """Measure, and print a table with what the project promises beside."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("lecture", nargs="?", default="05")
    arguments.add_argument("--runs", type=int, default=3, help="of what runs the snippets")
    arguments.add_argument("--edits", type=int, default=7, help="of what does not")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="proofdeck-bench-") as folder:
        bench = copied_course(Path(folder), chosen.lecture)
        bench.build()  # once, unmeasured: files of the packages are in memory for all that follow
        write_rivals(bench, bench.lecture)
        plain, jupyter, cold = in_turns(
            chosen.runs, bench.plain_python, bench.nbconvert, bench.cold_build
        )
        (nothing,) = in_turns(chosen.edits, bench.build)
        deck = after_an_edit(bench, chosen.edits, "--to", "deck")
        everything = after_an_edit(bench, chosen.edits)
        weight = bench.weight()
    show(bench.lecture, plain, jupyter, cold, nothing, deck, everything, weight)


def show(
    lecture: str,
    plain: Measured,
    jupyter: Measured,
    cold: Measured,
    nothing: Measured,
    deck: Measured,
    everything: Measured,
    weight: int,
) -> None:
    """The table, and the same figures as JSON in build/bench.json."""
    table = Table(title=f"{lecture}, {os.cpu_count()} cores")
    for name in ("what", "seconds", "CPU s", "of plain python", "of nbconvert", "target"):
        table.add_column(name, justify="left" if name == "what" else "right")

    def row(name: str, of: Measured, target: str = "", cpu: bool = True) -> None:
        ratios = (f"{of.wall / base.wall:.2f}" for base in (plain, jupyter))
        table.add_row(name, f"{of.wall:.2f}", f"{of.cpu:.2f}" if cpu else "", *ratios, target)

    row("(a) all snippets in one plain python", plain)
    row("(b) nbconvert --execute --to slides", jupyter)
    row("whole build, nothing cached", cold, cpu=False)
    row("… beyond (a)", Measured(cold.wall - plain.wall, 0), "≤ 3 s", cpu=False)
    row("nothing changed", nothing, "≤ 0.5 s")
    row("one prose edit, deck only", deck, "≤ 0.7 s")
    row("one prose edit, everything with the PDF", everything, "≤ 1.5 s")
    table.add_row("weight of the deck", f"{weight / 1e6:.2f} MB", "", "", "", "≤ 1.5 MB")
    Console(width=110).print(table)
    figures = {
        "lecture": lecture,
        "plain": plain.wall,
        "nbconvert": jupyter.wall,
        "build": cold.wall,
        "nothing": nothing.wall,
        "edit_deck": deck.wall,
        "edit_all": everything.wall,
        "weight": weight,
    }
    path = ROOT / "build" / "bench.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
