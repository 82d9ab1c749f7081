"""Questions that compare frameworks: asked with what each framework's run left at their place.

Values travel, objects don't: a question outside of tabs reads `PyTorch.flow` as the plain value
that the run of PyTorch holds there, and all other names as the first run does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial

from proofdeck.errors import ProofdeckError
from proofdeck.execute import Workers, verdict_of
from proofdeck.frameworks import asks, identifier, waits
from proofdeck.lecture_run import LectureRun
from proofdeck.model import Claim, Given, Question, Result, Snippet, Step, Verdict
from proofdeck.views import Views

ABSENT = "{} is not installed where this was built"


@dataclass(frozen=True, slots=True)
class Compared:
    """What the questions of a lecture that compare frameworks gave, by their ids."""

    results: Mapping[str, Result]
    verdicts: Mapping[str, Sequence[Verdict]]
    """Of claims: in the lecture's own runs, and under further seeds."""
    unchecked: Mapping[str, str]
    """Why claims were not asked, where nothing is at fault."""
    errors: Mapping[str, ProofdeckError]


def compare(workers: Workers, views: Views, fast: bool) -> Compared:
    """Ask what compares the frameworks of runs that have come to their ends."""
    waiting = questions(views)
    absent = {q.id: name for q in waiting if (name := _absent(views, q))}
    results = {q.id: Result(q.id, "skipped") for q in waiting}
    for question in waiting:
        if question.id in absent and not isinstance(question, Claim):
            said = f"({ABSENT.format(absent[question.id])})"
            results[question.id] = Result(question.id, "ok", value=said)
    given: dict[str, Given] = {}
    errors: dict[str, ProofdeckError] = {}
    for question in waiting:
        if question.id not in absent and not any(_fails_above(run, question) for run in views.runs):
            try:
                given[question.id] = _given(views.runs, question)
            except ProofdeckError as error:
                errors[question.id] = error
    results |= _ask(workers, views.runs[0], given, views.lecture.seed)
    asked = [q for q in waiting if isinstance(q, Claim) and results[q.id].verdict]
    own = {claim.id: results[claim.id].verdict for claim in asked}
    failed = any(result.failure for run in views.runs for result in run.results.values())
    further = {} if fast or failed else _further(workers, views, asked)
    return Compared(
        results=results,
        verdicts={id: [v, *further.get(id, ())] for id, v in own.items() if v},
        unchecked={id: ABSENT.format(name) for id, name in absent.items()},
        errors=errors,
    )


def questions(views: Views) -> list[Question]:
    """The questions that compare, as the first run knows them."""
    steps = views.runs[0].lecture.steps
    return [step for step in steps if not isinstance(step, Snippet) and waits(step)]


def unknown(workers: Workers, views: Views) -> list[Claim]:
    """Claims that compare and that nobody has asked under their further seeds yet."""
    claims = [q for q in questions(views) if isinstance(q, Claim) and q.seeds > 1]
    here = [claim for claim in claims if not _absent(views, claim)]
    return [c for c in here if workers.cache.get("verdicts", _key(workers, views, c)) is None]


def _absent(views: Views, question: Question) -> str:
    """The first framework that a question asks for and that is not installed."""
    asked = asks(question, views.lecture.frameworks)
    return next((name for name in asked if name in views.missing_names), "")


def _position(run: LectureRun, question: Question) -> int:
    return next(n for n, step in enumerate(run.lecture.steps) if step.id == question.id)


def _fails_above(run: LectureRun, question: Question) -> bool:
    above = {step.id for step in run.lecture.steps[: _position(run, question)]}
    return any(result.failure for id, result in run.results.items() if id in above)


def _given(runs: Sequence[LectureRun], question: Question) -> Given:
    """What a question compares. Raises ProofdeckError for what cannot be."""
    found = []
    for run in runs:
        position = _position(run, question)
        step = run.lecture.steps[position]
        assert not isinstance(step, Snippet)
        if step.asks:
            values = tuple((name, _value(run, position, name)) for name in sorted(step.asks))
            found.append((identifier(run.lecture.framework), values))
    return tuple(found)


def _value(run: LectureRun, position: int, name: str) -> bytes:
    """The plain value that a name has at some place of a framework's run."""
    framework, question = run.lecture.framework, run.lecture.steps[position]
    names = run.past.befores[position].names
    said = f"{identifier(framework)}.{name}"
    if name not in names:
        near = get_close_matches(name, run.state.names)
        hint = f"Perhaps {identifier(framework)}.{near[0]}? " if near else ""
        hint += f"Give it a value in a {framework} tab above, or outside of the tabs."
        message = f"{said} is compared, and the run with {framework} has no {name!r} here"
        raise ProofdeckError(message, hint, question.place)
    held = names[name]
    data = run.past.exports.get(held.version) if held.kind == "plain" else None
    if data is None:
        where = run.lecture.steps[held.provider]
        message = (
            f"{said} is compared, and {where.id!r} ({where.place}) leaves no plain value in it: "
            "numbers, words, NumPy arrays, and lists, tuples, sets and dicts of these"
        )
        hint = "Leave such a value there, as with `float(…)`, `.tolist()` or `.numpy()`."
        raise ProofdeckError(message, hint, question.place)
    return data


