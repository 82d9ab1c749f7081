"""Inside the child process: runs one lecture's steps top to bottom and records what they gave.

Results leave through the pipe one by one, so that a process that dies takes only the running
snippet with it.
"""

from __future__ import annotations

import os
import re
import sys
import time
import warnings
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from proofdeck import __version__
from proofdeck.exports import exported, load
from proofdeck.expression import evaluate
from proofdeck.jobs import Given, Job, Started
from proofdeck.model import (
    Claim,
    Facts,
    InlineValue,
    Result,
    Snippet,
    Step,
    Stream,
    Verdict,
)
from proofdeck.names import binds, needed, sets_seed
from proofdeck.seeding import GENERATORS, seed, seed_for, state, undisturbed, unseen_draws
from proofdeck.shell import LectureShell, close_figures, enable_matplotlib, make_shell
from proofdeck.streams import Recorder
from proofdeck.tracebacks import failure_of, is_own, short_path
from proofdeck.watch import Watch

DEPRECATIONS = (DeprecationWarning, PendingDeprecationWarning)


def run_lecture(job: Job, pipe: Connection) -> None:
    """Run `job` and send a Started and a Result for each step, then the Facts. Never returns."""
    os.setsid()  # a process group of its own, so that whatever it starts can be ended with it
    os.chdir(job.root)
    recorder = Recorder()
    recorder.install()
    sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115  open to the end
    watch = Watch(job.root)
    _import_generators(job)
    folders = [str(Path(job.root, folder)) for folder in job.local_path]
    _heed_deprecations(folders)
    runner = _Runner(job, make_shell(recorder, folders, job.figures), recorder)
    if "matplotlib" in job.imports or "matplotlib" in sys.modules:
        enable_matplotlib(runner.shell)
    for step in job.steps:
        pipe.send(Started(step.id))
        pipe.send(runner.run(step))
    pipe.send(Facts(watch.files(), tuple(sorted(job.imports)), _versions(job)))
    pipe.close()
    os._exit(0)  # no atexit handlers of the lecture's, no slow teardown of frameworks


