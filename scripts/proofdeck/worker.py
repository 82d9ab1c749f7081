"""Inside the child process: runs one lecture's steps top to bottom and records what they gave.

Results leave through the pipe one by one, so that a process that dies takes only the running
snippet with it.
"""

from __future__ import annotations

import gc
import hashlib
import os
import re
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from types import SimpleNamespace
from typing import Any, TypeVar

from proofdeck import charts, counts, settings
from proofdeck.exports import load
from proofdeck.expression import evaluate
from proofdeck.facts import Facts
from proofdeck.jobs import BROKEN, Job, Prepare, Ready, RunStep
from proofdeck.model import Claim, Failure, InlineValue, Question, Result, Snippet, Verdict
from proofdeck.observe import Observer
from proofdeck.output import Stream
from proofdeck.paths import words
from proofdeck.seeding import GENERATORS, UNSEEN, seed, seed_for, state, undisturbed, unseen_draws
from proofdeck.shell import LectureShell, close_figures, enable_matplotlib, make_shell
from proofdeck.streams import Recorder
from proofdeck.tracebacks import failure_of, is_own, short_path
from proofdeck.watch import NATIVE, Watch

Answer = TypeVar("Answer")
READS_STATE = frozenset("fork_rng get_rng_state getstate get_state initial_seed".split())
"""What reads a random generator's state, and perhaps puts it back: then no draw shows."""

DEPRECATIONS = (DeprecationWarning, PendingDeprecationWarning)


def run_lecture(job: Job, pipe: Connection) -> None:
    """Do what the parent orders, one step at a time, until it ends us. Never returns."""
    os.chdir(job.root)
    sys.dont_write_bytecode = True  # Python takes it for a module that was saved again at once
    recorder = Recorder()
    recorder.install()
    sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115  open to the end
    folders = [str(Path(job.root, folder)) for folder in job.local_path]
    _heed_deprecations(folders)
    runner = _Runner(job, make_shell(recorder, folders, job.figures), recorder)
    runner.load(job.imports)
    gc.freeze()  # what frameworks are made of is not garbage: no need to look there again and again
    gc.enable()
    pipe.send(Ready())
    while True:
        try:
            order = pipe.recv()
        except EOFError:
            os._exit(0)  # no atexit handlers of the lecture's, no slow teardown of frameworks
        match order:
            case Prepare():
                pipe.send(runner.prepare(order))
            case RunStep():
                pipe.send(_run(runner, order))


def _run(runner: _Runner, order: RunStep) -> Result:
    """Run a step, though a snippet may have replaced what we ourselves work with."""
    try:
        return runner.run(order)
    except BaseException as error:
        message = f"after it nothing works any more ({type(error).__name__}: {error})"
        failure = Failure(BROKEN, message, None, 0, f"{message}\n")
        return Result(order.step.id, "failed", failure=failure)


