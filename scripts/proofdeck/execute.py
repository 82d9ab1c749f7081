"""Running lectures: one process each, forked from a server that has only imported.

The supervisor is our own and small, because timeouts, progress and kills are per snippet.
"""

from __future__ import annotations

import builtins
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from proofdeck.cache import Cache
from proofdeck.config import Config
from proofdeck.model import Facts, Failure, Lecture, Question, Result, Run, Snippet, Step
from proofdeck.names import binds, prelude, reads
from proofdeck.plan import job_of, run_key, snippets_above, step_keys
from proofdeck.worker import THREAD_VARIABLES, Given, Job, Message, Started, run_lecture

PRELOADED = ("numpy", "torch", "tensorflow", "keras", "matplotlib", "sklearn", "pandas", "scipy")
"""Slow imports that the server does once for all lectures that want them."""

START = 120.0
"""Seconds that a process may take before its first snippet, for imports."""

Progress = Callable[[str, str, Step | None], None]
"""Called with a lecture's name, "running", "done" or "cached", and the step."""


def prepare(jobs: Iterable[Job]) -> None:
    """Start the server that children are forked from, while the parent goes on.

    It imports what `jobs` need and runs nothing: forking after torch or Keras has computed hangs.
    """
    wanted = {name for job in jobs for name in job.imports}
    context = multiprocessing.get_context("forkserver")
    modules = [name for name in PRELOADED if name in wanted]
    if "matplotlib" in wanted:
        modules += ["matplotlib.pyplot", "matplotlib_inline.backend_inline"]
    context.set_forkserver_preload(["proofdeck.worker", *modules])
    _set_environment(1)
    # Frameworks greet on standard error while they load; errors of theirs come again in the child.
    kept, silent = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(silent, 2)
        forkserver.ensure_running()
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(silent)


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
            return _supervise(self.config, lecture, job, self.progress if job.figures else _quiet)


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
    wanted = reads(f"({question.code}, {getattr(question, 'show', '') or None})")
    code = prelude([snippet.code for snippet in above], wanted - exports.keys())
    if not wanted <= exports.keys() | binds(code) | set(dir(builtins)):
        return None
    return Given(f"given {question.id}", code, exports)


def _start(job: Job) -> tuple[BaseProcess, Connection]:
    """A child for `job`: forked from the server, or fresh where it needs more threads."""
    context: Any = multiprocessing.get_context("forkserver" if job.threads == 1 else "spawn")
    ours, theirs = context.Pipe(duplex=False)
    _set_environment(job.threads)
    process = context.Process(target=run_lecture, args=(job, theirs), daemon=True)
    process.start()
    _set_environment(1)
    theirs.close()
    return process, ours


def _set_environment(threads: int) -> None:
    """Set what a library reads once, when it is loaded."""
    os.environ.update({variable: str(threads) for variable in THREAD_VARIABLES})
    os.environ.update(
        MPLBACKEND="module://matplotlib_inline.backend_inline",
        PYTHONHASHSEED="0",
        TF_CPP_MIN_LOG_LEVEL="3",
        TF_ENABLE_ONEDNN_OPTS="0",
    )


def _receive(pipe: Connection, process: BaseProcess, seconds: float) -> Message | None:
    """The child's next message; None where it died or time is up."""
    wait([pipe, process.sentinel], max(seconds, 0))
    try:
        if pipe.poll():
            message: Message = pipe.recv()
            return message
    except (EOFError, OSError):
        pass
    return None


def _timeout(step: Step | Given, meta: Mapping[str, Any], config: Config) -> float:
    own = step.options.get("timeout") if isinstance(step, Snippet) else None
    return float(own or meta.get("timeout") or config.timeout)


def _died(step: Step | Given, process: BaseProcess, late: bool, seconds: float) -> Result:
    if late:
        kind, message = "Timeout", f"still running after {seconds:.0f} s"
    else:
        process.join(5)
        code = process.exitcode or 0
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        kind, message = "Crash", f"the snippet ended its process ({how})"
    failure = Failure(kind, message, None, 0, f"{kind}: {message}\n")
    return Result(step.id, "failed", failure=failure, seconds=seconds)


def _end(process: BaseProcess) -> None:
    """End the child with everything that it started."""
    process.join(0.5 if process.is_alive() else 0)
    if process.pid:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            process.kill()
    process.join(5)


def _supervise(config: Config, lecture: Lecture, job: Job, progress: Progress) -> Run:
    """Run `job` in a process of its own and gather what it sends, until it ends or is ended."""
    steps = {step.id: step for step in job.steps}
    results: dict[str, Result] = {}
    process, pipe = _start(job)
    running: Step | Given | None = None
    message: Message | None = None
    started = time.monotonic()
    try:
        while not isinstance(message, Facts):
            limit = _timeout(running, lecture.meta, config) if running else START
            message = _receive(pipe, process, started + limit - time.monotonic())
            if message is None:
                late = time.monotonic() - started >= limit
                lost = running or next((s for s in job.steps if s.id not in results), job.steps[-1])
                results[lost.id] = _died(lost, process, late, time.monotonic() - started)
                break
            started = time.monotonic()
            if isinstance(message, Started):
                running = steps[message.id]
                _tell(progress, lecture, "running", running)
            elif isinstance(message, Result):
                results[message.id] = message
                _tell(progress, lecture, "done", running)
                running = None
    finally:
        _end(process)
    facts = message or Facts()
    return Run({id: results.get(id) or Result(id, "skipped") for id in steps}, facts)


def _tell(progress: Progress, lecture: Lecture, event: str, step: Step | Given | None) -> None:
    if step and not isinstance(step, Given):
        progress(lecture.name, event, step)
