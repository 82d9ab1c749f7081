"""One lecture through the whole pipeline: parsed, run, judged, rendered, published."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from proofdeck import stamps
from proofdeck.cache import Cache
from proofdeck.check import Checked, check
from proofdeck.config import Config, Options, must_be_complete
from proofdeck.errors import LectureError, errors_of
from proofdeck.execute import Workers
from proofdeck.lecture_run import LectureRun
from proofdeck.model import Lecture, Run
from proofdeck.parse import parse
from proofdeck.plan import own_code
from proofdeck.proofs import stale_imports
from proofdeck.report import LectureReport, add_run
from proofdeck.validate import images
from proofdeck.views import Views, begin

if TYPE_CHECKING:
    from proofdeck.math import Formula
    from proofdeck.outputs import FigureFile


@dataclass(frozen=True, slots=True)
class Begun:
    """A lecture on its way."""

    report: LectureReport
    """What there is to say until now; a failed lecture goes no further."""
    views: Views | None = None
    """Its runs, as far as they are known."""
    formula: Callable[[Formula], str] | None = None
    """A formula as HTML, once they are set."""

    @property
    def left(self) -> int:
        """How many steps are still to be taken."""
        return sum(len(run.lecture.steps) - run.at for run in self._runs)

    @property
    def imports(self) -> list[frozenset[str]]:
        """What those of them import that have steps to take."""
        return [run.imports for run in self._runs if run.imports]

    @property
    def _runs(self) -> tuple[LectureRun, ...]:
        return self.views.runs if self.views else ()


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds one lecture at a time, in whatever thread."""

    config: Config
    cache: Cache
    key: str
    options: Options
    workers: Workers

    def begin(self, path: str) -> Begun:
        """Read a lecture, and take over what is known of its runs."""
        report = LectureReport(Path(path).stem, path, 0, 0.0, (), (), 0.0)
        try:
            lecture = parse(self.config, path)
            report = replace(
                report,
                slides=len(lecture.slides),
                minutes=sum(slide.minutes for slide in lecture.slides if slide.is_shown),
                notices=tuple(map(str, lecture.notices)),
            )
            views = begin(self.workers, lecture)
            views.come_to_stale()
            for run in views.runs:
                run.imports = run.imports.union(*stale_imports(self.workers, run))
                if self.options.verify:  # everything runs, whatever is known
                    run.imports |= run.processes.whole_job.imports
        except Exception as error:
            return Begun(self._failed(report, error))
        return Begun(report, views)

    def typeset(self, begun: Begun) -> Begun:
        """Set the formulas, before anything runs."""
        from proofdeck import documents as docs

        if not begun.views:
            return begun
        try:
            if begun.imports:  # and servers load meanwhile
                docs.load(self.options.documents)
            formula = docs.formulas_of(self.config, begun.views.lecture, self.cache)
        except Exception as error:
            return Begun(self._failed(begun.report, error))
        return replace(begun, formula=formula)

    def finish(self, begun: Begun) -> LectureReport:
        """Run a lecture to its end and write its documents."""
        from proofdeck import documents as docs

        views, formula, report = begun.views, begun.formula, begun.report
        if not views or not formula:
            return report
        started = time.perf_counter()
        try:
            checked = check(self.workers, views, self.options.fast)
            lecture, run = checked.lecture, checked.run
            report = add_run(report, checked)
            if self.options.verify and not checked.errors:
                self._verify(checked)
            notices = *report.notices, *checked.swept.notices, *self._accept(checked)
            report = replace(report, notices=notices)
            files = docs.render_documents(self.config, checked, formula, self.options.documents)
        except Exception as error:
            return self._failed(report, error, time.perf_counter() - started)
        report = replace(report, seconds=time.perf_counter() - started)
        if self.options.documents:
            figure = next(iter(docs.figures_of(self.config, lecture, run).values()), None)
            further = frozenset[str]().union(*(each.read_besides for each in views.runs))
            self._publish(lecture, run, files, report, figure, further)
        self.workers.progress(lecture.name, "built", None)
        return report

    def _failed(
        self, report: LectureReport, error: Exception, seconds: float = 0.0
    ) -> LectureReport:
        self.workers.progress(report.name, "failed", None)
        errors = tuple(map(str, errors_of(error, report.source)))
        return replace(report, errors=errors, seconds=seconds)

    def _verify(self, checked: Checked) -> None:
        """Raises LectureError where a run from scratch gives something else."""
        from proofdeck.verify import differences

        if wrong := tuple(differences(self.workers, checked).values()):
            raise LectureError(wrong)

    def _accept(self, checked: Checked) -> list[str]:
        """Warnings of the claims that fail in a draft, and of frameworks that are not installed.

        Raises LectureError where a step failed or, but for a draft, a claim does not hold, and
        where a framework is missing that must be there.
        """
        shown = checked.judgements if self.options.draft else {}
        failed = [e for id, e in checked.errors.items() if id not in shown]
        if not self.options.documents or must_be_complete():
            failed += [missing.error for missing in checked.missing]
        if failed:
            raise LectureError(tuple(failed))
        told = [f"{e.place}: warning: {e.message}" for e in checked.errors.values()]
        return [*told, *(str(missing.notice) for missing in checked.missing)]

    def _publish(
        self,
        lecture: Lecture,
        run: Run,
        files: Mapping[str, bytes],
        report: LectureReport,
        figure: FigureFile | None,
        further: frozenset[str],
    ) -> None:
        from proofdeck import site

        folder = self.config.site / lecture.name
        site.write_lecture(folder, files)
        documents = [file.name for file in folder.iterdir()]
        card = site.card(lecture, documents, figure)
        sources = [f"{Path(lecture.path).parent}/{target}" for _, target in images(lecture.slides)]
        sources += [*lecture.sources, *run.surroundings.files]
        wrote = {path for result in run.results.values() for path in result.facts.wrote}
        stamp = stamps.Stamp(
            key=self.key,
            files=stamps.make_files(self.config, {*sources, *(further - wrote)}),
            written={name: len(data) for name, data in files.items()},
            card=card,
            report=report,
            own=own_code(),
            code=stamps.code_in(self.config.root / lecture.path),
        )
        self.cache.put("stamps", lecture.name, stamp)
