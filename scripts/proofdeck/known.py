"""What is known of a lecture while it is written: its last good results, and what is at fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from proofdeck.check import Checked
from proofdeck.claims import Judgement, judge
from proofdeck.errors import ProofdeckError
from proofdeck.exercises import parts
from proofdeck.facts import Surroundings
from proofdeck.failures import broken_claims, failures
from proofdeck.frameworks import asks, waits
from proofdeck.lecture_run import LectureRun
from proofdeck.model import Exercise, Frame, Lecture, Result, Run, Snippet, Step
from proofdeck.sweeps import is_swept, sweep_of
from proofdeck.troubles import Trouble, slide_trouble


@dataclass
class Known:
    """What the runs of a lecture gave, up to now."""

    root: Path
    runs: tuple[LectureRun, ...] = ()
    """The last runs, or those that go on: one, or one for each framework."""
    missing: tuple[str, ...] = ()
    """Frameworks that are not installed."""
    good: dict[str, tuple[str, Result]] = field(default_factory=dict)
    """The last good result of each step by its id, and the key of the step that gave it."""
    judgements: Mapping[str, Judgement] = field(default_factory=dict)
    frames: Mapping[str, tuple[Frame, ...]] = field(default_factory=dict)
    surroundings: Surroundings = field(default_factory=Surroundings)
    errors: dict[str, tuple[str, ProofdeckError]] = field(default_factory=dict)
    """Of sweeps and exercises, with their keys."""

    def take(self, checked: Checked) -> None:
        """The runs have come to their end."""
        frameworks = checked.lecture.frameworks
        self.judgements = checked.judgements
        self.surroundings = checked.run.surroundings
        self.frames = {**self.frames, **checked.run.frames}
        steps = {step.id: step for step in checked.lecture.steps}
        errors = checked.errors
        seen = failures(checked.lecture, checked.run).keys() | checked.judgements.keys()
        unseen = steps.keys() & errors.keys() - seen
        self.errors = {id: (step_key(steps[id]), errors[id]) for id in unseen}
        for id, result in checked.run.results.items():
            if result.status == "ok" and id in steps and asks(steps[id], frameworks):
                self.good[id] = step_key(steps[id]), result
        for exercise in checked.lecture.exercises:
            if error := errors.get(exercise.id):
                self.errors[exercise.id] = exercise_key(exercise), error
                continue
            for part in parts(exercise):
                if (result := checked.run.results[part.id]).status == "ok":
                    self.good[part.id] = step_key(part), result

    def run(self, lecture: Lecture) -> Run:
        """The last good results; where there is none yet, nothing is shown."""
        self._learn(lecture)
        results = {step.id: self._result(step) for step in lecture.steps}
        frames = {s.id: self.frames[s.id] for s in lecture.snippets if self._has_frames(s)}
        for exercise in lecture.exercises:
            results |= {part.id: self._result(part) for part in parts(exercise)}
        return Run(results, self.surroundings, frames, self.missing)

    def _has_frames(self, snippet: Snippet) -> bool:
        """Whether there are frames of its sweep as it is now."""
        frames = self.frames.get(snippet.id, ()) if is_swept(snippet) else ()
        return bool(frames) and [f.chosen for f in frames] == list(sweep_of(snippet).all)

    def _learn(self, lecture: Lecture) -> None:
        """Take over good results of the run, as far as they are this lecture's."""
        for step, result in self._current(lecture):
            if result and result.status == "ok":
                self.good[step.id] = step_key(step), result

    def _current(self, lecture: Lecture) -> list[tuple[Step, Result | None]]:
        """Steps that the run has too, and what it gave for them until now."""
        keys: dict[str, str] = {}
        results: dict[str, Result] = {}
        for run in reversed(self.runs):
            keys |= {step.id: step_key(step) for step in run.lecture.steps if not waits(step)}
            results |= run.results
        return [(s, results.get(s.id)) for s in lecture.steps if keys.get(s.id) == step_key(s)]

    def _result(self, step: Step) -> Result:
        if not self._runs(step):
            return Result(step.id, "skipped")
        good = self.good.get(step.id)
        return good[1] if good else Result(step.id, "ok", value="…")

    def _runs(self, step: Step) -> bool:
        runs = not isinstance(step, Snippet) or step.runs
        return runs and step.framework not in self.missing

    def judged(self, lecture: Lecture) -> dict[str, Judgement]:
        """Of each claim: by its last seeds, or by what the run says of it."""
        found = {}
        for claim in lecture.claims:
            good, last = self.good.get(claim.id), self.judgements.get(claim.id)
            verdict = good[1].verdict if good else None
            if last and step_key(last.claim) == step_key(claim):
                found[claim.id] = replace(last, claim=replace(claim, text=last.claim.text))
            elif verdict and not claim.sweep:
                found[claim.id] = judge(claim, [verdict])
        return found

    def broken(self, lecture: Lecture) -> dict[str, Trouble]:
        """Errors of steps and claims, by their ids."""
        run = {step.id: result for step, result in self._current(lecture) if result}
        results = {s.id: run.get(s.id) or Result(s.id, "ok") for s in lecture.steps}
        errors = failures(lecture, Run(results)) | broken_claims(lecture, self.judged(lecture))
        keys = {step.id: step_key(step) for step in lecture.steps}
        errors |= {id: error for id, (key, error) in self.errors.items() if keys.get(id) == key}
        keys = {exercise.id: exercise_key(exercise) for exercise in lecture.exercises}
        errors |= {id: error for id, (key, error) in self.errors.items() if keys.get(id) == key}
        every = [step for step in (*lecture.steps, *lecture.exercises) if step.id in errors]
        return {each.id: slide_trouble(self.root, each.slide, errors[each.id]) for each in every}

    def bad_slides(self, lecture: Lecture) -> set[str]:
        """Slides that keep their last good content: of what failed, and of what needs that."""
        lacking = {s.slide for s, result in self._current(lecture) if _is_lacking(s, result)}
        return lacking | {trouble.slide for trouble in self.broken(lecture).values()}

    def going(self) -> LectureRun | None:
        """The run that has not come to its end."""
        return next((run for run in self.runs if run.at < len(run.lecture.steps)), None)

    def waiting(self, lecture: Lecture) -> set[str]:
        """Slides with a snippet that has yet to run."""
        run = {step.id for step, result in self._current(lecture) if result}
        return {
            step.slide
            for step in lecture.snippets
            if self._runs(step)
            and step.id not in run
            and self.good.get(step.id, ("",))[0] != step_key(step)
        }

    def lacking(self, lecture: Lecture) -> set[str]:
        """Slides with a step that nothing is known of yet."""
        steps = [*lecture.steps, *(part for each in lecture.exercises for part in parts(each))]
        return {step.slide for step in steps if self._runs(step) and step.id not in self.good}

    def read_files(self) -> set[str]:
        """Paths of files that the snippets read."""
        return {path for _, result in self.good.values() for path in result.facts.read}


def step_key(step: Step) -> str:
    """What running a step depends on, of what the lecture says of it."""
    names = ("eval", "error", "sweep", "file", "data")
    options = [step.options.get(key) for key in names] if isinstance(step, Snippet) else []
    more = [
        getattr(step, key, None)
        for key in ("show", "seeds", "expect", "at_least", "sweep", "where")
    ]
    return repr((step.id, step.framework, type(step).__name__, step.code, options, more))


def exercise_key(exercise: Exercise) -> str:
    """The same of an exercise."""
    return repr((exercise.at, [step_key(part) for part in parts(exercise)]))


def run_settings(lecture: Lecture) -> tuple[object, ...]:
    """All that running depends on, of what the lecture says."""
    meta = lecture.meta
    keys = [step_key(step) for step in lecture.steps], [*map(exercise_key, lecture.exercises)]
    return *keys, lecture.seed, lecture.threads, meta.get("timeout"), meta.get("memory")


def _is_lacking(step: Step, result: Result | None) -> bool:
    """Whether a step did not run because another one failed."""
    runs = not isinstance(step, Snippet) or step.runs
    return runs and result is not None and result.status == "skipped"
