"""Running sweeps: each choice of a swept snippet's parameters as a run of its own.

A frame starts from what the lecture's own run left above the snippet: definitions, settings and
plain values. The first pass tells what the axes need, the second draws all frames with that; where
the author sets all limits, one pass does both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

from proofdeck.errors import ProofdeckError
from proofdeck.execute import Workers, verdict_of
from proofdeck.facts import Limits
from proofdeck.failures import error_of_failure
from proofdeck.lecture_run import LectureRun
from proofdeck.model import Chosen, Claim, Frame, Result, Snippet, Verdict
from proofdeck.output import Display
from proofdeck.sweeps import code_for, is_swept, said, sweep_of

MOVING = (
    "the limits that the snippet sets for {} differ between frames, so change is hard to see: "
    "set both ends alike, or none"
)

AT_A_TIME = 64
"""Frames that are asked for; how many processes run is another matter."""

Axes = tuple[tuple[Limits, ...], ...]
"""Limits of the axes of each figure that a snippet shows."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What the sweeps of a lecture gave."""

    frames: Mapping[str, tuple[Frame, ...]] = field(default_factory=dict)
    """By snippet id."""
    verdicts: Mapping[str, Mapping[str, Verdict]] = field(default_factory=dict)
    """By claim id and frame."""
    errors: Mapping[str, ProofdeckError] = field(default_factory=dict)
    """By step id."""
    notices: tuple[str, ...] = ()


def run_sweeps(workers: Workers, own: LectureRun) -> Swept:
    """Run the frames of a lecture whose own run has come to its end."""
    frames: dict[str, tuple[Frame, ...]] = {}
    verdicts: dict[str, Mapping[str, Verdict]] = {}
    errors: dict[str, ProofdeckError] = {}
    notices = []
    for step in own.lecture.steps:
        if isinstance(step, Snippet) and is_swept(step) and own.results[step.id].status == "ok":
            try:
                frames[step.id], found = _Sweeper(workers, own, step).run()
                verdicts |= found
                if moving := moving_axes([frame.result for frame in frames[step.id]]):
                    notices.append(f"{step.place}: warning: {MOVING.format(moving)}")
            except _StepError as failed:
                errors[failed.id] = failed.error
    return Swept(frames, verdicts, errors, tuple(notices))


class _StepError(Exception):
    """A step of a sweep cannot be run."""

    def __init__(self, id: str, error: ProofdeckError) -> None:
        self.id, self.error = id, error


