"""How much runs again after an edit, over all snippets of the course's own lectures.

In the quick test nothing runs: what an edited snippet would give is taken to be what it gave, or
else as new as it can be, and the engine says what it would run. The slow ones really run it.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import mean
from threading import Semaphore
from unittest.mock import patch

import pytest

from proofdeck.cache import Cache
from proofdeck.config import load_config
from proofdeck.execute import Workers
from proofdeck.facts import Holding
from proofdeck.lecture_run import LectureRun
from proofdeck.model import Lecture, Result, Snippet, Step
from proofdeck.parse import parse
from proofdeck.process import Process
from proofdeck.processes import Processes
from proofdeck.views import begin
from sites import LECTURES

MOST = 0.15
"""Of a lecture's snippets, after an edit of one of them; as a mean over all edits."""


def commented(code: str) -> str:
    return f"{code}\n# A comment."


def with_other_constant(code: str) -> str:
    """The code with its first number one larger; the same where there is none."""
    numbers = [
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Constant) and type(node.value) in (int, float)
    ]
    if not numbers:
        return code
    first = min(numbers, key=lambda node: (node.lineno, node.col_offset))
    lines = code.encode().splitlines(keepends=True)
    line, start, end = lines[first.lineno - 1], first.col_offset, first.end_col_offset
    lines[first.lineno - 1] = line[:start] + repr(first.value + 1).encode() + line[end:]
    return b"".join(lines).decode()


def all_new(result: Result) -> Result:
    """What a snippet gave, with every plain value another one."""

    def new(holding: Holding) -> Holding:
        digest = hashlib.sha256(f"new {holding.digest}".encode()).hexdigest()
        return replace(holding, digest=digest) if holding.kind == "plain" else holding

    held = {name: new(holding) for name, holding in result.facts.held.items()}
    return replace(result, facts=replace(result.facts, held=held))


def edits(lecture: Lecture, edit: Callable[[str], str]) -> Iterator[Lecture]:
    """The lecture with one of its snippets edited, for each of them."""
    for number, step in enumerate(lecture.steps):
        if isinstance(step, Snippet) and step.runs and edit(step.code) != step.code:
            edited = replace(step, code=edit(step.code))
            steps = (*lecture.steps[:number], edited, *lecture.steps[number + 1 :])
            yield replace(lecture, steps=steps)


def share_that_runs(
    workers: Workers, own: LectureRun, edited: Lecture, gives: Callable[[Result], Result]
) -> float:
    """Of an edited lecture's snippets, those that the engine has run again."""
    ran = set()

    def pretend(_: Processes, position: int, step: Step) -> Result:
        if isinstance(step, Snippet):
            ran.add(step.id)
        return gives(own.results[step.id])

    with patch.object(Processes, "run", pretend), patch.object(Cache, "put"):
        workers.begin(edited).go()
    snippets = [step for step in edited.steps if isinstance(step, Snippet) and step.runs]
    return len(ran) / len(snippets)


def test_on_average_an_edit_runs_little_again(root_of: Callable[[str], Path]) -> None:
    """Each snippet of each lecture edited twice: by a comment, and by another constant."""
    found: dict[str, list[float]] = {"comment": [], "constant": []}
    for name in LECTURES:
        config = load_config(root_of(name))
        workers = Workers(config, Cache(config.cache), lambda *_: None, Semaphore(1))
        lecture = parse(config, f"slides/{name}.md")
        own = workers.begin(lecture)
        own.go()
        for kind, edit, gives in (
            ("comment", commented, lambda result: result),
            ("constant", with_other_constant, all_new),
        ):
            some = [share_that_runs(workers, own, each, gives) for each in edits(lecture, edit)]
            print(f"{name}: a {kind} runs {mean(some):.1%} again, {max(some):.0%} at most")
            found[kind] += some
    for kind, some in found.items():
        print(f"a {kind}: {mean(some):.1%} over {len(some)} edits")
    assert mean(found["comment"] + found["constant"]) <= MOST


@dataclass
class Real:
    """A lecture's own run, all of it known, and what further runs do in their processes."""

    workers: Workers
    own: LectureRun
    ran: list[str] = field(default_factory=list)
    """Ids of steps."""
    failures: list[str] = field(default_factory=list)
    """Why a state could not be made from parts, so that all above it ran."""

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Notes what runs, and keeps nothing of it."""
        prepare, run = Process.prepare, Process.run

        def noting_prepare(process: Process, position: int) -> str:
            if failure := prepare(process, position):
                self.failures.append(f"{process.past.steps[position].id}: {failure}")
            return failure

        def noting_run(process: Process, position: int) -> Result:
            self.ran.append(process.past.steps[position].id)
            return run(process, position)

        with (
            patch.object(Process, "prepare", noting_prepare),
            patch.object(Process, "run", noting_run),
            patch.object(Cache, "put"),
        ):
            yield


def real(root: Path, name: str) -> Real:
    config = load_config(root)
    workers = Workers(config, Cache(config.cache), lambda *_: None, Semaphore(2))
    (own, *_) = begin(workers, parse(config, f"slides/{name}.md")).runs
    own.go()
    return Real(workers, own)


@pytest.mark.slow
def test_a_comment_brings_little_and_changes_nothing(root_of: Callable[[str], Path]) -> None:
    shares = []
    for name in LECTURES:
        each = real(root_of(name), name)
        some = []
        for edited in edits(each.own.lecture, commented):
            each.ran.clear()
            run = each.workers.begin(edited)
            with each.followed():
                run.go()
            snippets = {s.id for s in edited.steps if isinstance(s, Snippet) and s.runs}
            some.append(sum(id in snippets for id in each.ran) / len(snippets))
            for id, result in run.results.items():
                assert result.outputs == each.own.results[id].outputs, id
        assert each.failures == []
        print(f"{name}: {mean(some):.1%} runs, {max(some):.0%} at most")
        shares += some
    assert mean(shares) <= MOST


@pytest.mark.slow
@pytest.mark.parametrize("name", LECTURES)
def test_a_seeded_run_runs_nothing_twice(name: str, root_of: Callable[[str], Path]) -> None:
    each = real(root_of(name), name)
    claims = [claim for claim in each.own.lecture.claims if each.own.results[claim.id].verdict]
    with each.followed():
        each.workers.seeded(each.own, claims, 1)
    assert each.failures == []
    assert each.ran
    assert len(each.ran) == len(set(each.ran))
