"""`--verify`: what is shown, against a run from scratch.

A lecture runs anew from top to bottom. Where an output is another, it runs once more: what two
runs from scratch give differently varies by itself, and is not the pipeline's fault.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from proofdeck.cache import Cache
from proofdeck.check import Checked
from proofdeck.errors import ProofdeckError
from proofdeck.execute import Workers
from proofdeck.exercises import attempts
from proofdeck.frames import run_sweeps
from proofdeck.model import Lecture, Result, Run, Step
from proofdeck.output import Display, Output, Stream
from proofdeck.proofs import prove

ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
SECONDS = re.compile(r"\d+(\.\d+)?\s?(ms|µs|us|s)(/step)?\b")
KERAS_COUNTER = re.compile(r"\b([a-z_]+?)_\d+\b")

Shown = tuple[str, ...]


def differences(workers: Workers, checked: Checked) -> dict[str, ProofdeckError]:
    """An error for each step that gives something else from scratch, by its id."""
    each = checked.views or (checked,)
    found = [_differences(workers, view.lecture, view.run) for view in each]
    return {id: error for one in reversed(found) for id, error in one.items()}


def _differences(workers: Workers, lecture: Lecture, run: Run) -> dict[str, ProofdeckError]:
    kept, anew = _shown(run), _shown(_from_scratch(workers, lecture))
    parts = [part for each in lecture.exercises for way in attempts(each).values() for part in way]
    found = [step for step in (*lecture.steps, *parts) if kept[step.id] != anew[step.id]]
    if not found:
        return {}
    again = _shown(_from_scratch(workers, lecture))
    return {step.id: _error(step) for step in found if anew[step.id] == again[step.id]}


def _from_scratch(workers: Workers, lecture: Lecture) -> Run:
    with TemporaryDirectory(prefix="proofdeck-") as folder:
        scratch = replace(workers, cache=Cache(Path(folder)), progress=_quiet)
        run = scratch.begin(lecture)
        run.go()
        proved = [proof.results for proof in prove(scratch, run).values()]
        results = {id: result for each in (run.results, *proved) for id, result in each.items()}
        return Run(results, frames=run_sweeps(scratch, run).frames)


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
