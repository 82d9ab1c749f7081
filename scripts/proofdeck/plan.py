"""What a step's result depends on: the keys under which it is kept.

A key is made of the step's code and run-relevant options, the versions of all that it may read,
the settings that hold, packages and our own code. Prose, captions, layout and notes are in none.
What only running shows (whether it draws random numbers, which files it opens) is noted as the
entry's `Shape` and makes the full key.
"""

from __future__ import annotations

import hashlib
import sysconfig
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from proofdeck.config import Config
from proofdeck.files import file_hash
from proofdeck.held import Before
from proofdeck.model import Claim, Lecture, Question, Result, Snippet, Step
from proofdeck.names import imports, local_modules
from proofdeck.uses import Uses, uses, uses_of_question

Lines = tuple[tuple[str, str, int], ...]

FORMAT = 7
"""Of cached results; raised when what they hold or mean changes."""

RUN_OPTIONS = ("eval", "error", "axes", "data")
"""Cell options that change what running gives; all others change only what is shown of it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What only running showed of what a result depends on."""

    seed: bool = False
    """It drew random numbers."""
    lines: bool = False
    """It said on which line a function stands."""
    named: bool = False
    """It told a name in which Keras counted."""
    placed: bool = False
    """It holds the path of the course's folder."""
    files: tuple[str, ...] = ()
    """It read these."""


def uses_of(step: Step) -> Uses:
    """What a step does with the lecture's names."""
    if isinstance(step, Snippet):
        return uses(step.code)
    more = (step.show, step.where) if isinstance(step, Claim) else ()
    found = uses_of_question(step.code, *more)
    return replace(found, reads=found.reads | step.asks) if step.asks else found


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a step's result depends on, as far as it is known before the step runs."""

    code: str
    options: tuple[str, ...]
    """What its random numbers are seeded from, and the options that count."""
    modules: str
    """Hash of the course's own modules that it imports."""
    names: Mapping[str, str]
    """Version of each name that it may read."""
    settings: tuple[str, ...]
    known: Mapping[str, str]
    """Observed settings."""
    so_far: str
    """All that ran before, where more than names may count."""
    threads: int
    packages: str
    own: str
    """Of proofdeck itself."""

    @property
    def key(self) -> str:
        """Hash of all."""
        parts = [FORMAT, *(getattr(self, name) for name in self.__slots__)]
        return _hash(repr(parts).encode("utf-8", "surrogatepass"))


def inputs_of(lecture: Lecture, step: Step, seed_id: str, before: Before, modules: str) -> Inputs:
    """What is known of a step before it runs."""
    seeded = f"seeded as {seed_id}"
    match step:
        case Snippet():
            options = seeded, *(f"{key}: {step.options.get(key)}" for key in RUN_OPTIONS)
        case Claim():
            more = f"show: {step.show}", f"where: {step.where}"
            options = "claim", seeded, *more, *_compared(step)
        case _:
            options = "value", seeded, *_compared(step)
    return Inputs(
        code=step.code,
        options=tuple(options),
        modules=modules,
        names={name: held.version for name, held in sorted(before.names.items())},
        settings=tuple(setting.version for setting in before.settings),
        known=dict(sorted(before.known.items())),
        so_far=before.so_far,
        threads=lecture.threads,
        packages=packages(),
        own=own_code(),
    )


def _compared(question: Question) -> tuple[str, ...]:
    """What it has of frameworks."""
    return tuple(f"{name}: {_hash(repr(values).encode())}" for name, values in question.given)


def full_key(
    first: str,
    shape: Shape,
    seed: int,
    before: Before,
    steps: Sequence[Step],
    file_version: Callable[[str], str],
    root: Path,
) -> str:
    """The key under which a result is kept, once its shape is known. `steps` are the lecture's."""
    parts = [
        first,
        seed if shape.seed else None,
        lines_of(before, steps) if shape.lines else None,
        before.counts if shape.named else None,
        str(root) if shape.placed else None,
        [(path, file_version(path)) for path in shape.files],
    ]
    return _hash(repr(parts).encode("utf-8", "surrogatepass"))


def lines_of(before: Before, steps: Sequence[Step]) -> Lines:
    """Where what a step may read was defined: names, ids of snippets, and lines in these."""
    return tuple(
        (name, steps[held.provider].id, held.statement.line)
        for name, held in sorted(before.names.items())
        if held.statement
    )


def shape_of(result: Result, old: Shape | None, root: Path) -> Shape:
    """What a result depends on; all that other runs from the same start did counts too."""
    facts = result.facts
    told = repr((result.outputs, result.value, result.verdict, facts.settings))
    texts = [told.encode("utf-8", "replace"), *result.exports.values()]
    old = old or Shape()
    return Shape(
        seed=old.seed or result.drew,
        lines=old.lines or facts.lines,
        named=old.named or facts.named,
        placed=old.placed or any(str(root).encode() in text for text in texts),
        files=tuple(sorted({*old.files, *facts.read})),
    )


@dataclass(frozen=True, slots=True)
class Modules:
    """The course's own modules."""

    folders: tuple[Path, ...]

    def digest(self, code: str) -> str:
        """Hash of those that `code` imports, also through others; empty for none."""
        found = local_modules(imports(code), self.folders)
        return _hash("".join(map(file_hash, found)).encode()) if found else ""


def modules_of(config: Config) -> Modules:
    """Where a course's modules lie."""
    return Modules(tuple(config.root / folder for folder in config.local_path))


@cache
def packages() -> str:
    """Hash of the names and versions of all installed packages, and of Python's."""
    site = Path(sysconfig.get_path("purelib"))
    found = (entry.name for entry in site.iterdir())
    names = sorted(name for name in found if name.endswith((".dist-info", ".egg-info")))
    return _hash("\n".join([sysconfig.get_python_version(), *names]).encode())


@cache
def own_code() -> str:
    """Hash of proofdeck's own modules, so that a new version never shows old results."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return _hash(b"".join(file.read_bytes() for file in files))


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
