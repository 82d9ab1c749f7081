"""What `proofdeck mutate` found: a table and the survivors' lines, and `build/mutations.json`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from proofdeck.cache import write_atomically
from proofdeck.config import Config
from proofdeck.mutate import Mutated

FORMAT = 1
KINDS = ("claim", "exception", "survived", "unreached", "untried")


def show_mutations(console: Console, found: Sequence[Mutated]) -> None:
    """Survivors by line, then one row for each lecture."""
    for mutated in found:
        survivors = [outcome for outcome in mutated.outcomes if outcome.kind == "survived"]
        for outcome in sorted(survivors, key=lambda o: (o.mutant.place, o.mutant.description)):
            console.print(Text(str(outcome.mutant)), soft_wrap=True)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("lecture")
    for name in (
        "mutants",
        "by claim",
        "by exception",
        "surviving",
        "never run",
        "not tried",
        "killed",
    ):
        table.add_column(name, justify="right")
    for mutated in found:
        rate = "-" if mutated.rate is None else f"{mutated.rate:.0%}"
        cells = [len(mutated.outcomes), *(mutated.count(kind) for kind in KINDS)]
        table.add_row(mutated.lecture.name, *map(str, cells), rate)
    console.print(table)
    unsure = sum(not outcome.sure for mutated in found for outcome in mutated.outcomes)
    if unsure:
        text = f"{unsure} are not settled under all seeds; more --minutes settle them."
        console.print(text, highlight=False)
    console.print("killed: by a claim, of those that raise nothing · build/mutations.json")


def write_mutations(config: Config, found: Sequence[Mutated]) -> None:
    """Write `build/mutations.json`."""
    report = {"format": FORMAT, "lectures": [_lecture(mutated) for mutated in found]}
    text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    write_atomically(config.build / "mutations.json", text.encode())


def _lecture(mutated: Mutated) -> dict[str, Any]:
    return {
        "name": mutated.lecture.name,
        "source": mutated.lecture.path,
        **{kind: mutated.count(kind) for kind in KINDS},
        "rate": None if mutated.rate is None else round(mutated.rate, 4),
        "mutants": [
            {
                "path": outcome.mutant.place.path,
                "line": outcome.mutant.place.line,
                "description": outcome.mutant.description,
                "outcome": outcome.kind,
                "by": outcome.by,
                "sure": outcome.sure,
            }
            for outcome in sorted(mutated.outcomes, key=lambda o: o.mutant.place)
        ],
    }
