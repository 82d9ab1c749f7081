"""One lecture while it is written: read, run and shown again after each save.

What is shown is the last good content of each slide, with the errors over it. The site on disk is
left alone: only builds write it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from proofdeck import compare, documents
from proofdeck.cache import Cache
from proofdeck.check import Checked, judged
from proofdeck.config import Config
from proofdeck.errors import LectureError
from proofdeck.execute import Group, Workers
from proofdeck.forks import prepare
from proofdeck.frameworks import views
from proofdeck.known import Known, run_settings, step_key
from proofdeck.model import Lecture, Snippet, Step
from proofdeck.parse import parse
from proofdeck.patch import Page, cut
from proofdeck.reread import Memo
from proofdeck.sections import Slides
from proofdeck.spare import Spare
from proofdeck.supervise import StoppedError
from proofdeck.sweeps import is_swept
from proofdeck.troubles import Trouble, troubles_of
from proofdeck.views import begin
from proofdeck.warm import WarmPandoc

HALF_WRITTEN = 0.05
"""Seconds after which a file that cannot be read may have been written to its end."""


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
        self.view = View(self._built_page())
        self.built = set(self.view.page.sections) if self.view.page else set()
        """Slides that are shown as the last build has them, until they have run."""
        self.known = Known(config.root)
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

    def _built_page(self) -> Page | None:
        """The deck as the last build left it, to begin with."""
        try:
            return cut((self.config.site / self.name / "index.html").read_text("utf-8"))
        except (OSError, ValueError):
            return None

    # Reading --------------------------------------------------------------------------------------

    def update(self, changed: frozenset[str]) -> None:
        """Read the source again, show what is known, and run what is stale.

        `changed` are the paths of files that are not as they were, relative to the root.
        """
        try:
            lecture = self._parse()
            with self.lock:
                self._take_in(lecture, changed)
        except Exception as error:
            self._say(error)

    def _parse(self) -> Lecture:
        try:
            return parse(self.config, self.path, self.memo)
        except LectureError:
            time.sleep(HALF_WRITTEN)
            return parse(self.config, self.path, self.memo)

    def _take_in(self, lecture: Lecture, changed: frozenset[str]) -> None:
        stale = self._is_stale(lecture, changed)
        self.lecture = lecture
        if stale:
            if not self._goes_on(lecture, changed):
                self.group.stop()
            self.wanted.set()
        if self.known.runs:  # else the run begins with what is known
            self._show()

    def _say(self, error: Exception) -> None:
        """Show why the lecture cannot be read or shown, over what was shown last."""
        with self.lock:
            self.unread = troubles_of(self.config.root, self.path, error, self.lecture)
            self._publish(self.view.page, self.view.files)

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
        if not last or not self.known.runs:
            return True
        if run_settings(last) != run_settings(lecture):
            return True
        if self.known.broken(last) and changed - {lecture.path}:
            return True  # what was missing may be there now
        read = self.known.read_files()
        return any(path.endswith(".py") or path in read for path in changed)

    def _goes_on(self, lecture: Lecture, changed: frozenset[str]) -> bool:
        """Whether what runs now will be wanted: nothing above it has changed."""
        own = self.known.going()
        if not own or any(path.endswith(".py") for path in changed):
            return False
        view = next((v for v in views(lecture) if v.framework == own.lecture.framework), lecture)
        count = own.at + 1
        now, then = view.steps[:count], own.lecture.steps[:count]
        return [step_key(step) for step in now] == [step_key(step) for step in then]

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
                self._say(error)

    def _run(self, lecture: Lecture) -> None:
        workers = Workers(
            self.config,
            self.cache,
            self._progress,
            self.slots,
            group=self.group,
            spare=self.spare.take,
        )
        runs = begin(workers, lecture)
        runs.come_to_stale()
        with self.lock:
            self.known.runs = runs.runs
            self.known.missing = runs.missing_names
            self._show()
        if imports := frozenset[str]().union(*(run.imports for run in runs.runs)):
            prepare([imports])  # together, as for the process that then waits for the next edit
        runs.go()
        self.spare.make(runs.whole_job)
        unknown = [claim for run in runs.runs for claim in workers.unknown(run)]
        unknown += compare.unknown(workers, runs)
        with self.lock:
            swept = [snippet.slide for snippet in lecture.snippets if is_swept(snippet)]
            self.running = (*swept, *(claim.slide for claim in unknown))
            self._publish(self.view.page, self.view.files)
        self._take(judged(workers, runs, fast=bool(unknown)), tuple(c.slide for c in unknown))
        if unknown:
            self._take(judged(workers, runs, fast=False), ())

    def _progress(self, _: str, event: str, step: Step | None) -> None:
        """A step starts or has ended; a run that nobody wants any more ends here."""
        with self.lock:
            if step:
                self.running = (step.slide,) if event == "running" else ()
            if isinstance(step, Snippet) and event == "done":
                self._show()
            else:
                self._publish(self.view.page, self.view.files)
            if self.wanted.is_set():
                raise StoppedError

    def _take(self, checked: Checked, running: tuple[str, ...]) -> None:
        with self.lock:
            self.known.take(checked)
            self.built = set()
            self.running = running
            self._show()

    # Showing --------------------------------------------------------------------------------------

    def _show(self) -> None:
        """Show what is known by now."""
        lecture = self.lecture
        assert lecture
        run = self.known.run(lecture)
        try:
            formula = documents.formulas_of(self.config, lecture, self.cache)
            html, files = documents.render_deck(
                self.config,
                lecture,
                run,
                self.known.judged(lecture),
                formula,
                self.slides,
            )
        except Exception as error:
            self._say(error)
            return
        self.unread = []
        page, last = cut(html), self.view.page
        if last:
            ids = self.known.bad_slides(lecture) | (self.built & self.known.lacking(lecture))
            kept = {id: last.sections[id] for id in ids if id in last.sections}
            page = Page(page.before, {**page.sections, **kept}, page.after)
            named = page.html
            files |= {name: data for name, data in self.view.files.items() if name in named}
        self._publish(page, files)

    def _publish(self, page: Page | None, files: Mapping[str, bytes]) -> None:
        lecture, known = self.lecture, self.known
        waiting = known.waiting(lecture) - set(self.running) if lecture else set()
        broken = known.broken(lecture).values() if lecture else ()
        troubles = (*self.unread, *broken)
        self.view = View(page, files, troubles, self.running, tuple(sorted(waiting)))
        self.publish(self.name, self.view)