def compare_changed(
    workers: Workers, views: Views, changed: LectureRun, claims: Sequence[Claim], number: int
) -> dict[str, Result]:
    """What claims say where one framework's run is another than the lecture's."""
    runs = [
        changed
        if run.lecture.framework == changed.lecture.framework
        else _seeded_run(workers, run, claims, number)
        for run in views.runs
    ]
    given: dict[str, Given] = {}
    found: dict[str, Result] = {}
    for claim in claims:
        try:
            given[claim.id] = _given(runs, claim)
        except ProofdeckError as error:
            found[claim.id] = Result(claim.id, "ok", verdict=Verdict(None, error=error.message))
    if runs[0] is changed:
        workers = replace(workers, config=changed.config)
    return found | _ask(workers, views.runs[0], given, changed.seed, runs[0].lecture.steps)


def _ask(
    workers: Workers,
    first: LectureRun,
    given: Mapping[str, Given],
    seed: int,
    steps: tuple[Step, ...] = (),
) -> dict[str, Result]:
    """The answers of questions, all in one run of the first framework; of its `steps` or others."""
    if not given:
        return {}
    steps = tuple(
        replace(step, given=given[step.id])
        if not isinstance(step, Snippet) and step.id in given
        else step
        for step in steps or first.lecture.steps
    )
    positions = [n for n, step in enumerate(steps) if step.id in given]
    run = workers.quiet_run(replace(first.lecture, steps=steps), seed)
    run.go_for(frozenset(positions).union(*map(first.past.needs, positions)), first)
    return {id: run.results[id] for id in given}


def _further(
    workers: Workers, views: Views, claims: Sequence[Claim]
) -> dict[str, Sequence[Verdict]]:
    """What claims give under their further seeds, each of which runs every framework."""
    keys = {claim.id: _key(workers, views, claim) for claim in claims}
    found = {id: workers.cache.get("verdicts", key) for id, key in keys.items()}
    open_ = [claim for claim in claims if found[claim.id] is None]
    numbers = range(1, max((claim.seeds for claim in open_), default=1))
    with ThreadPoolExecutor(max(len(numbers), 1)) as pool:
        each = list(pool.map(partial(_seeded, workers, views, open_), numbers))
    for claim in open_:
        verdicts = [verdicts[claim.id] for verdicts in each[: claim.seeds - 1]]
        found[claim.id] = verdicts
        if all(verdict.held is not None for verdict in verdicts):
            workers.cache.put("verdicts", keys[claim.id], verdicts)
    return {id: verdicts for id, verdicts in found.items() if verdicts is not None}


def _seeded(
    workers: Workers, views: Views, claims: Sequence[Claim], number: int
) -> dict[str, Verdict]:
    """What some claims give under one further seed."""
    wanted = [claim for claim in claims if claim.seeds > number]
    runs = [_seeded_run(workers, run, wanted, number) for run in views.runs]
    found: dict[str, Verdict] = {}
    given: dict[str, Given] = {}
    for claim in wanted:
        if broken := next((run for run in runs if _fails_above(run, claim)), None):
            found[claim.id] = verdict_of(broken, None)
            continue
        try:
            given[claim.id] = _given(runs, claim)
        except ProofdeckError as error:
            found[claim.id] = Verdict(None, error=error.message)
    answers = _ask(workers, views.runs[0], given, views.lecture.seed + number)
    return found | {id: verdict_of(runs[0], result) for id, result in answers.items()}


def _seeded_run(
    workers: Workers, run: LectureRun, claims: Sequence[Claim], number: int
) -> LectureRun:
    """A framework's run under a further seed, as far as claims need it; 0 means its own run."""
    if not number:
        return run
    asked = [run.lecture.steps[_position(run, claim)] for claim in claims]
    return workers.seeded(run, [c for c in asked if isinstance(c, Claim)], number)


def _key(workers: Workers, views: Views, claim: Claim) -> str:
    asked = [run.lecture.steps[_position(run, claim)] for run in views.runs]
    pairs = zip(views.runs, asked, strict=True)
    keys = [workers.verdicts_key(run, step) for run, step in pairs if isinstance(step, Claim)]
    return hashlib.sha256("\n".join([*keys, claim.code, claim.show]).encode()).hexdigest()
