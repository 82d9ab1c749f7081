"""Running lectures: results from the cache, from exports, or from a process of their own."""

from __future__ import annotations

import builtins
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from proofdeck.cache import Cache
from proofdeck.config import Config
from proofdeck.jobs import Given, Job
from proofdeck.model import Lecture, Question, Result, Run, Snippet, Step
from proofdeck.names import binds, changes, defined, prelude, reads
from proofdeck.plan import job_of, run_key, snippets_above, step_keys
from proofdeck.supervise import Progress, supervise


@dataclass(frozen=True, slots=True)
class Workers:
    """How steps are run: settings, the cache, who wants to know, and how many at a time."""

    config: Config
    cache: Cache
    progress: Progress
    slots: threading.Semaphore

    def run(self, lecture: Lecture, job: Job) -> Run:
        """Run `job`, or take its results from the cache; see `run_all`."""
        return self.run_all(lecture, [job])[0]

    def run_all(self, lecture: Lecture, jobs: Sequence[Job]) -> list[Run]:
        """Run jobs of a lecture, as many at a time as there are slots, or take them from the cache.

        A step that fails does not raise here: its Result says why. Runs with a snippet that failed
        are not kept, so they run again next time.
        """
        kept = [self.cache.load(run_key(job)) for job in jobs]
        answered = self._ask(lecture, jobs, kept)
        with ThreadPoolExecutor(max(len(jobs), 1)) as pool:
            return list(pool.map(partial(self._one, lecture, len(jobs)), jobs, answered))

    def _one(self, lecture: Lecture, count: int, job: Job, kept: Run | None) -> Run:
        keys = step_keys(job.steps)
        if kept and all(key in kept.results for key in keys.values()):
            results = {id: kept.results[key] for id, key in keys.items()}
            return replace(kept, results=results, cached=True)
        run = self._supervise(lecture, job)
        if _all_ran(job, run):
            ok = {id: result for id, result in run.results.items() if result.status != "failed"}
            kept = replace(run, results={keys[id]: result for id, result in ok.items()})
            self.cache.store(run_key(job), kept)
        if count > 1:
            self.progress(lecture.name, f"claims: ran seed {job.seed}", None)
        return run

    def _ask(
        self, lecture: Lecture, jobs: Sequence[Job], kept: Sequence[Run | None]
    ) -> list[Run | None]:
        """Put new questions to kept runs by their exports, all in one process.

        A run that lacks an answer after this must be run again.
        """
        steps: list[Step | Given] = []
        meant: dict[str, tuple[int, str]] = {}
        for number, (job, run) in enumerate(zip(jobs, kept, strict=True)):
            for question in _new_questions(job, run) if run else ():
                given = _given(job, run, question) if run else None
                if given:
                    id = f"{number} {question.id}"
                    meant[id] = number, step_keys(job.steps)[question.id]
                    steps += [replace(given, id=f"given {id}"), replace(question, id=id)]
        if not steps:
            return list(kept)
        asked = self._supervise(lecture, job_of(self.config, lecture, steps, 0, figures=False))
        made = list(kept)
        for id, (number, key) in meant.items():
            run, result = made[number], asked.results[id]
            if run and not _unanswered(result):
                made[number] = replace(run, results={**run.results, key: result})
        for job, before, after in zip(jobs, kept, made, strict=True):
            if after and after is not before:
                self.cache.store(run_key(job), after)
        return made

    def _supervise(self, lecture: Lecture, job: Job) -> Run:
        with self.slots:
            return supervise(self.config, lecture, job, self.progress if job.figures else _quiet)


def _quiet(lecture: str, event: str, step: Step | None) -> None:
    """Progress of runs that only claims need."""


def _all_ran(job: Job, run: Run) -> bool:
    """Whether every snippet ran: what a kept run promises."""
    snippets = [step for step in job.steps if isinstance(step, Snippet) and step.runs]
    return all(run.results[snippet.id].status == "ok" for snippet in snippets)


def _unanswered(result: Result) -> bool:
    return result.status != "ok" or bool(result.verdict and result.verdict.error)


def _new_questions(job: Job, run: Run) -> list[Question]:
    keys = step_keys(job.steps)
    new = [step for step in job.steps if keys[step.id] not in run.results]
    return [step for step in new if not isinstance(step, Snippet | Given)]


def _given(job: Job, kept: Run, question: Question) -> Given | None:
    """The state that `question` asks for, from exports; None where it needs more than those."""
    steps = [step for step in job.steps if not isinstance(step, Given)]
    above = snippets_above(steps, question)
    exports: dict[str, bytes] = {}
    for snippet in above:
        exports.update(kept.results[snippet.id].exports)
    exports = {name: data for name, data in exports.items() if data}
    wanted = reads(f"({question.code}, {getattr(question, 'show', '') or None})")
    codes = [snippet.code for snippet in above]
    code = prelude(codes, wanted - exports.keys())
    fixed = defined(codes) & (wanted | reads(code))
    if not wanted <= exports.keys() | binds(code) | set(dir(builtins)):
        return None
    if any(changes(text, fixed) for text in codes):
        return None  # a setting or a changed class, which definitions alone do not bring back
    return Given(f"given {question.id}", code, exports)