class _Runner:
    """Runs steps in one shell; knows which names are missing since a step failed."""

    def __init__(self, job: Job, shell: LectureShell, recorder: Recorder) -> None:
        self.job, self.shell, self.recorder = job, shell, recorder
        self.missing: frozenset[str] = frozenset()
        self.warnings: list[str] = []
        self.last_seeded = ""
        self.exports: dict[str, bytes] = {}
        warnings.showwarning = self._show_warning

    def run(self, step: Step | Given) -> Result:
        """Run one step, or skip it for want of what a failed step should have left."""
        if isinstance(step, Snippet) and not step.runs:
            return Result(step.id, "skipped")
        if needed(step.code) & self.missing:
            self.missing |= binds(step.code)
            return Result(step.id, "skipped")
        started = time.perf_counter()
        result = self._result(step)
        self.recorder.restore()
        if result["status"] == "failed":
            self.missing |= binds(step.code)
        else:
            self.missing -= binds(step.code)
        seconds = time.perf_counter() - started
        return Result(id=step.id, seconds=seconds, warnings=tuple(self.warnings), **result)

    def _result(self, step: Step | Given) -> dict[str, Any]:
        self.warnings.clear()
        match step:
            case Snippet():
                return self._snippet(step)
            case InlineValue():
                return self._value(step)
            case Claim():
                return {"status": "ok", "verdict": self._verdict(step)}
            case Given():
                return self._given(step)

    def _snippet(self, step: Snippet) -> dict[str, Any]:
        seed(seed_for(self.job.seed, step.id))
        before = state()
        name = step.script or f"<{step.id}>"
        error = self.shell.run(step.code, name)
        close_figures()
        drew = unseen_draws() or state() != before
        self._warn_of_seed(step, drew)
        outputs = self.recorder.take()
        if error is None:
            return {"status": "ok", "outputs": outputs, "drew": drew, "exports": self._exports()}
        failure = failure_of(error, name, step.script, self.job.root)
        if step.options.get("error"):
            shown = Stream("error", failure.traceback)
            outputs = (*outputs, shown)
            return {"status": "ok", "outputs": outputs, "drew": drew, "exports": self._exports()}
        return {"status": "failed", "outputs": outputs, "failure": failure}

    def _value(self, step: InlineValue) -> dict[str, Any]:
        """An inline value: its text, with the random state as if it had not been asked for."""
        try:
            code = compile(step.code, f"<{step.id}>", "eval")
            namespace = self.shell.user_ns
            value = undisturbed(lambda: str(eval(code, namespace)), namespace.values())
        except Exception as error:
            self.recorder.take()
            failure = failure_of(error, f"<{step.id}>", None, self.job.root)
            return {"status": "failed", "failure": failure}
        self.recorder.take()
        return {"status": "ok", "value": value}

    def _verdict(self, claim: Claim) -> Verdict:
        """A claim's check, evaluated once, and the quantity that it shows."""
        namespace = self.shell.user_ns

        def ask() -> tuple[bool, tuple[tuple[str, str], ...], float | None]:
            value, values = evaluate(claim.code, namespace)
            return bool(value), values, float(eval(claim.show, namespace)) if claim.show else None

        try:
            held, values, shown = undisturbed(ask, namespace.values())
        except Exception as error:
            return Verdict(None, error=f"{type(error).__name__}: {error}")
        finally:
            self.recorder.take()
        return Verdict(held, values, shown)

    def _given(self, given: Given) -> dict[str, Any]:
        error = self.shell.run(given.code, "<imports and definitions>")
        close_figures()
        self.recorder.take()
        self.shell.user_ns.update({name: load(data) for name, data in given.exports.items()})
        return {"status": "failed" if error else "ok"}

    def _exports(self) -> dict[str, bytes]:
        """Plain values that are new or changed since the last snippet, and what is none now."""
        now = exported(self.shell.user_ns)
        before, self.exports = self.exports, now
        changed = {name: data for name, data in now.items() if before.get(name) != data}
        return changed | dict.fromkeys(before.keys() - now.keys(), b"")

    def _warn_of_seed(self, step: Snippet, drew: bool) -> None:
        if sets_seed(step.code):
            self.last_seeded = step.id
        elif drew and self.last_seeded:
            self.warnings.append(
                f"draws random numbers, but the seed set in {self.last_seeded!r} holds only there: "
                "every snippet is seeded from the lecture's seed"
            )
            self.last_seeded = ""

    def _show_warning(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: Any = None,
        line: str | None = None,
    ) -> None:
        """As Python prints warnings, with paths that are the same on every machine."""
        text = f"{short_path(filename, self.job.root)}:{lineno}: {category.__name__}: {message}"
        self.warnings.append(text)
        if not (issubclass(category, DEPRECATIONS) and is_own(filename, "", self.job.root)):
            sys.stderr.write(text + "\n")


def _heed_deprecations(folders: list[str]) -> None:
    """Hear also what Python keeps quiet about: deprecated calls in the course's own modules.

    They go into the report only, since `python figures/x.py` would not print them either.
    """
    modules = [re.escape(file.stem) for folder in folders for file in Path(folder).glob("*.py")]
    own = "|".join(sorted(modules)) or "$"
    for category in DEPRECATIONS:
        warnings.filterwarnings("default", category=category, module=f"({own})\\Z")


def _import_generators(job: Job) -> None:
    """Import what has a random generator, so that the first snippet's draws are seeded too."""
    for module in GENERATORS:
        if module in job.imports:
            try:
                __import__(module)
            except ImportError:
                continue  # the snippet that imports it says so, with its line
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(job.threads)


def _versions(job: Job) -> tuple[tuple[str, str], ...]:
    found: Mapping[str, str] = {
        name: str(version)  # torch's is a string of its own kind, which to load imports torch
        for name in job.imports
        if isinstance(version := getattr(sys.modules.get(name), "__version__", None), str)
    }
    python = ".".join(map(str, sys.version_info[:3]))
    return (("proofdeck", __version__), ("Python", python), *sorted(found.items()))
