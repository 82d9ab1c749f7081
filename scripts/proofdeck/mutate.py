"""`proofdeck mutate`: do the claims notice when the lectures' code means something else?"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from threading import Semaphore
from typing import Any

from proofdeck import frameworks
from proofdeck.cache import Cache
from proofdeck.compare import compare
from proofdeck.config import Config
from proofdeck.errors import LectureError, Place, ProofdeckError
from proofdeck.execute import Workers
from proofdeck.forks import prepare
from proofdeck.model import Lecture
from proofdeck.mutants import Mutant, mutants_of
from proofdeck.names import all_imports
from proofdeck.parse import parse
from proofdeck.remote import AT_A_TIME, Cluster
from proofdeck.supervise import Progress, end_all
from proofdeck.trial import Outcome, Trial
from proofdeck.views import Views, begin

KILLED = ("claim", "exception")
ORDER = (*KILLED, "survived", "untried", "unreached")


@dataclass(frozen=True, slots=True)
class Mutated:
    """A lecture's mutants and what became of them."""

    lecture: Lecture
    outcomes: tuple[Outcome, ...]

    def count(self, kind: str) -> int:
        """How many ended so."""
        return sum(outcome.kind == kind for outcome in self.outcomes)

    @property
    def rate(self) -> float | None:
        """Share of mutants killed by a claim, of those that raise nothing; None without any."""
        killed, survived = self.count("claim"), self.count("survived")
        return killed / (killed + survived) if killed + survived else None


def mutate_all(
    config: Config,
    paths: Sequence[str],
    minutes: float,
    jobs: int,
    scheduler: str,
    progress: Progress,
) -> list[Mutated]:
    """Try the mutants of the lectures at `paths`, one lecture after the other, in so many minutes.

    `jobs` processes run at a time, 0 for one a core; with a `scheduler` they run on its cluster.
    Each lecture gets its share of the time.
    Raises ProofdeckError for a lecture that fails as it is.
    """
    jobs = jobs or os.cpu_count() or 1
    workers = Workers(config, Cache(config.cache), progress, Semaphore(jobs))
    deadline = time.monotonic() + 60 * minutes
    try:
        lectures = [parse(config, path) for path in paths]
    except LectureError as failed:
        raise failed.errors[0] from None
    folders = [config.root / folder for folder in config.local_path]
    runs_to_come = [view for lecture in lectures for view in frameworks.views(lecture)]
    prepare(all_imports([s.code for s in view.snippets], folders) for view in runs_to_come)
    runs = [_own_runs(workers, lecture) for lecture in lectures]
    found = []
    with closing(Cluster(scheduler, config)) if scheduler else nullcontext() as cluster:
        if cluster:
            workers, jobs = replace(workers, far=cluster.run), AT_A_TIME
        for number, views in enumerate(runs):
            now = time.monotonic()
            until = now + (deadline - now) / (len(lectures) - number)
            compared = compare(workers, views, fast=True).results
            trials = [Trial(workers, own, until, views, compared) for own in views.runs]
            found.append(_mutate(views.lecture, trials, jobs))
    return found


def _own_runs(workers: Workers, lecture: Lecture) -> Views:
    views = begin(workers, lecture)
    views.go()
    if any(result.failure for run in views.runs for result in run.results.values()):
        raise ProofdeckError(f"{lecture.path} fails as it is", "Run `proofdeck check` first.")
    return views


Case = tuple[tuple[Trial, Mutant], ...]
"""One change, and the frameworks' runs that it changes: mostly one."""


def _cases(trials: Sequence[Trial]) -> list[Case]:
    found: dict[tuple[Place, str], list[tuple[Trial, Mutant]]] = {}
    for trial in trials:
        for mutant in mutants_of(trial.workers.config, trial.lecture):
            found.setdefault((mutant.place, mutant.description), []).append((trial, mutant))
    return [tuple(case) for case in found.values()]


def _first(case: Case) -> list[Outcome]:
    """What each run says of a change, until one kills it."""
    outcomes: list[Outcome] = []
    for trial, mutant in case:
        outcomes.append(trial.first(mutant))
        if outcomes[-1].kind in KILLED:
            break
    return outcomes


def _confirm(case: Case, outcomes: Sequence[Outcome]) -> Outcome:
    """What all runs say, under all seeds."""
    pairs = zip((trial for trial, _ in case), outcomes, strict=False)
    return _worst([trial.confirm(outcome) for trial, outcome in pairs])


def _worst(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome that counts: one that kills, else one that survives."""
    worst = min(outcomes, key=lambda outcome: ORDER.index(outcome.kind))
    sure = worst.kind in KILLED or all(outcome.sure for outcome in outcomes)
    return replace(worst, sure=worst.sure and sure)


def _mutate(lecture: Lecture, trials: Sequence[Trial], jobs: int) -> Mutated:
    """Try all mutants of a lecture once, as it runs, and then what is open under further seeds."""
    cases, trial = _cases(trials), trials[0]

    def told(outcome: Any, number: int, what: str) -> Any:
        if number % 10 == 0 and not trial.late():
            text = f"{number} of {len(cases)} mutants {what}"
            trial.workers.progress(lecture.name, text, None)
        return outcome

    with ThreadPoolExecutor(jobs) as pool:
        try:
            tried = pool.map(_first, cases)
            first = [told(outcomes, n, "tried") for n, outcomes in enumerate(tried, 1)]
            # Where a claim failed once, two more runs mostly settle it: before the survivors.
            order = sorted(range(len(first)), key=lambda n: _worst(first[n]).kind == "survived")
            confirmed = pool.map(lambda n: _confirm(cases[n], first[n]), order)
            last = [told(outcome, n, "settled") for n, outcome in enumerate(confirmed, 1)]
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            end_all()
            raise
    by_number = dict(zip(order, last, strict=True))
    return Mutated(lecture, tuple(by_number[n] for n in range(len(cases))))
