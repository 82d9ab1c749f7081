"""One process for each run, forked from a server that has only imported.

The supervisor is our own and small, because timeouts, progress and kills are per snippet.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from proofdeck.config import Config
from proofdeck.jobs import THREAD_VARIABLES, Given, Job, Message, Started
from proofdeck.model import Facts, Failure, Lecture, Result, Run, Snippet, Step

PRELOADED = ("numpy", "torch", "tensorflow", "keras", "matplotlib", "sklearn", "pandas", "scipy")
"""Slow imports that the server does once for all lectures that want them."""

START = 300.0
"""Seconds that a process may take before its first snippet, for imports on a busy machine."""

EARLY = 0.05
"""Seconds by which a wait may end before its time and still be taken for time that is up."""

Progress = Callable[[str, str, Step | None], None]
"""Called with a lecture's name, "running", "done" or "cached", and the step."""


_interrupted = threading.Event()


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


def _start(job: Job, scratch: str) -> tuple[BaseProcess, Connection]:
    """A child for `job`: forked from the server, or fresh where it needs more threads."""
    context: Any = multiprocessing.get_context("forkserver" if job.threads == 1 else "spawn")
    ours, theirs = context.Pipe(duplex=False)
    _set_environment(job.threads)
    process = context.Process(target=_child, args=(job, theirs, scratch), daemon=True)
    process.start()
    _set_environment(1)
    theirs.close()
    return process, ours


def _child(job: Job, pipe: Connection, scratch: str) -> None:
    """Here the parent's modules end: it never imports IPython.

    Temporary files go to `scratch`, which the parent removes: TensorFlow leaves one for each
    function that it compiles.
    """
    os.environ["TMPDIR"] = tempfile.tempdir = scratch
    from proofdeck.worker import run_lecture

    run_lecture(job, pipe)


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
    _kill(process)
    process.join(5)


def _kill(process: BaseProcess) -> None:
    if process.pid:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            process.kill()


def end_all() -> None:
    """The build is interrupted: end what runs, start nothing more."""
    _interrupted.set()
    for process in multiprocessing.active_children():
        _kill(process)


def supervise(config: Config, lecture: Lecture, job: Job, progress: Progress) -> Run:
    """Run `job` in a process of its own and gather what it sends, until it ends or is ended."""
    with tempfile.TemporaryDirectory(prefix="proofdeck-", ignore_cleanup_errors=True) as scratch:
        return _supervise(config, lecture, job, progress, scratch)


def _supervise(config: Config, lecture: Lecture, job: Job, progress: Progress, scratch: str) -> Run:
    if _interrupted.is_set():
        raise KeyboardInterrupt
    steps = {step.id: step for step in job.steps}
    results: dict[str, Result] = {}
    process, pipe = _start(job, scratch)
    running: Step | Given | None = None
    message: Message | None = None
    started = time.monotonic()
    try:
        while not isinstance(message, Facts):
            limit = _timeout(running, lecture.meta, config) if running else START
            message = _receive(pipe, process, started + limit - time.monotonic())
            if message is None:
                late = time.monotonic() - started >= limit - EARLY
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
