"""One process for each run, forked from a server that has only imported.

The supervisor is our own and small, because timeouts, progress and kills are per snippet.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from proofdeck.forks import context_for, start
from proofdeck.jobs import BROKEN, Job, Order, Prepare, Ready, RunStep
from proofdeck.model import Failure, Result, Step

START = 300.0
"""Seconds that a process may take before its first snippet, for imports on a busy machine."""

LOOK = 0.2
"""Seconds between two looks at a process's memory."""

PAGE = resource.getpagesize()
"""Bytes."""

EARLY = 0.05
"""Seconds by which a wait may end before its time and still be taken for time that is up."""

Answer = Ready | Result

Progress = Callable[[str, str, Step | None], None]
"""Called with a lecture's name, "running", "done" or "cached", and the step."""


_interrupted = threading.Event()


class StoppedError(Exception):
    """A run whose results nobody wants any more."""


class Session:
    """A process that runs steps of a lecture, one at a time, until it is ended.

    It works in one of the `slots`, which whoever makes it has taken for it, or is at rest.
    """

    def __init__(self, job: Job, slots: threading.Semaphore | None) -> None:
        self._slots = slots
        self._works = slots is not None
        self._memory = job.memory * 2**30
        if _interrupted.is_set():
            self.rest()
            raise KeyboardInterrupt
        self._scratch = tempfile.TemporaryDirectory(prefix="proofdeck-", ignore_cleanup_errors=True)
        context = context_for(job.threads)
        self._pipe, theirs = context.Pipe()
        arguments = (job, theirs, self._scratch.name)
        self._process = context.Process(target=_child, args=arguments, daemon=True)
        start(self._process, job.threads, job.imports)
        theirs.close()
        self.failure = self._begin()
        """Why it cannot run anything; None while it can."""
        self._stopped = False

    def _begin(self) -> Failure | None:
        started = time.monotonic()
        ready = self._receive(START)
        return None if isinstance(ready, Ready) else self._died(START, time.monotonic() - started)

    def prepare(self, order: Prepare) -> str:
        """Make the state that the next step expects. Returns why that failed, or nothing."""
        answer = self._ask(order, START)
        return answer.failure if isinstance(answer, Ready) else "its process ended"

    def run(self, order: RunStep, seconds: float) -> Result:
        """What a step gave. After a crash or a timeout the session's process is gone."""
        started = time.monotonic()
        answer = self._ask(order, seconds)
        if isinstance(answer, Result):
            if answer.failure and answer.failure.kind == BROKEN:
                self.failure = answer.failure
            return answer
        if self._stopped:
            raise StoppedError
        took = time.monotonic() - started
        self.failure = self._died(seconds, took)
        _kill(self._process)
        return Result(order.step.id, "failed", failure=self.failure, seconds=took)

    @property
    def is_alive(self) -> bool:
        """Whether its process runs."""
        return bool(self._process.is_alive())

    def adopt(self, slots: threading.Semaphore) -> None:
        """Work from now on, in one of the `slots` that is taken for it."""
        self._slots, self._works = slots, True

    def rest(self) -> None:
        """Let others work."""
        if self._slots and self._works:
            self._slots.release()
        self._works = False

    def wake(self) -> None:
        """Work again, as soon as there is a slot."""
        if self._slots and not self._works:
            self._slots.acquire()
            self._works = True

    def stop(self) -> None:
        """End the process while a thread may wait for its result."""
        self._stopped = True
        _kill(self._process)

    def end(self) -> None:
        """End the process with everything that it started."""
        self._pipe.close()
        _kill(self._process)
        self._process.join(5)
        self._scratch.cleanup()
        self.rest()

    def _ask(self, order: Order, seconds: float) -> Answer | None:
        try:
            self._pipe.send(order)
        except OSError:
            return None
        return self._receive(seconds)

    def _receive(self, seconds: float) -> Answer | None:
        """The child's next message; None where it died or time is up."""
        until = time.monotonic() + seconds
        while not wait([self._pipe, self._process.sentinel], _slice(until)):
            if time.monotonic() >= until or self._is_too_large():
                return None
        try:
            if self._pipe.poll():
                answer: Answer = self._pipe.recv()
                return answer
        except (EOFError, OSError):
            pass
        return None

    def _is_too_large(self) -> bool:
        """Whether the process holds more memory than it may; on Linux only."""
        try:
            pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        except OSError:
            return False
        return int(pages) * PAGE > self._memory

    def _died(self, limit: float, took: float) -> Failure:
        if self._is_too_large():
            kind, message = "Memory", f"more than {self._memory / 2**30:g} GiB in memory"
        elif took >= limit - EARLY:
            kind, message = "Timeout", f"still running after {limit:.0f} s"
        else:
            self._process.join(5)
            code = self._process.exitcode or 0
            how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            kind, message = "Crash", f"the snippet ended its process ({how})"
        return Failure(kind, message, None, 0, f"{kind}: {message}\n")


def _child(job: Job, pipe: Connection, scratch: str) -> None:
    """Here the parent's modules end: it never imports IPython.

    Temporary files go to `scratch`, which the parent removes: TensorFlow leaves one for each
    function that it compiles.
    """
    os.setsid()  # a process group of its own, so that whatever it starts can be ended with it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ["TMPDIR"] = tempfile.tempdir = scratch
    from proofdeck.worker import run_lecture

    run_lecture(job, pipe)


def _end_with_parent() -> None:
    """End this process and all it started when the build is gone, as one that is killed."""
    parent = multiprocessing.parent_process()
    assert parent
    wait([parent.sentinel])
    os.killpg(0, signal.SIGKILL)


def _slice(until: float) -> float:
    """Seconds to wait before memory is looked at again."""
    return max(min(until - time.monotonic(), LOOK), 0)


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
