"""One lecture while it is written: read, run and shown again after each save.

What is shown is the last good content of each slide, with the errors over it. The site on disk is
left alone: only builds write it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from proofdeck import documents
from proofdeck.cache import Cache
from proofdeck.check import Checked, judged
from proofdeck.claims import Judgement, judge
from proofdeck.config import Config
from proofdeck.execute import Workers
from proofdeck.explain import keep_reasons
from proofdeck.failures import broken_claims, failures
from proofdeck.lecture_run import LectureRun
from proofdeck.model import Lecture, Result, Run, Snippet, Step, Surroundings
from proofdeck.parse import parse
from proofdeck.patch import Page, cut
from proofdeck.reread import Memo
from proofdeck.sections import Slides
from proofdeck.spare import Spare
from proofdeck.supervise import Group, StoppedError, prepare
from proofdeck.troubles import Trouble, step_trouble, troubles_of
from proofdeck.warm import WarmPandoc


@dataclass(frozen=True, slots=True)
class View:
    """What pages show of a lecture."""

    page: Page | None = None
    """None before anything of it could be shown."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Its figures and images, by their names in its folder."""
    troubles: tuple[Trouble, ...] = ()
    running: tuple[str, ...] = ()
    """Ids of slides with a snippet that runs, or claims that are asked under further seeds."""
    waiting: tuple[str, ...] = ()
    """Ids of slides with a snippet that has yet to run."""