@dataclass(frozen=True)
class _Sweeper:
    """Runs the frames of one snippet."""

    workers: Workers
    own: LectureRun
    snippet: Snippet

    def run(self) -> tuple[tuple[Frame, ...], dict[str, Mapping[str, Verdict]]]:
        """All frames, and what they say of the claims over them."""
        position = self.own.lecture.steps.index(self.snippet)
        self._check_reads(position)
        claims = [
            n
            for n, step in enumerate(self.own.lecture.steps)
            if isinstance(step, Claim) and step.sweep == self.snippet.id
        ]
        for each in claims:
            self._check_claim(each, position)
        choices = sweep_of(self.snippet).all
        prelude = self._prelude(position)
        start = self.workers.quiet_run(self.own.lecture, self.own.lecture.seed)
        whole = self._writers(position)
        start.go_for(prelude, self.own, with_plain=True, end=position, whole=whole)
        given = self._given_axes()
        asked = self._pass(start, choices, prelude.union([position, *claims]), given)
        asked_all = (result for run in asked for result in run.results.values())
        self.own.read_besides.update(path for each in asked_all for path in each.facts.read)
        axes = common([run.results[self.snippet.id] for run in asked])
        drawn = asked
        if axes != given:
            drawn = self._pass(start, choices, prelude.union([position]), axes)
        frames = tuple(
            Frame(chosen, run.results[self.snippet.id])
            for chosen, run in zip(choices, drawn, strict=True)
        )
        names = [said(chosen) for chosen in choices]
        ids = [self.own.lecture.steps[n].id for n in claims]
        verdicts: dict[str, Mapping[str, Verdict]] = {
            id: {n: verdict_of(r, r.results.get(id)) for n, r in zip(names, asked, strict=True)}
            for id in ids
        }
        return frames, verdicts

    def _given_axes(self) -> Axes | None:
        """The axes of all frames, if the author sets every limit, as the lecture's own run tells.

        Then nothing is to be learned from a first pass, and it draws.
        """
        axes = common([self.own.results[self.snippet.id]])
        return None if any(axes) else axes

    def _pass(
        self,
        start: LectureRun,
        choices: Sequence[Chosen],
        wanted: frozenset[int],
        axes: Axes | None,
    ) -> list[LectureRun]:
        """Run all frames: drawn, if there are `axes`."""
        branches = (self._branch(start, chosen, axes) for chosen in choices)
        if (lost := start.processes.lost()) and not all(each.knows_next() for each in branches):
            start.processes.restore(lost)  # once, not in each frame at the same time
        with ThreadPoolExecutor(min(len(choices), AT_A_TIME)) as pool:
            runs = list(pool.map(partial(self._frame, start, wanted=wanted, axes=axes), choices))
        for chosen, run in zip(choices, runs, strict=True):
            if failure := run.results[self.snippet.id].failure:
                title = self._titles[self.snippet.slide]
                error = error_of_failure(self.snippet, title, failure)
                message = f"with {said(chosen)}: {error.message}"
                raise _StepError(self.snippet.id, ProofdeckError(message, error.hint, error.place))
        return runs

    @property
    def _titles(self) -> dict[str, str]:
        return {slide.id: slide.title or slide.id for slide in self.own.lecture.slides}

    def _frame(
        self, start: LectureRun, chosen: Chosen, wanted: frozenset[int], axes: Axes | None
    ) -> LectureRun:
        run = self._branch(start, chosen, axes)
        run.go_for(wanted, self.own, with_plain=True)
        if not run.results[self.snippet.id].cached:
            name = self.own.lecture.name
            self.workers.progress(name, f"{self.snippet.id}: ran {said(chosen)}", None)
        return run

    def _branch(self, start: LectureRun, chosen: Chosen, axes: Axes | None) -> LectureRun:
        """A frame's run, before the snippet."""
        lecture = self.own.lecture
        options = {**self.snippet.options, "axes": axes}
        code = code_for(self.snippet, chosen)
        frame = replace(self.snippet, code=code, options=options)
        steps = tuple(frame if step is self.snippet else step for step in lecture.steps)
        return start.branch(replace(lecture, steps=steps), figures=axes is not None)

    def _prelude(self, position: int) -> frozenset[int]:
        """Positions of snippets that run again whole, since their settings cannot be made else."""
        past = self.own.past
        found = {s.position for s in past.befores[position].settings if s.statement is None}
        return frozenset(found).union(*map(past.needs, found))

    def _writers(self, position: int) -> frozenset[int]:
        """Positions of the snippets above that wrote files, which frames may read, and of all
        that these need, should they have to run again."""
        past, results = self.own.past, self.own.results
        steps = enumerate(self.own.lecture.steps[:position])
        found = {n for n, step in steps if results[step.id].facts.wrote and n in past.afters}
        return frozenset(found).union(*map(past.needs, found))

    def _check_reads(self, position: int) -> None:
        """A frame has no objects of the snippets above, and leaves no files for those below."""
        if self.own.past.befores[position].opaque:
            raise self._error(
                self.snippet,
                "its code does not tell what it reads (exec, globals(), a star import, a magic)",
                "Write it without these.",
            )
        self._check_objects(position, self.snippet, {position})
        wrote = sorted(self.own.results[self.snippet.id].facts.wrote)
        if wrote := [path for path in wrote if not path.endswith("/")]:
            raise self._error(
                self.snippet,
                f"it writes {', '.join(wrote)}, and frames run side by side",
                "Write files in a snippet of its own.",
            )

    def _check_objects(self, position: int, step: Snippet | Claim, own: set[int]) -> None:
        """No name that a step reads may hold an object that was made elsewhere than in `own`."""
        before = self.own.past.befores[position]
        far = {
            n: h for n, h in before.names.items() if h.kind == "object" and h.provider not in own
        }
        if far:
            names = ", ".join(f"`{name}`" for name in far)
            where = self.own.lecture.steps[next(iter(far.values())).provider]
            raise self._error(
                step,
                f"it reads {names}, left by {where.id!r} ({where.place}): an object, which a frame "
                "cannot take over as it does definitions and plain values (numbers, words, arrays)",
                "Make it in the swept snippet, or in a function that this calls, "
                "or read plain values of it.",
            )

    def _check_claim(self, position: int, swept: int) -> None:
        """A claim reads in a frame what the swept snippet left there, or what no frame changes."""
        claim = self.own.lecture.steps[position]
        assert isinstance(claim, Claim)
        self._check_objects(position, claim, {swept})
        for name, held in self.own.past.befores[position].names.items():
            if held.provider > swept and swept in self.own.past.depends_on(held.provider):
                where = self.own.lecture.steps[held.provider]
                raise self._error(
                    claim,
                    f"it reads `{name}`, which {where.id!r} ({where.place}) makes below the sweep",
                    "Make it in the swept snippet.",
                )

    def _error(self, step: Snippet | Claim, message: str, hint: str) -> _StepError:
        what = "the swept snippet" if isinstance(step, Snippet) else "the claim over a sweep"
        text = f"{what} cannot run in frames: {message}"
        return _StepError(step.id, ProofdeckError(text, hint, step.place))


def common(results: Sequence[Result]) -> Axes:
    """For each figure, limits that hold what all frames show; an axis keeps its direction."""
    shown = [[o.axes for o in result.outputs if isinstance(o, Display)] for result in results]
    longest = max(map(len, shown), default=0)
    return tuple(_united([each[n] for each in shown if n < len(each)]) for n in range(longest))


def moving_axes(results: Sequence[Result]) -> str:
    """The axes, as `x and y`, whose limits the author sets otherwise from frame to frame."""
    found: dict[tuple[int, int, str], set[tuple[float, float]]] = {}
    for result in results:
        figures = [output.axes for output in result.outputs if isinstance(output, Display)]
        for figure, axes in enumerate(figures):
            for number, letter, low, high, given in axes:
                if given:
                    found.setdefault((figure, number, letter), set()).add((low, high))
    return " and ".join(sorted({each[2] for each, limits in found.items() if len(limits) > 1}))


def _united(figures: Sequence[tuple[Limits, ...]]) -> tuple[Limits, ...]:
    found: dict[tuple[int, str], Limits] = {}
    for number, letter, low, high, given in (axis for figure in figures for axis in figure):
        if given:
            continue
        _, _, first, last, _ = found.get((number, letter), (0, "", low, high, False))
        least, most = min(first, last, low, high), max(first, last, low, high)
        turned = first > last
        ends = (most, least) if turned else (least, most)
        found[number, letter] = (number, letter, *ends, False)
    return tuple(found.values())
