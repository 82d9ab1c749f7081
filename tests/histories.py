"""Random lectures and random edits of them, and the check that a build after each is sound."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Semaphore
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st

from proofdeck.cache import Cache
from proofdeck.config import load_config
from proofdeck.errors import Place
from proofdeck.execute import Workers
from proofdeck.forks import prepare
from proofdeck.lecture_run import LectureRun
from proofdeck.model import Lecture, Snippet
from proofdeck.verify import ADDRESS

EXAMPLES = int(os.environ.get("PROOFDECK_EXAMPLES", "0"))
"""Histories to search through for new counterexamples; by default a few, always the same."""


def searched(few: int, share: float) -> settings:
    """How one test takes its `share` of all histories, or its usual `few`."""
    return settings(
        deadline=None,
        max_examples=round(EXAMPLES * share) or few,
        derandomize=not EXAMPLES,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


HEADER = """\
import json
import math
import os
import random
from functools import lru_cache, partial

import numpy as np"""


def fragments(name: str) -> list[str]:
    """Lines of code to make lectures of.

    None lets a snippet append to a file: then not even two runs from scratch give the same.
    """
    return Path(__file__).with_name(name).read_text().splitlines()


@dataclass(frozen=True)
class Part:
    """One snippet of a generated lecture: fragments, each with its constant."""

    label: str
    fragments: tuple[tuple[str, int], ...]

    @property
    def code(self) -> str:
        texts = [f.replace("\\n", "\n").replace("{k}", str(k)) for f, k in self.fragments]
        return "\n".join(texts)


@dataclass(frozen=True)
class Course:
    """A generated lecture and what lies beside it."""

    header: str
    parts: tuple[Part, ...]
    data: int = 1
    module: int = 1
    seed: int = 1
    files: tuple[tuple[str, str], ...] = ()
    """More of them: paths and texts."""

    def lecture(self) -> Lecture:
        steps = [_snippet("header", self.header)]
        steps += [_snippet(part.label, part.code) for part in self.parts]
        meta = {"seed": self.seed, "timeout": 20}
        return Lecture("x", "slides/x.md", meta, (), tuple(steps), {}, (), ())

    def write(self, root: Path) -> None:
        (root / "sub").mkdir(parents=True, exist_ok=True)
        (root / "figures").mkdir(exist_ok=True)
        (root / "pyproject.toml").write_text('[tool.proofdeck]\ncourse = "C"\n')
        (root / "data.txt").write_text(f"data {self.data}")
        (root / "odd.txt").unlink(missing_ok=True)
        if self.data % 2:
            (root / "odd.txt").write_text("odd")
        text = f"value = {self.module}\n\n\ndef twice(x):\n    return {self.module} * x\n"
        for path, more in (("figures/local.py", text), *self.files):
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_text(more)


def _snippet(label: str, code: str) -> Snippet:
    place = Place("slides/x.md", 1)
    return Snippet(label, place, "one", code, place)


def fragments_of(pool: Sequence[str]) -> st.SearchStrategy[tuple[str, int]]:
    return st.tuples(st.sampled_from(pool), st.integers(1, 4))


_labels = count()


@st.composite
def histories(draw: st.DrawFn, pool: Sequence[str], header: str) -> list[Course]:
    """A lecture and its states after each of a few edits."""
    some = st.lists(fragments_of(pool), min_size=1, max_size=2).map(tuple)
    first = draw(st.lists(some, min_size=3, max_size=9))
    course = Course(header, tuple(Part(f"s{n}", each) for n, each in enumerate(first)))
    states = [course]
    for number in range(draw(st.integers(1, 3))):
        course = draw(edited(course, some, f"n{number}"))
        states.append(course)
    return states


@st.composite
def edited(draw: st.DrawFn, course: Course, some: Any, label: str) -> Course:
    """The course after one edit."""
    parts = list(course.parts)
    at = draw(st.integers(0, len(parts) - 1))
    kind = draw(st.sampled_from(KINDS))
    match kind:
        case "constant":
            fragment, k = parts[at].fragments[0]
            new = ((fragment, k % 4 + 1), *parts[at].fragments[1:])
            parts[at] = replace(parts[at], fragments=new)
        case "change":
            parts[at] = replace(parts[at], fragments=draw(some))
        case "insert":
            parts.insert(at, Part(label, draw(some)))
        case "delete" if len(parts) > 1:
            del parts[at]
        case "move":
            part = parts.pop(at)
            parts.insert(draw(st.integers(0, len(parts))), part)
        case "split":
            first, *rest = parts[at].fragments
            parts[at : at + 1] = [Part(parts[at].label, (first,))]
            parts[at + 1 : at + 1] = [Part(label, tuple(rest))] if rest else []
        case "merge" if at + 1 < len(parts):
            both = parts[at].fragments + parts[at + 1].fragments
            parts[at : at + 2] = [Part(parts[at].label, both)]
        case "data":
            return replace(course, data=course.data + 1)
        case "module":
            return replace(course, module=course.module + 1)
        case "seed":
            return replace(course, seed=course.seed + 1)
    return replace(course, parts=tuple(parts))


KINDS = (
    "constant",
    "change",
    "insert",
    "delete",
    "move",
    "split",
    "merge",
    "data",
    "module",
    "seed",
)


def run_in(root: Path, course: Course, cache: Path) -> LectureRun:
    course.write(root)
    with patch.dict(os.environ):
        workers = Workers(load_config(root), Cache(cache), lambda *_: None, Semaphore(1))
        run = workers.begin(course.lecture())
        run.go()
    return run


def seen(run: LectureRun) -> dict[str, Any]:
    """All that a run gives: statuses, outputs, failures, and the plain values at the end.

    But for addresses, as of an iterator that is printed.
    """
    results = {
        id: ADDRESS.sub(
            "0x", repr((r.status, r.outputs, r.failure and r.failure.message, r.warnings))
        )
        for id, r in run.results.items()
    }
    held = {n: h.version for n, h in run.state.names.items() if h.kind == "plain"}
    return {**results, "values": held}


def check_history(states: Sequence[Course], *modules: str) -> None:
    """Run each state with what is known from those before, and from scratch.

    Processes begin with NumPy and `modules`, which they would otherwise import each by itself.
    """
    prepare([frozenset({"numpy", *modules})])
    with TemporaryDirectory() as folder:
        root, before, after = (Path(folder, name) for name in ("course", "before", "after"))
        root.mkdir()
        for number, course in enumerate(states):
            shutil.copytree(root, before)  # what earlier runs left on disk is there for both
            quick = run_in(root, course, Path(folder, "cache"))
            root.rename(after)
            before.rename(root)
            if number:
                slow = run_in(root, course, Path(folder, f"cache{number}"))
                assert seen(quick) == seen(slow)
            shutil.rmtree(root)
            after.rename(root)


def tell(states: Sequence[Course]) -> None:
    """Say how each state reads, should it fail."""
    for number, course in enumerate(states):
        note(f"state {number}: data {course.data} module {course.module} seed {course.seed}")
        for part in course.parts:
            note(f"--- {part.label}\n{part.code}")


def history(*states: Sequence[str], seeds: Sequence[int] = ()) -> list[Course]:
    """States given as their snippets' code; a snippet keeps its label with its place."""
    return [
        Course(
            HEADER,
            tuple(Part(f"s{n}", ((code, 1),)) for n, code in enumerate(state)),
            seed=seeds[number] if seeds else 1,
        )
        for number, state in enumerate(states)
    ]


def above(*codes: str, last: str) -> list[Course]:
    """A history in which only the last snippet is edited."""
    return history([*codes, last], [*codes, f"{last}\nprint(2)"])


def edited_at(at: int, code: str, *codes: str) -> list[Course]:
    """A history in which the snippet at a position becomes another."""
    return history(codes, [*codes[:at], code, *codes[at + 1 :]])
