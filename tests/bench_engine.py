"""`make bench`, second part: a small deck, the whole course and many lectures."""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import Bench, Measured, copied_course, in_turns, medians, timed, write_rivals

TICKS = "`" * 3
CONFIG = '[tool.proofdeck]\ncourse = "Bench"\n'
IMPORTS = "import matplotlib.pyplot as plt\nimport numpy as np"
PLOT = "x = np.linspace(0, {n}, 200)\nplt.plot(x, np.sin(x))\nplt.title('{n}');"
TRAINING = """import time
started, weight = time.perf_counter(), 0.0
while time.perf_counter() - started < 30:
    weight += 0.001 * (1 - weight)
history = [round(weight, 3)] * 10"""


def slide(number: int, code: str, prose: str = "Prose.") -> str:
    return f"## Slide {number}\n\n{prose}\n\n{TICKS}{{python}}\n{code}\n{TICKS}\n"


def deck(codes: list[str], prose: str = "Prose.") -> str:
    return "\n".join(slide(n, code, prose) for n, code in enumerate(codes))


def plots(last: str = "") -> list[str]:
    """Fifteen slides, one NumPy and Matplotlib snippet each."""
    codes = [PLOT.format(n=n) for n in range(1, 16)]
    return [f"{IMPORTS}\n{codes[0]}", *codes[1:-1], codes[-1] + last]


def course(root: Path, **lectures: str) -> Bench:
    (root / "slides").mkdir(parents=True)
    (root / "pyproject.toml").write_text(CONFIG)
    for name, text in lectures.items():
        (root / "slides" / f"{name}.md").write_text(text)
    return Bench(root, "")


def edits(bench: Bench, texts: Callable[[int], str], runs: int, *options: str) -> Measured:
    """Builds after the one lecture became another text; the first is not counted."""
    measured = []
    for number in range(runs + 1):
        (bench.root / "slides" / "x.md").write_text(texts(number))
        measured.append(timed(lambda: bench.build(*options)))
    return medians(measured[1:])


def small_deck(folder: Path, runs: int, table: Table) -> None:
    bench = course(folder / "small", x=deck(plots()))
    # A script that shows as much as the deck does: each plot becomes a picture.
    saved = [f"{code}\nplt.savefig('{n}.svg'); plt.close()" for n, code in enumerate(plots())]
    (bench.root / "snippets.py").write_text("\n".join(saved))
    bench.build()
    plain, cold = in_turns(runs, bench.plain_python, bench.cold_build)
    (nothing,) = in_turns(runs, bench.build)
    snippet = edits(bench, lambda n: deck(plots(f"\nplt.xlabel('{n}');")), runs)
    quick = edits(bench, lambda n: deck(plots(), f"Prose {n}."), runs, "--to", "deck")
    whole = edits(bench, lambda n: deck(plots(), f"Prose {n + 100}."), runs)
    add(table, "15 plots in plain python, each saved", plain)
    add(table, "… built from nothing", cold, f"{cold.wall / plain.wall:.2f} of plain", "≤ 1.4")
    add(table, "… nothing changed", nothing, "", "≤ 0.3 s")
    add(table, "… one snippet edited", snippet, "", "≤ 1.0 s")
    add(table, "… prose edited, deck", quick, "", "≤ 0.5 s")
    add(table, "… prose edited, all", whole, "", "≤ 1.2 s")


def after_training(folder: Path, runs: int, table: Table) -> None:
    def text(number: int) -> str:
        return deck([TRAINING, f"{IMPORTS}\nplt.plot(history)\nplt.xlabel('{number}');"])

    bench = course(folder / "training", x=text(0))
    (bench.root / "snippets.py").write_text(IMPORTS)
    plain = medians([timed(bench.plain_python) for _ in range(runs)])
    edited = edits(bench, text, runs)
    beyond = f"{edited.wall - plain.wall:.2f} s beyond importing"
    add(table, "last plot after 30 s of training", edited, beyond, "≤ 1.5 s")


def whole_course(folder: Path, table: Table) -> None:
    """All lectures once from nothing; the others get one after another what a build may share."""
    bench = Bench(copied_course(folder / "course", "").root, "")
    bench.build()
    for source in sorted((bench.root / "slides").glob("*.md")):
        write_rivals(bench, source.stem)
    plain, jupyter, cold = in_turns(1, bench.plain_python, bench.nbconvert, bench.cold_build)
    add(table, "all lectures, a plain python script each", plain)
    add(table, "… nbconvert --execute of their notebooks", jupyter)
    ratio = cold.wall / plain.wall
    add(table, "… built from nothing, --fast", cold, f"{ratio:.2f} of plain", "≤ 0.7")
    add(table, "", cold, f"{cold.wall / jupyter.wall:.2f} of nbconvert", "≤ 0.65")


def many(folder: Path, counts: list[int], runs: int, table: Table) -> None:
    for count in counts:
        text = deck([f"print({n})" for n in range(15)])
        bench = course(folder / f"many{count}", **{f"{n:04}": text for n in range(count)})
        bench.build("--to", "deck")
        (nothing,) = in_turns(runs, lambda bench=bench: bench.build("--to", "deck"))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        target = "≤ 2 s; 300 MiB" if count == 1000 else ""
        add(table, f"{count} lectures, nothing changed", nothing, f"{peak:.0f} MiB", target)


def add(table: Table, what: str, of: Measured, note: str = "", target: str = "") -> None:
    table.add_row(what, f"{of.wall:.2f}", note, target)


def main() -> None:
    """Measure, and print a table with what the project promises beside."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--lectures", type=int, nargs="*", default=[10, 100, 1000])
    chosen = arguments.parse_args()
    table = Table(title="The engine")
    for name in ("what", "seconds", "", "target"):
        table.add_column(name)
    with tempfile.TemporaryDirectory(prefix="proofdeck-bench-") as folder:
        # First, since the peak of memory is that of all processes until then.
        many(Path(folder), chosen.lectures, chosen.runs, table)
        small_deck(Path(folder), chosen.runs, table)
        after_training(Path(folder), chosen.runs, table)
        whole_course(Path(folder), table)
    Console(width=100).print(table)


if __name__ == "__main__":
    sys.exit(main())
