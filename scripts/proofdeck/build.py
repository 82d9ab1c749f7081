"""The pipeline as one function: source -> lecture -> plan -> results -> documents -> site."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from proofdeck import documents as docs
from proofdeck import site, stamps
from proofdeck.cache import Cache
from proofdeck.claims import Judgement, judge
from proofdeck.config import Config
from proofdeck.errors import EXIT_USAGE, LectureError, ProofdeckError
from proofdeck.execute import Progress, Workers, prepare
from proofdeck.failures import broken_claims, failures, spoken, verdict_of
from proofdeck.model import Lecture, Run
from proofdeck.parse import parse
from proofdeck.plan import make_job, run_key, seeded_jobs
from proofdeck.report import LectureReport, claim_reports, snippet_reports, write_report
from proofdeck.validate import images

SUFFIXES = (".md", ".qmd")
AT_A_TIME = 8
"""Lectures that are worked on; how many processes run is another matter."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a build is asked for."""

    documents: frozenset[str] = docs.ALL
    """Empty: run everything, write no documents (`proofdeck check`)."""
    jobs: int = 0
    """Processes at a time; 0 for one a core."""
    fast: bool = False
    """Check claims in the lecture's own run only."""
    draft: bool = False
    """Build also where claims fail, and show them as failed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a build went."""

    lectures: tuple[LectureReport, ...]
    seconds: float

    @property
    def failed(self) -> bool:
        """Whether any lecture is at fault."""
        return any(lecture.failed for lecture in self.lectures)


def find_lectures(config: Config, wanted: Sequence[str] = ()) -> list[str]:
    """Paths of the lectures in `slides/`, all or those whose names start with one of `wanted`.

    Raises ProofdeckError (exit code 2) where a name means no lecture.
    """
    folder = config.root / "slides"
    found = sorted(
        f"slides/{file.name}"
        for file in (folder.iterdir() if folder.is_dir() else ())
        if file.suffix in SUFFIXES and not file.name.startswith(("_", "."))
    )
    if not found:
        raise ProofdeckError(
            "there are no lectures", "Write slides/01-title.md.", exit_code=EXIT_USAGE
        )
    chosen = []
    for name in wanted:
        stem = Path(name).stem if name.endswith(SUFFIXES) else Path(name).name
        matching = [path for path in found if Path(path).stem.startswith(stem)]
        if not matching:
            names = ", ".join(Path(path).stem for path in found)
            raise ProofdeckError(
                f"no lecture is called {name!r}", f"There are: {names}.", exit_code=EXIT_USAGE
            )
        chosen += matching
    return list(dict.fromkeys(chosen)) or found


def build(config: Config, paths: Sequence[str], options: Options, progress: Progress) -> Outcome:
    """Build the lectures at `paths`; write the site and the report.

    A lecture that fails keeps its old documents and does not stop the others.
    """
    started = time.perf_counter()
    cache = Cache(config.cache, config.root)
    key = stamps.stamp_key(config, [*options.documents, options.fast, options.draft])
    reports: dict[str, LectureReport] = {}
    for path in paths if options.documents else ():
        stamp = stamps.load(cache, Path(path).stem)
        if stamp and stamps.is_fresh(config, stamp, key):
            reports[path] = _again(stamp.report)
            progress(stamp.report.name, "cached", None)
    stale = [path for path in paths if path not in reports]
    if stale:
        slots = threading.Semaphore(options.jobs or os.cpu_count() or 1)
        workers = Workers(config, cache, progress, slots)
        builder = _Builder(config, cache, key, options, workers)
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            parsed = dict(zip(stale, pool.map(builder.parse, stale), strict=True))
            builder.prepare(lecture for lecture, _ in parsed.values() if lecture)
            done = pool.map(builder.finish, stale, parsed.values())
            reports.update(zip(stale, done, strict=True))
    if options.documents:
        _write_shared(config, cache, bool(stale))
    outcome = Outcome(tuple(reports[path] for path in paths), time.perf_counter() - started)
    write_report(config, outcome.lectures, outcome.seconds)
    return outcome


def _again(report: LectureReport) -> LectureReport:
    """The report of a lecture that this build had nothing to do for."""
    snippets = tuple({**snippet, "cached": True} for snippet in report.snippets)
    return replace(report, snippets=snippets, seconds=0.0)


