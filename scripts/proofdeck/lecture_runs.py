"""Runs of lectures for pytest: each lecture once a session, however many processes ask for it."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from proofdeck.cache import Cache
from proofdeck.check import Checked, check
from proofdeck.config import load_config, must_be_complete
from proofdeck.errors import LectureError, ProofdeckError
from proofdeck.execute import Workers
from proofdeck.forks import prepare
from proofdeck.model import Exercise, Lecture, Snippet, Step
from proofdeck.proofs import stale_imports
from proofdeck.views import begin

Outcomes = Mapping[str, Sequence[str]]
"""By id of a step or an exercise: "ok", "failed" or "skipped", and what to say of it."""

BEFORE, AFTER = 2, 3
"""Lines of the source shown around the one that is at fault."""


@dataclass(frozen=True, slots=True)
class LectureRuns:
    """Outcomes of a session's lectures, run when they are first asked for."""

    lectures: Sequence[tuple[Path, Lecture]]
    """With the roots of their courses; a session may test several."""
    fast: bool
    processes: int
    """How many processes of pytest share this machine."""
    shared: Path | None
    """Where they leave outcomes for each other; None where there is only one."""
    known: dict[int, Outcomes] = field(default_factory=dict)
    """By position in `lectures`."""

    def outcomes(self, lecture: Lecture) -> Outcomes:
        """Outcomes of the steps and exercises of one of the lectures."""
        number = next(n for n, (_, each) in enumerate(self.lectures) if each is lecture)
        if number not in self.known:
            self.known[number] = self._shared(number) if self.shared else self._run(number)
        return self.known[number]

    def _shared(self, number: int) -> Outcomes:
        """What another process left, or what we leave for the others while they wait."""
        assert self.shared
        self.shared.mkdir(mode=0o700, exist_ok=True)
        file = self.shared / f"{number}.json"
        with file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not file.is_file():
                file.write_text(json.dumps(self._run(number)), "utf-8")
            found: Outcomes = json.loads(file.read_text("utf-8"))
            return found

    def _run(self, number: int) -> Outcomes:
        root, lecture = self.lectures[number]
        config = load_config(root)
        cache = Cache(config.cache)
        slots = threading.Semaphore(max(1, (os.cpu_count() or 1) // self.processes))
        with _environment():
            workers = Workers(config, cache, lambda *_: None, slots)
            if not self.known:
                prepare(self._stale())  # of all lectures to come, so that servers start once
            try:
                checked = check(workers, begin(workers, lecture), self.fast)
            except LectureError as failed:  # none of its frameworks is installed
                return dict.fromkeys(_ids(lecture), ("failed", str(failed)))
        found = {step.id: _outcome(root, checked, step) for step in lecture.steps}
        return found | {each.id: _proved(root, checked, each) for each in lecture.exercises}

    def _stale(self) -> Iterator[frozenset[str]]:
        """What each lecture must import to run what is not known of it."""
        for root, lecture in self.lectures:
            config = load_config(root)
            workers = Workers(config, Cache(config.cache), lambda *_: None, threading.Semaphore())
            with suppress(LectureError):
                views = begin(workers, lecture)
                views.come_to_stale()
                for run in views.runs:
                    yield run.imports.union(*stale_imports(workers, run))


def _ids(lecture: Lecture) -> list[str]:
    return [each.id for each in (*lecture.steps, *lecture.exercises)]


@contextmanager
def _environment() -> Iterator[None]:
    """Put the environment back, since tests of other things follow."""
    before = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _outcome(root: Path, checked: Checked, step: Step) -> tuple[str, str]:
    if error := checked.errors.get(step.id):
        return "failed", with_source(root, error)
    if isinstance(step, Snippet) and not step.runs:
        return "skipped", "not run: `eval: false`"
    if missing := _missing(root, checked, step):
        return missing
    if (judgement := checked.judgements.get(step.id)) and judgement.unchecked:
        return "skipped", judgement.badge
    if checked.run.results[step.id].status == "skipped":
        return "skipped", "not run: a snippet that it needs failed"
    return "ok", ""


def _proved(root: Path, checked: Checked, exercise: Exercise) -> tuple[str, str]:
    if error := checked.errors.get(exercise.id):
        return "failed", with_source(root, error)
    if missing := _missing(root, checked, exercise):
        return missing
    skipped = checked.proofs[exercise.id].status == "skipped"
    return ("skipped", "not run: a snippet that it needs failed") if skipped else ("ok", "")


def _missing(root: Path, checked: Checked, tested: Step | Exercise) -> tuple[str, str] | None:
    """The outcome of what stands in a tab whose framework is not installed."""
    for missing in checked.missing:
        if missing.framework == tested.framework:
            if must_be_complete():
                return "failed", with_source(root, missing.error)
            return "skipped", f"not run: {missing.error.message}"
    return None


def with_source(root: Path, error: ProofdeckError) -> str:
    """The error's message, and the lines of the lecture around it."""
    if not error.place:
        return str(error)
    try:
        lines = (root / error.place.path).read_text("utf-8", "replace").splitlines()
    except OSError:
        return str(error)
    last = min(error.place.line + AFTER, len(lines))
    rows = [
        f"{'>' if number == error.place.line else ' '} {number:>4} │ {lines[number - 1]}"
        for number in range(max(error.place.line - BEFORE, 1), last + 1)
    ]
    return "\n".join([str(error), "", *rows])
