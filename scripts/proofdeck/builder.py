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
from proofdeck.config import Config, Options
from proofdeck.errors import LectureError, errors_of
from proofdeck.execute import Workers
from proofdeck.lecture_run import LectureRun
from proofdeck.model import Lecture, Run
from proofdeck.parse import parse
from proofdeck.plan import own_code
from proofdeck.proofs import stale_imports
from proofdeck.report import LectureReport, add_run
from proofdeck.validate import images


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds one lecture at a time, in whatever thread."""

    config: Config
    cache: Cache
    key: str
    options: Options
    workers: Workers

    def begin(self, path: str) -> tuple[LectureRun | None, LectureReport | None]:
        """The lecture's run, as far as it is known, or the report of why it cannot be read."""
        try:
            run = self.workers.begin(parse(self.config, path))
            run.come_to_stale()
            run.imports = run.imports.union(*stale_imports(self.workers, run))
            return run, None
        except Exception as error:
            errors = tuple(map(str, errors_of(error, path)))
            self.workers.progress(Path(path).stem, "failed", None)
            return None, LectureReport(Path(path).stem, path, 0, 0.0, (), (), 0.0, errors=errors)

    def finish(self, begun: tuple[LectureRun | None, LectureReport | None]) -> LectureReport:
        """Run a lecture to its end and write its documents."""
        run, report = begun
        if run is None:
            assert report
            return report
        return self._run(run)

    def _run(self, own: LectureRun) -> LectureReport:
        started = time.perf_counter()
        lecture = own.lecture
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
            checked = check(self.workers, own, self.options.fast)
            run = checked.run
            report = add_run(report, checked)
            if self.options.verify and not checked.errors:
                self._verify(lecture, run)
            notices = *report.notices, *checked.swept.notices, *self._accept(checked)
            report = replace(report, notices=notices)
            files = docs.render_documents(
                self.config, lecture, run, checked.judgements, formula, self.options.documents
            )
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

    def _verify(self, lecture: Lecture, run: Run) -> None:
        """Raises LectureError where a run from scratch gives something else."""
        from proofdeck.verify import differences

        if wrong := tuple(differences(self.workers, lecture, run).values()):
            raise LectureError(wrong)

    def _accept(self, checked: Checked) -> list[str]:
        """Warnings of the claims that fail in a draft.

        Raises LectureError where a step failed or, but for a draft, a claim does not hold.
        """
        shown = checked.judgements if self.options.draft else {}
        if failed := tuple(e for id, e in checked.errors.items() if id not in shown):
            raise LectureError(failed)
        return [f"{e.place}: warning: {e.message}" for e in checked.errors.values()]

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
