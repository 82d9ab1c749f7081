"""The pipeline as one function: source -> lecture -> plan -> results -> documents -> site."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from proofdeck import LECTURES, stamps
from proofdeck.cache import Cache
from proofdeck.config import DOCUMENTS, Config, Options, must_be_complete
from proofdeck.errors import EXIT_USAGE, ProofdeckError
from proofdeck.report import LectureReport, names_in_report, report_data, write_report

if TYPE_CHECKING:
    from proofdeck.supervise import Progress

AT_A_TIME = 8
"""Lectures that are worked on; how many processes run is another matter."""

WHOLE = "site", "whole"
"""Where the cache says whether the course page is that of the lectures beside it."""


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

    Raises ProofdeckError (exit code 2) where a name means no lecture, or two have one name.
    """
    folder = config.root / "slides"
    found = sorted(
        f"slides/{file.name}"
        for file in (folder.iterdir() if folder.is_dir() else ())
        if file.suffix in LECTURES and not file.name.startswith(("_", "."))
    )
    if not found:
        raise ProofdeckError(
            "there are no lectures", "Write slides/01-title.md.", exit_code=EXIT_USAGE
        )
    for path, following in pairwise(found):
        if Path(path).stem == Path(following).stem:
            message = f"{path} and {following} would be one lecture"
            raise ProofdeckError(message, "Rename one of them.", exit_code=EXIT_USAGE)
    chosen = []
    for name in wanted:
        stem = Path(name).stem if name.endswith(LECTURES) else Path(name).name
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
    cache = Cache(config.cache)
    asked = [*options.documents, options.fast, options.draft, must_be_complete()]
    key = stamps.stamp_key(config, asked)
    reports: dict[str, LectureReport] = {}
    found = {path: stamps.load(cache, Path(path).stem) for path in paths}
    for path, stamp in found.items() if options.documents and not options.verify else ():
        if stamp and stamps.is_fresh(config, stamp, key):
            reports[path] = _again(stamp.report)
            progress(stamp.report.name, "cached", None)
    stale = [path for path in paths if path not in reports]
    if not options.scheduler and any(stamps.will_run(config, p, found[p]) for p in stale):
        from proofdeck import forks

        forks.begin()  # while all else is loaded, and the lectures are read
    if stale:
        if options.documents:
            cache.put(*WHOLE, False)
        reports.update(_build_stale(config, cache, key, stale, options, progress))
    if options.documents:
        complete = stale if options.documents >= DOCUMENTS else []
        built = [reports[path].name for path in complete if not reports[path].failed]
        _write_shared(config, cache, bool(stale), built)
    if cache.damaged:
        progress("cache", f"{len(cache.damaged)} damaged entries dropped and made anew", None)
    outcome = Outcome(tuple(reports[path] for path in paths), time.perf_counter() - started)
    _write_reports(config, outcome, bool(stale), options.fast)
    return outcome


def _write_reports(config: Config, outcome: Outcome, anything: bool, fast: bool) -> None:
    """`report.json` always; `report.html` where it would not say the same as it does."""
    report = report_data(outcome.lectures, outcome.seconds)
    same = not anything and names_in_report(config) == [each.name for each in outcome.lectures]
    write_report(config, report)
    if same and (config.build / "report.html").is_file():
        return
    from proofdeck import last_good
    from proofdeck.report_page import write_page

    write_page(config, report, last_good.changes(config, report))
    last_good.keep(config, report, fast)


def _build_stale(
    config: Config,
    cache: Cache,
    key: str,
    paths: Sequence[str],
    options: Options,
    progress: Progress,
) -> dict[str, LectureReport]:
    """Build lectures side by side. Only here is loaded what a build with nothing to do lacks."""
    from proofdeck import forks
    from proofdeck.builder import Builder
    from proofdeck.execute import Workers
    from proofdeck.supervise import end_all

    slots = threading.Semaphore(options.jobs or os.cpu_count() or 1)
    workers, cluster, at_a_time = Workers(config, cache, progress, slots), None, AT_A_TIME
    if options.scheduler:
        from proofdeck import remote

        cluster = remote.Cluster(options.scheduler, config)
        workers, at_a_time = replace(workers, far=cluster.run), remote.AT_A_TIME
    builder = Builder(config, cache, key, options, workers)
    with ThreadPoolExecutor(at_a_time) as pool:
        try:
            begun = list(pool.map(builder.begin, paths))
            if not cluster:
                forks.prepare(imports for each in begun for imports in each.imports)
            # The longest first, or at the end there is only that one left to do.
            begun = sorted(pool.map(builder.typeset, begun), key=lambda each: -each.left)
            return {report.source: report for report in pool.map(builder.finish, begun)}
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            end_all()
            raise
        finally:
            if cluster:
                cluster.close()


def _again(report: LectureReport) -> LectureReport:
    """The report of a lecture that this build had nothing to do for."""
    snippets = tuple({**snippet, "cached": True} for snippet in report.snippets)
    return replace(report, snippets=snippets, seconds=0.0)


def _write_shared(config: Config, cache: Cache, anything: bool, built: Sequence[str]) -> None:
    """The course page and assets; then what it no longer shows is removed.

    That is the folders of lectures that are gone, and old files of those that are `built` whole.
    """
    names = {Path(path).stem for path in find_lectures(config)}
    folder = cache.folder / "stamps"
    kept = folder.iterdir() if folder.is_dir() else ()
    gone = [f for f in kept if f.name not in names and not f.name.startswith(".")]
    is_whole = cache.get(*WHOLE) and (config.site / "index.html").is_file()
    if is_whole and not (anything or gone):
        return
    from proofdeck import site

    found = {name: stamps.load(cache, name) for name in sorted(names)}
    site.write_index(config, [stamp.card for stamp in found.values() if stamp])
    for file in gone:
        site.remove_lecture(config, file.name)
        file.unlink()
    for name in built:
        if stamp := found[name]:
            site.remove_others(config.site / name, set(stamp.written))
    site.remove_old_assets(config)
    cache.put(*WHOLE, True)
