"""What a build shows while it runs and when it ends: live on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from proofdeck.build import Outcome
from proofdeck.config import Config
from proofdeck.model import Snippet, Step

WIDEST = 200
"""Characters of a line in a log."""

MANY = 50
"""Lectures; with more, the table leaves out those that nothing was done for."""


class PlainProgress:
    """A line for each lecture that ends, and for each snippet that starts."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def __enter__(self) -> PlainProgress:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to put away."""

    def __call__(self, lecture: str, event: str, step: Step | None) -> None:
        """Say what started or ended."""
        if event == "running" and isinstance(step, Snippet):
            self._say(f"{lecture}: {step.id} ({step.place})")
        elif step is None and not event.startswith("claims"):
            self._say(f"{lecture}: {event}")

    def _say(self, text: str) -> None:
        self.console.out(text, highlight=False)


class LiveProgress:
    """A table that follows the build: snippets done, what is running and for how long."""

    def __init__(self, console: Console) -> None:
        self.rows: dict[str, _Row] = {}
        self.lock = threading.Lock()
        self.live = Live(
            console=console, get_renderable=self._table, refresh_per_second=8, transient=True
        )

    def __enter__(self) -> LiveProgress:
        self.live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.live.stop()

    def __call__(self, lecture: str, event: str, step: Step | None) -> None:
        """Note it for the next time the table is drawn."""
        with self.lock:
            self.rows.setdefault(lecture, _Row()).update(event, step)

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        with self.lock:
            for name, row in self.rows.items():
                table.add_row(Text(name, "bold"), row.status())
        return table


class _Row:
    """One lecture's line."""

    def __init__(self) -> None:
        self.done = 0
        self.event = ""
        self.step: Step | None = None
        self.since = time.monotonic()

    def update(self, event: str, step: Step | None) -> None:
        if event == "done" and isinstance(step, Snippet):
            self.done += 1
        self.event, self.step = event, step if event == "running" else None
        self.since = time.monotonic()

    def status(self) -> Text:
        if self.step:
            seconds = time.monotonic() - self.since
            return Text(f"{self.done} done · {self.step.id} running for {seconds:.0f} s")
        return Text(self.event if self.event != "done" else f"{self.done} done")


def make_console() -> Console:
    """Standard error; without a terminal, no line is folded to fit into one."""
    console = Console(stderr=True)
    return console if console.is_terminal else Console(stderr=True, width=WIDEST)


def make_progress(console: Console) -> LiveProgress | PlainProgress:
    """Live where there is a terminal."""
    return LiveProgress(console) if console.is_terminal else PlainProgress(console)


def show_outcome(console: Console, config: Config, outcome: Outcome, documents: bool) -> None:
    """Errors and warnings, and a table of the lectures."""
    for lecture in outcome.lectures:
        for warning in lecture.warnings:
            console.print(Text(warning, "yellow"), soft_wrap=True)
    for lecture in outcome.lectures:
        for error in lecture.errors:
            console.print(Text(error, "red"), soft_wrap=True)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("lecture")
    for name in ("slides", "snippets", "claims", "exercises", "seconds", "warnings"):
        table.add_column(name, justify="right")
    table.add_column("where to look", overflow="fold")
    few = len(outcome.lectures) <= MANY
    listed = [each for each in outcome.lectures if few or each.seconds or each.failed]
    for lecture in listed:
        page = config.site.relative_to(config.root) / lecture.name / "index.html"
        where = "failed: see above" if lecture.failed else str(page) if documents else "checked"
        cells: list[object] = [lecture.slides, len(lecture.snippets), len(lecture.claims)]
        cells += [len(lecture.exercises), f"{lecture.seconds:.1f}", len(lecture.warnings)]
        table.add_row(lecture.name, *map(str, cells), Text(where, "red" if lecture.failed else ""))
    if listed:
        console.print(table)
    if count := len(outcome.lectures) - len(listed):
        console.print(f"{count} lectures are up to date", highlight=False)
    console.print(f"{outcome.seconds:.1f} s · build/report.html", highlight=False)