class _Runner:
    """Runs steps in one shell and observes what they leave."""

    def __init__(self, job: Job, shell: LectureShell, recorder: Recorder) -> None:
        self.job, self.shell, self.recorder = job, shell, recorder
        self.observer = Observer(shell.user_ns, Watch(job.root))
        self.loaded: frozenset[str] = frozenset()
        self.warnings: list[str] = []
        self.asked_for = False
        """Whether the last question drew random numbers."""
        warnings.showwarning = self._show_warning

    def load(self, imports: frozenset[str]) -> None:
        """Import what has a random generator or settings, so that a step meets it loaded."""
        known = (*GENERATORS, *NATIVE, "matplotlib", *charts.PREPARED)
        wanted = {m for m in known if m in imports or m in sys.modules}
        for module in sorted(wanted - self.loaded):
            try:
                __import__(module)
            except ImportError:
                continue  # the snippet that imports it says so, with its line
            if module == "torch":
                sys.modules["torch"].set_num_threads(self.job.threads)
                sys.modules["torch"].set_warn_always(True)  # else once only, whatever ran before
            elif module == "matplotlib":
                enable_matplotlib(self.shell)
            elif module in charts.PREPARED:
                charts.prepare(module)
            self.recorder.take()  # how a framework greets is not what a snippet says
        self.loaded |= wanted
        self.observer.watch.heed_native()

    def prepare(self, order: Prepare) -> Ready:
        """Make the state that the next step expects."""
        namespace = self.shell.user_ns
        kept = {name: namespace[name] for name in order.kept & namespace.keys()}
        namespace.update({name: load(data) for name, data in order.exports.items()})
        failure = ""
        for replay in order.replays:
            error = self.shell.replay(replay.code, replay.name, replay.source)
            failure = failure or (f"{type(error).__name__}: {error}" if error else "")
        # What a definition above read may have had another value there, or been there still; and
        # what ran for it may have changed what it was given.
        namespace.update(kept | {name: load(data) for name, data in order.exports.items()})
        for name in order.gone & namespace.keys():
            del namespace[name]
        for name, data in order.exports.items():
            self.observer.digests[name] = hashlib.sha256(data).hexdigest()
        close_figures()
        self.recorder.take()
        self.observer.watch.take()
        if not failure and not settings.hold(order.settings, self.job.root):
            failure = "a setting is not as it was"
        return Ready(failure)

    def run(self, order: RunStep) -> Result:
        """Run one step."""
        self.load(order.imports)
        started = perf_counter()
        self.warnings.clear()
        self.shell.notes.clear()
        seed(seed_for(self.job.seed, order.seed_id))
        counts.count_from(order.counted)
        said = words(order.step.code, order.touches, self.shell.user_ns)
        match order.step:
            case Snippet():
                given = self._snippet(order.step, order, said)
            case InlineValue():
                given = self._value(order.step)
            case Claim():
                given = {"status": "ok", "verdict": self._verdict(order.step)}
        if not isinstance(order.step, Snippet):
            given["drew"] = self.asked_for or unseen_draws(self.shell.user_ns, order.touches)
            given["facts"] = Facts(read=self.observer.watch.take_read())
        self.recorder.restore()
        given = {"seconds": perf_counter() - started, **given}
        result = Result(order.step.id, warnings=(*self.warnings, *self.shell.notes), **given)
        shown = result.outputs, result.value, result.verdict, result.failure
        named = counts.tells_names(said, shown, result.exports.values())
        return replace(result, facts=replace(result.facts, named=named))

    def _snippet(self, step: Snippet, order: RunStep, said: frozenset[str]) -> dict[str, Any]:
        with warnings.catch_warnings():
            pass  # forgets which warnings were shown, so that a snippet warns whatever ran before
        found = self.observer.find(order)
        before = state()
        name = step.script or f"<{step.id}>"
        self.shell.axes = list(step.options.get("axes") or ())
        self.observer.watch.declare(step.options)
        started = perf_counter()
        error = self.shell.run(step.code, name)
        self.observer.put_back(found)
        close_figures()
        outputs = self.recorder.take()
        result: dict[str, Any] = {
            "status": "ok",
            "outputs": outputs,
            "seconds": perf_counter() - started,
            "drew": state() != before or bool(READS_STATE & said),
        }
        if error is not None:
            failure = failure_of(error, name, step.script, self.job.root)
            if step.options.get("error"):
                result["outputs"] = (*outputs, Stream("error", failure.traceback))
                result["raised"] = failure
            else:
                result |= {"status": "failed", "failure": failure}
        stopped = error is not None
        result["drew"] |= bool(UNSEEN & order.imports)
        result["drew"] |= unseen_draws(self.shell.user_ns, order.touches)
        exports, facts = self.observer.facts(order, found, said, stopped, bool(self.warnings))
        return result | {"exports": exports, "facts": facts}

    def _value(self, step: InlineValue) -> dict[str, Any]:
        """An inline value: its text, with the random state as if it had not been asked for."""
        try:
            code = compile(step.code, f"<{step.id}>", "eval")
            namespace = self._names_for(step)
            value = self._ask(lambda: str(eval(code, namespace)))
        except Exception as error:
            self.recorder.take()
            failure = failure_of(error, f"<{step.id}>", None, self.job.root)
            return {"status": "failed", "failure": failure}
        self.recorder.take()
        return {"status": "ok", "value": value}

    def _names_for(self, question: Question) -> dict[str, Any]:
        """What a question may read: the lecture's names, and what it compares of frameworks."""
        given = {
            name: SimpleNamespace(**{key: load(data) for key, data in values})
            for name, values in question.given
        }
        return {**self.shell.user_ns, **given} if given else self.shell.user_ns

    def _ask(self, question: Callable[[], Answer]) -> Answer:
        """The answer to a question, with the random state put back; notes whether it drew."""

        def ask() -> Answer:
            before = state()
            try:
                return question()
            finally:
                self.asked_for = state() != before

        answer: Answer = undisturbed(ask, self.shell.user_ns.values())
        return answer

    def _verdict(self, claim: Claim) -> Verdict:
        """A claim's check, evaluated once, and the quantity that it shows."""
        namespace = self._names_for(claim)

        def ask() -> tuple[bool, tuple[tuple[str, str], ...], float | None]:
            value, values = evaluate(claim.code, namespace)
            return bool(value), values, float(eval(claim.show, namespace)) if claim.show else None

        try:
            if claim.where and not self._ask(lambda: bool(eval(claim.where, namespace))):
                return Verdict(None, counts=False)
            held, values, shown = self._ask(ask)
        except Exception as error:
            return Verdict(None, error=f"{type(error).__name__}: {error}")
        finally:
            self.recorder.take()
        return Verdict(held, values, shown)

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
