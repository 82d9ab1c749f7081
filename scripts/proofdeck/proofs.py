"""Proofs of exercises: the check turns the starter down, and lets the solution pass.

Each way is a side run of two snippets on the state that the lecture has at the exercise, so the
lecture's own run is as if there were no exercise, and each way is known as long as what it
depends on is as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from proofdeck.errors import ProofdeckError
from proofdeck.execute import Workers
from proofdeck.exercises import Role, attempts, parts
from proofdeck.explain import Account, joined
from proofdeck.failures import error_of_failure
from proofdeck.lecture_run import LectureRun
from proofdeck.model import Exercise, Failure, Lecture, Result, Snippet
from proofdeck.plan import uses_of

HINTS: Mapping[Role, str] = {
    "starter": "Let the starter run without an error, and only the check turn it down.",
    "solution": "Mend the solution or the check: students would try in vain.",
}


@dataclass(frozen=True, slots=True)
class Proof:
    """An exercise, and what came of it both ways."""

    exercise: Exercise
    results: Mapping[str, Result]
    """By snippet id; the check after the starter has one of its own."""
    account: Account
    error: ProofdeckError | None = None

    @property
    def status(self) -> str:
        """As that of a step: "skipped" where a snippet that it needs failed."""
        if self.error:
            return "failed"
        skipped = any(result.status == "skipped" for result in self.results.values())
        return "skipped" if skipped else "ok"

    @property
    def says(self) -> str:
        """What the check says of the starter."""
        raised = self.results[attempts(self.exercise)["starter"][1].id].raised
        return raised.message if raised else ""


def prove(workers: Workers, own: LectureRun) -> dict[str, Proof]:
    """Prove the exercises of a lecture whose `own` run has come to its end; by their ids."""
    exercises = own.lecture.exercises
    with ThreadPoolExecutor(max(2 * len(exercises), 1)) as pool:
        runs = {
            (exercise.id, role): pool.submit(_finish, side_run(workers, own, exercise, role))
            for exercise in exercises
            for role in attempts(exercise)
        }
    found = {}
    for exercise in exercises:
        both = {role: runs[exercise.id, role].result() for role in attempts(exercise)}
        found[exercise.id] = _proof(own, exercise, both)
    return found


def side_run(workers: Workers, own: LectureRun, exercise: Exercise, role: Role) -> LectureRun:
    """One way, before its first snippet: all above the exercise is as the lecture's run left it."""
    steps = (*own.lecture.steps[: exercise.at], *attempts(exercise)[role])
    run = workers.run_of(replace(own.lecture, steps=steps), own.seed, figures=True)
    run.start_from(own, exercise.at)
    return run


def stale_imports(workers: Workers, own: LectureRun) -> Iterator[frozenset[str]]:
    """What stale ways of exercises import, as far as the `own` run has come to them."""
    for exercise in own.lecture.exercises:
        for role in attempts(exercise) if exercise.at <= own.at else ():
            run = side_run(workers, own, exercise, role)
            run.come_to_stale()
            yield run.imports


def _finish(run: LectureRun) -> LectureRun:
    run.go()
    return run


def _proof(own: LectureRun, exercise: Exercise, runs: Mapping[Role, LectureRun]) -> Proof:
    ways = attempts(exercise)
    results = {s.id: runs[role].results[s.id] for role in ways for s in ways[role]}
    faults = [_fault(own.lecture, exercise, role, ways[role], results) for role in ways]
    faults.append(_taken_name(own, exercise, runs.values()))
    error = next((fault for fault in faults if fault), None)
    return Proof(exercise, results, joined(run.account for run in runs.values()), error)


def _fault(
    lecture: Lecture,
    exercise: Exercise,
    role: Role,
    way: tuple[Snippet, Snippet],
    results: Mapping[str, Result],
) -> ProofdeckError | None:
    """What is wrong with one way; None where it is proved or could not be tried."""
    attempt, check = way
    title = next(slide.title for slide in lecture.slides if slide.id == exercise.slide)
    for snippet in way:
        if failure := results[snippet.id].failure:
            return _failed(snippet, title, role, failure)
    if role == "solution" or results[check.id].status == "skipped":
        return None
    raised = results[check.id].raised
    if raised is None:
        message = f"the check lets the starter pass\n    on slide {title!r}"
        hint = "A check must be able to say no: let it ask for what only the solution does."
        return ProofdeckError(message, hint, attempt.place)
    if raised.kind != "AssertionError":
        return _failed(check, title, role, raised)
    return None


def _failed(snippet: Snippet, title: str, role: Role, failure: Failure) -> ProofdeckError:
    """The error of a snippet that raised what it must not."""
    told = error_of_failure(snippet, title, failure)
    is_check = snippet.options.get("exercise") == "check"
    where = f"the check, after the {role}" if is_check else f"the {role}"
    if role == "starter" and is_check:
        hint = "After the starter the check must fail with an AssertionError and nothing else."
    else:
        hint = HINTS[role]
    return ProofdeckError(f"{where}: {told.message}", hint, told.place)


def _taken_name(
    own: LectureRun, exercise: Exercise, runs: Iterable[LectureRun]
) -> ProofdeckError | None:
    """The error of a name that the lecture reads below, and that the exercise gives a new value.

    The lecture's run does not see it, but in a notebook the cells below would.
    """
    binds = {part.place: uses_of(part).binds for part in parts(exercise)}
    after = [run.state.names for run in runs]
    for position in range(exercise.at, len(own.lecture.steps)):
        before = own.past.befores.get(position)
        for name, held in before.names.items() if before else ():
            place = next((p for p, names in binds.items() if name in names), None)
            if held.provider >= exercise.at or not (place or held.kind == "plain"):
                continue
            if any(name not in names or names[name].version != held.version for names in after):
                reader = own.lecture.steps[position].place
                message = f"the exercise changes {name!r}, which {reader} reads"
                hint = "Use another name: in the notebook the cells below would get the student's."
                return ProofdeckError(message, hint, place or exercise.place)
    return None
