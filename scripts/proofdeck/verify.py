"""`--verify`: what is shown, against a run from scratch.

A lecture runs anew from top to bottom. Where an output is another, it runs once more: what two
runs from scratch give differently varies by itself, and is not the pipeline's fault.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from proofdeck.cache import Cache
from proofdeck.check import Checked
from proofdeck.compare import compare
from proofdeck.errors import ProofdeckError
from proofdeck.execute import Workers
from proofdeck.exercises import attempts
from proofdeck.frames import run_sweeps
from proofdeck.model import Lecture, Result, Run, Snippet, Step
from proofdeck.output import Display, Output, Stream
from proofdeck.proofs import prove
from proofdeck.views import begin

ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
SECONDS = re.compile(r"\d+(\.\d+)?\s?(ms|µs|us|s)(/step)?\b")
KERAS_COUNTER = re.compile(r"\b([a-z_]+?)_\d+\b")

Shown = tuple[str, ...]


def differences(workers: Workers, checked: Checked) -> dict[str, ProofdeckError]:
    """An error for each step that gives something else from scratch, by its id."""
    each = checked.views or (checked,)
    kept, anew = [_shown(view.run) for view in each], _from_scratch(workers, checked.lecture)
    found = [
        (number, step)
        for number, view in enumerate(each)
        for step in (*view.lecture.steps, *_attempts(view.lecture))
        if kept[number][step.id] != anew[number][step.id]
    ]
    if not found:
        return {}
    again = _from_scratch(workers, checked.lecture)
    same = [step for number, step in found if anew[number][step.id] == again[number][step.id]]
    return {step.id: _error(step) for step in same}


def _attempts(lecture: Lecture) -> list[Snippet]:
    ways = [way for each in lecture.exercises for way in attempts(each).values()]
    return [snippet for way in ways for snippet in way]


def _from_scratch(workers: Workers, lecture: Lecture) -> list[Mapping[str, tuple[Shown, ...]]]:
    """What a lecture shows, or each framework's view of it, that has run by itself."""
    views = begin(workers, lecture)
    with ExitStack() as stack:
        folders = [stack.enter_context(TemporaryDirectory(prefix="proofdeck-")) for _ in views.runs]
        alone = [replace(workers, cache=Cache(Path(each)), progress=_quiet) for each in folders]
        runs = [each.begin(run.lecture) for each, run in zip(alone, views.runs, strict=True)]
        found = []
        for scratch, run in zip(alone, runs, strict=True):
            run.go()
            proved = [proof.results for proof in prove(scratch, run).values()]
            results = {id: result for each in (run.results, *proved) for id, result in each.items()}
            found.append(Run(results, frames=run_sweeps(scratch, run).frames))
        compared = compare(alone[0], replace(views, runs=tuple(runs)), fast=True).results
        return [_shown(replace(run, results={**run.results, **compared})) for run in found]


def _shown(run: Run) -> Mapping[str, tuple[Shown, ...]]:
    """What readers could see of each step and of its frames, by its id."""
    frames = {id: [frame.result for frame in each] for id, each in run.frames.items()}
    return {
        id: tuple(map(_of_result, [result, *frames.get(id, ())]))
        for id, result in run.results.items()
    }


def _of_result(result: Result) -> Shown:
    """All that a reader could see of a result, without what no two runs have in common."""
    verdict = result.verdict and (result.verdict.held, result.verdict.values, result.verdict.shown)
    parts = [result.status, result.value, repr(verdict), *map(_text, result.outputs)]
    return tuple(_settled(part) for part in parts)


def _text(output: Output) -> str:
    match output:
        case Stream():
            return f"{output.name}: {output.text}"
        case Display():
            return repr(sorted(output.data.items()))


def _settled(text: str) -> str:
    return KERAS_COUNTER.sub(r"\1", SECONDS.sub("s", ADDRESS.sub("0x", text)))


def _error(step: Step) -> ProofdeckError:
    return ProofdeckError(
        f"{step.id!r} gives something else from scratch than what was kept of it",
        "That is a fault of proofdeck: `proofdeck clean --cache` helps for now. Please report it.",
        step.place,
    )


def _quiet(lecture: str, event: str, step: Step | None) -> None:
    """Nobody follows runs that only compare."""