def _write_shared(config: Config, cache: Cache, anything: bool) -> None:
    """The course page and assets; the folders of lectures that are gone are removed."""
    names = {Path(path).stem for path in find_lectures(config)}
    folder = cache.folder / "stamps"
    for file in folder.iterdir() if folder.is_dir() else ():
        if file.name not in names and not file.name.startswith("."):
            site.remove_lecture(config, file.name)
            file.unlink()
            anything = True
    if anything or not (config.site / "index.html").is_file():
        site.write_assets(config)
        found = (stamps.load(cache, name) for name in sorted(names))
        site.write_index(config, [stamp.card for stamp in found if stamp])


@dataclass(frozen=True, slots=True)
class _Builder:
    """Builds one lecture at a time, in whatever thread."""

    config: Config
    cache: Cache
    key: str
    options: Options
    workers: Workers

    def parse(self, path: str) -> tuple[Lecture | None, LectureReport | None]:
        """The lecture, or the report of why it cannot be read."""
        try:
            return parse(self.config, path), None
        except LectureError as failed:
            errors = tuple(str(error) for error in failed.errors)
            self.workers.progress(Path(path).stem, "failed", None)
            return None, LectureReport(Path(path).stem, path, 0, 0.0, (), (), 0.0, errors=errors)

    def prepare(self, lectures: Iterable[Lecture]) -> None:
        """Let the server import what the lectures that must run need, while we go on."""
        jobs = [make_job(self.config, lecture) for lecture in lectures]
        stale = [job for job in jobs if self.cache.load(run_key(job)) is None]
        if stale:
            prepare(stale)

    def finish(
        self, path: str, parsed: tuple[Lecture | None, LectureReport | None]
    ) -> LectureReport:
        """Run a lecture and write its documents."""
        lecture, report = parsed
        if lecture is None:
            assert report
            return report
        return self._run(lecture)

    def _run(self, lecture: Lecture) -> LectureReport:
        started = time.perf_counter()
        report = LectureReport(
            name=lecture.name,
            source=lecture.path,
            slides=len(lecture.slides),
            minutes=sum(slide.minutes for slide in lecture.slides),
            snippets=(),
            claims=(),
            seconds=0.0,
            notices=tuple(str(notice) for notice in lecture.notices),
        )
        try:
            formula = docs.formulas_of(self.config, lecture, self.cache)
            run = self.workers.run(lecture, make_job(self.config, lecture))
            report = replace(
                report, snippets=snippet_reports(lecture, run), versions=run.facts.versions
            )
            failed = failures(lecture, run)
            judgements = {} if failed else self._judge(lecture, run)
            report = replace(report, claims=claim_reports(lecture, judgements))
            if not self.options.draft:
                failed += broken_claims(lecture, judgements)
            if failed:
                raise LectureError(failed)
            files = docs.render_documents(
                self.config, lecture, run, judgements, formula, self.options.documents
            )
        except (LectureError, ProofdeckError) as error:
            errors = error.errors if isinstance(error, LectureError) else (error,)
            self.workers.progress(lecture.name, "failed", None)
            seconds = time.perf_counter() - started
            return replace(report, errors=tuple(map(str, errors)), seconds=seconds)
        report = replace(report, seconds=time.perf_counter() - started)
        if self.options.documents:
            self._publish(lecture, run, files, report)
        self.workers.progress(lecture.name, "built", None)
        return report

    def _judge(self, lecture: Lecture, run: Run) -> dict[str, Judgement]:
        """What the lecture's run and those under other seeds say of its claims."""
        jobs = [] if self.options.fast else seeded_jobs(self.config, lecture)
        runs = [run, *self.workers.run_all(lecture, jobs)]
        return {
            claim.id: judge(
                replace(claim, text=spoken(claim.text, run)),
                [verdict_of(run, claim) for run in runs[: claim.seeds]],
            )
            for claim in lecture.claims
        }

    def _publish(
        self, lecture: Lecture, run: Run, files: Mapping[str, bytes], report: LectureReport
    ) -> None:
        folder = self.config.site / lecture.name
        site.write_lecture(folder, files, complete=self.options.documents >= docs.ALL)
        documents = [file.name for file in folder.iterdir()]
        card = site.card(lecture, documents, docs.first_figure(lecture, run))
        read = [f"{Path(lecture.path).parent}/{target}" for _, target in images(lecture.slides)]
        stamp = stamps.Stamp(
            key=self.key,
            files=stamps.make_files(self.config, [*lecture.sources, *read, *run.facts.files]),
            written={name: len(data) for name, data in files.items()},
            card=card,
            report=report,
        )
        self.cache.put("stamps", lecture.name, stamp)