class Live:
    """A lecture's source, run and page, kept up to date."""

    def __init__(
        self,
        config: Config,
        path: str,
        slots: threading.Semaphore,
        pandoc: WarmPandoc,
        publish: Callable[[str, View], None],
    ) -> None:
        self.config, self.path, self.slots = config, path, slots
        self.name = Path(path).stem
        self.cache = Cache(config.cache)
        self.publish = publish
        self.memo = Memo()
        self.slides = Slides(pandoc.write)
        self.lock = threading.RLock()
        self.lecture: Lecture | None = None
        self.view = View()
        self.own: LectureRun | None = None
        self.known: dict[str, tuple[str, Result]] = {}
        """The last good result of each step by its id, and the code that gave it."""
        self.judgements: dict[str, Judgement] = {}
        self.surroundings = Surroundings()
        self.running: tuple[str, ...] = ()
        self.unread: list[Trouble] = []
        """Why the source cannot be read or shown."""
        self.group = Group()
        self.spare = Spare()
        self.wanted = threading.Event()
        """That the lecture must run again."""
        self.closing = False
        self.thread = threading.Thread(target=self._run_always, daemon=True)
        self.thread.start()

    # Reading --------------------------------------------------------------------------------------

    def update(self, changed: frozenset[str]) -> None:
        """Read the source again, show what is known, and run what is stale.

        `changed` are the paths of files that are not as they were, relative to the root.
        """
        try:
            lecture = parse(self.config, self.path, self.memo)
        except Exception as error:
            with self.lock:
                self.unread = troubles_of(self.config.root, self.path, error, self.lecture)
                self._publish(self.view.page, self.view.files)
            return
        with self.lock:
            stale = self._is_stale(lecture, changed)
            self.lecture = lecture
            if stale:
                if not self._goes_on(lecture, changed):
                    self.group.stop()
                self.wanted.set()
            self._show()

    def close(self) -> None:
        """End what runs."""
        with self.lock:
            self.closing = True
            self.group.stop()
            self.wanted.set()
        self.thread.join(5)
        self.spare.close()

    def _is_stale(self, lecture: Lecture, changed: frozenset[str]) -> bool:
        """Whether anything may give another result than the last run."""
        last = self.lecture
        if not last or not self.own or self._broken():
            return True
        if [_key(step) for step in last.steps] != [_key(step) for step in lecture.steps]:
            return True
        if last.seed != lecture.seed or last.threads != lecture.threads:
            return True
        read = {path for _, result in self.known.values() for path in result.facts.read}
        return any(path.endswith(".py") or path in read for path in changed)

    def _goes_on(self, lecture: Lecture, changed: frozenset[str]) -> bool:
        """Whether what runs now will be wanted: nothing above it has changed."""
        own = self.own
        if not own or own.at >= len(own.lecture.steps):
            return False
        if any(path.endswith(".py") for path in changed):
            return False
        count = own.at + 1
        now, then = lecture.steps[:count], own.lecture.steps[:count]
        return [_key(step) for step in now] == [_key(step) for step in then]

    # Running --------------------------------------------------------------------------------------

    def _run_always(self) -> None:
        while True:
            self.wanted.wait()
            with self.lock:
                if self.closing:
                    return
                self.wanted.clear()
                self.group = Group()
                lecture = self.lecture
            try:
                assert lecture
                self._run(lecture)
            except StoppedError:
                pass
            except Exception as error:
                with self.lock:
                    self.unread = troubles_of(self.config.root, self.path, error, self.lecture)
                    self._publish(self.view.page, self.view.files)

    def _run(self, lecture: Lecture) -> None:
        workers = Workers(
            self.config,
            self.cache,
            self._progress,
            self.slots,
            group=self.group,
            spare=self.spare.take,
        )
        own = workers.begin(lecture)
        own.come_to_stale()
        with self.lock:
            self.own = own
        if own.imports:
            prepare(own.imports)
        own.go()
        keep_reasons(self.cache, lecture, own.reasons)
        self.spare.make(own.processes.whole_job)
        unknown = workers.unknown(own)
        self._take(judged(workers, own, fast=bool(unknown)), tuple(c.slide for c in unknown))
        if unknown:
            self._take(judged(workers, own, fast=False), ())

    def _progress(self, _: str, event: str, step: Step | None) -> None:
        """A step starts or has ended; a run that nobody wants any more ends here."""
        with self.lock:
            if step and event == "running":
                self.running = (step.slide,)
            elif step:
                self.running = ()
            if step:
                self._show()
            if self.wanted.is_set():
                raise StoppedError

    def _take(self, checked: Checked, running: tuple[str, ...]) -> None:
        with self.lock:
            self.judgements = dict(checked.judgements)
            self.surroundings = checked.run.surroundings
            self.running = running
            self._show()

    # Showing --------------------------------------------------------------------------------------

    def _show(self) -> None:
        """Show what is known by now."""
        lecture = self.lecture
        assert lecture
        self._learn(lecture)
        results = {step.id: self._result(step) for step in lecture.steps}
        try:
            formula = documents.formulas_of(self.config, lecture, self.cache)
            html, files = documents.render_deck(
                self.config,
                lecture,
                Run(results, self.surroundings),
                self._judgements(lecture),
                formula,
                self.slides,
            )
        except Exception as error:
            self.unread = troubles_of(self.config.root, self.path, error, lecture)
            self._publish(self.view.page, self.view.files)
            return
        self.unread = []
        page = cut(html)
        if last := self.view.page:
            kept = {id: last.sections[id] for id in self._bad_slides() if id in last.sections}
            page = Page(page.before, {**page.sections, **kept}, page.after)
        self._publish(page, {**self.view.files, **files})

    def _learn(self, lecture: Lecture) -> None:
        """Take over good results of the run, as far as they are this lecture's."""
        if not self.own:
            return
        codes = {step.id: _key(step) for step in self.own.lecture.steps}
        for step in lecture.steps:
            result = self.own.results.get(step.id)
            if result and result.status == "ok" and codes[step.id] == _key(step):
                self.known[step.id] = _key(step), result

    def _result(self, step: Step) -> Result:
        """The last good result, or that there is none yet."""
        if isinstance(step, Snippet) and not step.runs:
            return Result(step.id, "skipped")
        known = self.known.get(step.id)
        return known[1] if known else Result(step.id, "ok", value="…")

    def _judgements(self, lecture: Lecture) -> dict[str, Judgement]:
        """Of each claim: by its last seeds, or by what the run says of it."""
        found = {}
        for claim in lecture.claims:
            known, last = self.known.get(claim.id), self.judgements.get(claim.id)
            verdict = known[1].verdict if known else None
            if last and _key(last.claim) == _key(claim):
                found[claim.id] = replace(last, claim=replace(claim, text=last.claim.text))
            elif verdict:
                found[claim.id] = judge(claim, [verdict])
        return found

    def _broken(self) -> dict[str, Trouble]:
        """Errors of steps and claims, by their ids."""
        lecture, own = self.lecture, self.own
        if not lecture or not own:
            return {}
        codes = {step.id: _key(step) for step in own.lecture.steps}
        current = [step for step in lecture.steps if codes.get(step.id) == _key(step)]
        results = {s.id: own.results.get(s.id) or Result(s.id, "ok") for s in current}
        results = {s.id: results.get(s.id) or Result(s.id, "ok") for s in lecture.steps}
        judgements = self._judgements(lecture)
        errors = failures(lecture, Run(results)) | broken_claims(lecture, judgements)
        root = self.config.root
        return {s.id: step_trouble(root, s, errors[s.id]) for s in lecture.steps if s.id in errors}

    def _bad_slides(self) -> set[str]:
        """Slides that keep their last good content."""
        lecture, own = self.lecture, self.own
        if not lecture or not own:
            return set()
        broken = self._broken()
        lacking = {s.slide for s in own.lecture.steps if _is_lacking(s, own.results.get(s.id))}
        return lacking | {step.slide for step in lecture.steps if step.id in broken}

    def _publish(self, page: Page | None, files: Mapping[str, bytes]) -> None:
        lecture = self.lecture
        steps = lecture.steps if lecture else ()
        waiting = {s.slide for s in steps if self._waits(s)} - set(self.running)
        troubles = (*self.unread, *self._broken().values())
        self.view = View(page, files, troubles, self.running, tuple(sorted(waiting)))
        self.publish(self.name, self.view)

    def _waits(self, step: Step) -> bool:
        if not isinstance(step, Snippet) or not step.runs:
            return False
        own, known = self.own, self.known.get(step.id)
        result = own.results.get(step.id) if own else None
        return (not known or known[0] != _key(step)) and not (result and result.status != "ok")


def _key(step: Step) -> str:
    """What running a step depends on, of what the lecture says of it."""
    options = [step.options.get(key) for key in ("eval", "error")] if isinstance(
        step, Snippet) else []  # fmt: skip
    more = [getattr(step, key, None) for key in ("show", "seeds", "expect", "at_least")]
    return repr((step.id, type(step).__name__, step.code, options, more))


def _is_lacking(step: Step, result: Result | None) -> bool:
    """Whether a step did not run because another one failed."""
    runs = not isinstance(step, Snippet) or step.runs
    return runs and result is not None and result.status == "skipped"
