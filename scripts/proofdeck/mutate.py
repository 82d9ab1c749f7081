"""`proofdeck mutate`: do the claims notice when the lectures' code means something else?"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from threading import Semaphore

from proofdeck.cache import Cache
from proofdeck.config import Config
from proofdeck.errors import LectureError, ProofdeckError
from proofdeck.execute import Workers
from proofdeck.lecture_run import LectureRun
from proofdeck.model import Lecture
from proofdeck.mutants import mutants_of
from proofdeck.names import all_imports
from proofdeck.parse import parse
from proofdeck.remote import AT_A_TIME, Cluster
from proofdeck.supervise import Progress, end_all, prepare
from proofdeck.trial import Outcome, Trial


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
    codes = [snippet.code for lecture in lectures for snippet in lecture.snippets]
    prepare(all_imports(codes, [config.root / folder for folder in config.local_path]))
    runs = [_own_run(workers, lecture) for lecture in lectures]
    found = []
    with closing(Cluster(scheduler, config)) if scheduler else nullcontext() as cluster:
        if cluster:
            workers, jobs = replace(workers, far=cluster.run), AT_A_TIME
        for number, own in enumerate(runs):
            now = time.monotonic()
            share = (deadline - now) / (len(lectures) - number)
            found.append(_mutate(Trial(workers, own, now + share), jobs))
    return found


def _own_run(workers: Workers, lecture: Lecture) -> LectureRun:
    run = workers.begin(lecture)
    run.go()
    if any(result.failure for result in run.results.values()):
        raise ProofdeckError(f"{lecture.path} fails as it is", "Run `proofdeck check` first.")
    return run


def _mutate(trial: Trial, jobs: int) -> Mutated:
    """Try all mutants of a lecture once, as it runs, and then what is open under further seeds."""
    mutants = mutants_of(trial.workers.config, trial.lecture)

    def told(outcome: Outcome, number: int, what: str) -> Outcome:
        if number % 10 == 0 and not trial.late():
            text = f"{number} of {len(mutants)} mutants {what}"
            trial.workers.progress(trial.lecture.name, text, None)
        return outcome

    with ThreadPoolExecutor(jobs) as pool:
        try:
            tried = pool.map(trial.first, mutants)
            first = [told(outcome, n, "tried") for n, outcome in enumerate(tried, 1)]
            # Where a claim failed once, two more runs mostly settle it: before the survivors.
            order = sorted(range(len(first)), key=lambda n: first[n].kind == "survived")
            confirmed = pool.map(lambda n: trial.confirm(first[n]), order)
            last = [told(outcome, n, "settled") for n, outcome in enumerate(confirmed, 1)]
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            end_all()
            raise
    by_number = dict(zip(order, last, strict=True))
    return Mutated(trial.lecture, tuple(by_number[n] for n in range(len(mutants))))
