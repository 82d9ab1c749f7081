"""One lecture through the whole pipeline: parsed, run, judged, rendered, published."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from proofdeck import documents as docs
from proofdeck import site, stamps
from proofdeck.cache import Cache
from proofdeck.check import Checked, check
from proofdeck.config import Config, Options, must_be_complete
from proofdeck.errors import LectureError, errors_of
from proofdeck.execute import Workers
from proofdeck.model import Lecture, Run
from proofdeck.parse import parse
from proofdeck.plan import own_code
from proofdeck.proofs import stale_imports
from proofdeck.report import LectureReport, add_run
from proofdeck.validate import images
from proofdeck.views import Views, begin


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds one lecture at a time, in whatever thread."""

    config: Config
    cache: Cache
    key: str
    options: Options
    workers: Workers

    def begin(self, path: str) -> tuple[Views | None, LectureReport | None]:
        """The lecture's runs, as far as they are known, or the report of why it cannot be read."""
        try:
            views = begin(self.workers, parse(self.config, path))
            views.come_to_stale()
            for run in views.runs:
                run.imports = run.imports.union(*stale_imports(self.workers, run))
            return views, None
        except Exception as error:
            errors = tuple(map(str, errors_of(error, path)))
            self.workers.progress(Path(path).stem, "failed", None)
            return None, LectureReport(Path(path).stem, path, 0, 0.0, (), (), 0.0, errors=errors)

    def finish(self, begun: tuple[Views | None, LectureReport | None]) -> LectureReport:
        """Run a lecture to its end and write its documents."""
        views, report = begun
        if views is None:
            assert report
            return report
        return self._run(views)

    def _run(self, views: Views) -> LectureReport:
        started = time.perf_counter()
        lecture = views.lecture
        report = LectureReport(
            name=lecture.name,
            source=lecture.path,
            slides=len(lecture.slides),
            minutes=sum(slide.minutes for slide in lecture.slides if slide.is_shown),
            snippets=(),
            claims=(),
            seconds=0.0,
            notices=tuple(str(notice) for notice in lecture.notices),
        )
        try:
            formula = docs.formulas_of(self.config, lecture, self.cache)
            checked = check(self.workers, views, self.options.fast)
            run = checked.run
            report = add_run(report, checked)
            if self.options.verify and not checked.errors:
                self._verify(checked)
            notices = *report.notices, *checked.swept.notices, *self._accept(checked)
            report = replace(report, notices=notices)
            files = docs.render_documents(self.config, checked, formula, self.options.documents)
        except Exception as error:
            self.workers.progress(lecture.name, "failed", None)
            seconds = time.perf_counter() - started
            errors = tuple(map(str, errors_of(error, lecture.path)))
            return replace(report, errors=errors, seconds=seconds)
        report = replace(report, seconds=time.perf_counter() - started)
        if self.options.documents:
            self._publish(lecture, run, files, report)
        self.workers.progress(lecture.name, "built", None)
        return report

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
        self, lecture: Lecture, run: Run, files: Mapping[str, bytes], report: LectureReport
    ) -> None:
        folder = self.config.site / lecture.name
        site.write_lecture(folder, files)
        documents = [file.name for file in folder.iterdir()]
        card = site.card(lecture, documents, docs.first_figure(lecture, run))
        sources = [f"{Path(lecture.path).parent}/{target}" for _, target in images(lecture.slides)]
        sources += lecture.sources
        stamp = stamps.Stamp(
            key=self.key,
            files=stamps.make_files(self.config, [*sources, *run.surroundings.files]),
            written={name: len(data) for name, data in files.items()},
            card=card,
            report=report,
            own=own_code(),
        )
        self.cache.put("stamps", lecture.name, stamp)
