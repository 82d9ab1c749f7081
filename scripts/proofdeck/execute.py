"""Running lectures: as they are, and what their claims need under further seeds."""

from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from proofdeck import __version__
from proofdeck.cache import Cache
from proofdeck.config import Config
from proofdeck.exercises import all_snippets
from proofdeck.facts import Surroundings
from proofdeck.files import put_back, version
from proofdeck.jobs import Job
from proofdeck.lecture_run import LectureRun
from proofdeck.model import Claim, Frame, Lecture, Result, Run, Step, Verdict
from proofdeck.names import all_imports, sets_seed
from proofdeck.supervise import Progress, Session, StoppedError

NOTING = threading.Lock()
"""Of further runs that note side by side what files they read."""


class Group:
    """The sessions of a run, which can be stopped together."""

    def __init__(self) -> None:
        self._sessions: list[Session] = []
        self._lock = threading.Lock()
        self.stopped = False

    def add(self, session: Session) -> None:
        """Take in a session. Raises StoppedError where the run has been stopped."""
        with self._lock:
            self._sessions.append(session)
            if not self.stopped:
                return
        session.end()
        raise StoppedError

    def stop(self) -> None:
        """End what runs; who waits for a result gets StoppedError."""
        with self._lock:
            self.stopped = True
            for session in self._sessions:
                session.stop()


@dataclass(frozen=True, slots=True)
class Workers:
    """How steps are run: settings, the cache, who wants to know, and how many at a time."""

    config: Config
    cache: Cache
    progress: Progress
    slots: threading.Semaphore
    far: Callable[[LectureRun], Mapping[str, Result]] | None = None
    """Has what is stale of a run done elsewhere; None to run it here."""
    group: Group | None = None
    """Takes in every process, so that the whole run can be stopped."""
    spare: Callable[[Job, threading.Semaphore], Session | None] | None = None
    """Gives a process that waits already, if there is one."""

    def begin(self, lecture: Lecture) -> LectureRun:
        """A lecture's run, before its first step."""
        return self.run_of(lecture, lecture.seed, figures=True)

    def quiet_run(self, lecture: Lecture, seed: int) -> LectureRun:
        """A lecture's run, before its first step, without figures and unfollowed."""
        return self.run_of(lecture, seed, figures=False)

    def verdicts(self, own: LectureRun, claims: Sequence[Claim]) -> dict[str, list[Verdict]]:
        """What each of the `claims` gives under its further seeds, the lecture's own left out."""
        keys = {claim.id: self.verdicts_key(own, claim) for claim in claims}
        found = {id: self.cache.get("verdicts", key) for id, key in keys.items()}
        asked = [claim for claim in claims if found[claim.id] is None]
        numbers = range(1, max((claim.seeds for claim in asked), default=1))
        files = self._rewritten(own, asked)  # of these there is one only: one seed after the other
        at_a_time = 1 if files else max(len(numbers), 1)
        with put_back(files), ThreadPoolExecutor(at_a_time) as pool:
            runs = list(pool.map(lambda number: self.seeded(own, asked, number), numbers))
        for claim in asked:
            results = [run.results.get(claim.id) for run in runs[: claim.seeds - 1]]
            verdicts = [verdict_of(run, result) for run, result in zip(runs, results, strict=False)]
            found[claim.id] = verdicts
            if all(verdict.held is not None for verdict in verdicts):
                self.cache.put("verdicts", self.verdicts_key(own, claim), verdicts)
        return {id: verdicts for id, verdicts in found.items() if verdicts is not None}

    def unknown(self, own: LectureRun) -> list[Claim]:
        """Claims of a run at its end that nobody has asked under their further seeds yet."""
        if any(result.failure for result in own.results.values()):
            return []
        asked = [c for c in own.lecture.claims if c.seeds > 1 and own.results[c.id].verdict]
        return [c for c in asked if self.cache.get("verdicts", self.verdicts_key(own, c)) is None]

    def verdicts_key(self, own: LectureRun, claim: Claim) -> str:
        """Hash of all that a claim's verdicts under further seeds depend on."""
        first = _first_key(own, claim)
        more = self.cache.get("further", first) or ()
        own.read_besides.update(more)
        return _hash([first, *(version(self.config.root, path) for path in more)])

    def seeded(self, own: LectureRun, claims: Sequence[Claim], number: int) -> LectureRun:
        """What some claims need, run under one further seed."""
        lecture = own.lecture
        wanted = _wanted(own, [claim for claim in claims if claim.seeds > number])
        run = self.quiet_run(lecture, lecture.seed + number)
        run.go_for(wanted, own)
        self._note_files(own, claims, run)
        self.progress(lecture.name, f"claims: ran seed {run.seed}", None)
        return run

    def _note_files(self, own: LectureRun, claims: Sequence[Claim], run: LectureRun) -> None:
        """Keep in mind what files a `run` for claims read that their own run did not read."""
        more = {
            path
            for id, result in run.results.items()
            for path in set(result.facts.read).difference(own.results[id].facts.read)
        }
        more -= own.state.files.keys() | run.state.files.keys()
        for claim in claims if more else ():
            first = _first_key(own, claim)
            with NOTING:
                known = self.cache.get("further", first) or ()
                self.cache.put("further", first, sorted(more.union(known)))

    def _rewritten(self, own: LectureRun, claims: Sequence[Claim]) -> list[Path]:
        """Files that are written and read in each run under a further seed."""
        wanted = _wanted(own, claims)
        writers = {writer for each in wanted for writer in own.past.writers.get(each, ())} & wanted
        written = own.state.files.items()
        found = [path for path, (_, writer) in written if writer in writers]
        return [self.config.root / path for path in found if not path.endswith("/")]

    def run_of(self, lecture: Lecture, seed: int, figures: bool) -> LectureRun:
        """A lecture's run, before its first step, under some seed."""

        def tell(event: str, step: Step) -> None:
            if figures:
                self.progress(lecture.name, event, step)

        return LectureRun(
            self.config, self.cache, lecture, seed, figures, tell, self._open, self.far
        )

    def _open(self, job: Job) -> Session:
        self.slots.acquire()
        waiting = self.spare(job, self.slots) if self.spare else None
        session = waiting or Session(job, self.slots)
        if session.failure:  # died before it ran anything: once more
            session.end()
            self.slots.acquire()
            session = Session(job, self.slots)
        if self.group:
            self.group.add(session)
        return session


def _wanted(own: LectureRun, claims: Sequence[Claim]) -> frozenset[int]:
    """Positions of the claims and of the snippets that they need."""
    positions = [own.lecture.steps.index(claim) for claim in claims]
    return frozenset(positions).union(*map(own.past.needs, positions))


def _first_key(own: LectureRun, claim: Claim) -> str:
    """Hash of what a claim's further verdicts depend on, as far as its own run knows that."""
    position = own.lecture.steps.index(claim)
    needs = sorted(own.past.needs(position))
    parts = [own.keys.get(n, "") for n in (*needs, position)]
    return _hash([*parts, str(own.seed), str(claim.seeds)])


def _hash(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def verdict_of(run: LectureRun, result: Result | None) -> Verdict:
    """What a run says of a claim; that it says nothing, where a snippet failed."""
    if result and result.verdict:
        return result.verdict
    broken = next((r for r in run.results.values() if r.failure), None)
    why = "it did not run"
    if broken and broken.failure:
        why = f"{broken.failure.kind} in {broken.id}: {broken.failure.message}"
    return Verdict(None, error=why)


def results_of(
    run: LectureRun,
    exercises: Mapping[str, Result] | None = None,
    frames: Mapping[str, tuple[Frame, ...]] | None = None,
) -> Run:
    """The results of a run that has come to its end, and what it met outside.

    `exercises` are the results of the exercises' snippets, `frames` those of its sweeps.
    """
    lecture, config = run.lecture, run.config
    results = {step.id: run.results[step.id] for step in lecture.steps} | dict(exercises or {})
    codes = [snippet.code for snippet in all_snippets(lecture) if snippet.runs]
    imports = all_imports(codes, [config.root / folder for folder in config.local_path])
    swept = [frame.result for each in (frames or {}).values() for frame in each]
    facts = [result.facts for result in (*results.values(), *swept)]
    wrote = {path for fact in facts for path in fact.wrote}
    read = {path for fact in facts for path in fact.read} - wrote
    python = ".".join(map(str, sys.version_info[:3]))
    versions = sorted({pair for fact in facts for pair in fact.versions})
    surroundings = Surroundings(
        files=tuple(sorted(read)),
        imports=tuple(sorted(imports)),
        versions=(("proofdeck", __version__), ("Python", python), *versions),
    )
    return Run(results | _warned(lecture, results), surroundings, frames or {})


def _warned(lecture: Lecture, results: dict[str, Result]) -> dict[str, Result]:
    """Results of snippets that give something else each time, or may seem to, with a warning."""
    found = {}
    seeded, written = "", set[str]()
    for snippet in lecture.snippets:
        result, warnings = results[snippet.id], []
        if sets_seed(snippet.code):
            seeded = snippet.id
        elif result.drew and seeded:
            warnings.append(
                f"draws random numbers, but the seed set in {seeded!r} holds only there: "
                "every snippet is seeded from the lecture's seed"
            )
            seeded = ""
        if changed := result.facts.changed(written):
            warnings.append(
                f"changes {changed[0]} as the last build left it, so that each build gives "
                "another: begin it anew in the lecture (mode 'w'; a folder removed first)"
            )
        written |= set(result.facts.wrote)
        if warnings:
            found[snippet.id] = replace(result, warnings=(*result.warnings, *warnings))
    return found
