"""Mutants of a lecture: each mutation of its snippets, figure scripts and local modules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import PurePosixPath

from proofdeck.config import Config
from proofdeck.drawing import drawn, names_read
from proofdeck.errors import Place
from proofdeck.model import Lecture, Snippet, Step
from proofdeck.mutations import Mutation, mutations
from proofdeck.names import all_imports, tree_of
from proofdeck.scope import stores


@dataclass(frozen=True, slots=True)
class Change:
    """Other code for snippets, or for a local module."""

    codes: Mapping[str, str]
    """The changed snippets' code, by snippet id."""
    module: str = ""
    """File name of the local module that is changed; empty for none."""
    module_code: str = ""


@dataclass(frozen=True, slots=True)
class Mutant:
    """The lecture with one thing changed."""

    place: Place
    description: str
    change: Change
    probe: Change
    """An error in its place, which shows whether that code runs at all."""
    touched: frozenset[str]
    """Ids of what gives something else: changed snippets, and what uses the changed module."""

    def __str__(self) -> str:
        return f"{self.place}: {self.description}"


def mutants_of(config: Config, lecture: Lecture) -> tuple[Mutant, ...]:
    """All mutants of a lecture, those of its parts in turns: a few of the first cover it all."""
    snippets = [snippet for snippet in lecture.snippets if snippet.runs]
    modules = local_modules(config, [snippet.code for snippet in snippets])
    steps: list[Step] = [*snippets, *lecture.claims]
    parts: list[list[Mutant]] = []
    for path in dict.fromkeys(snippet.code_place.path for snippet in snippets if snippet.script):
        users = [snippet for snippet in snippets if snippet.script == path]
        parts.append(_of_script(path, users, steps, modules))
    parts += [_of_snippet(snippet) for snippet in snippets if not snippet.script]
    scripts = {snippet.script for snippet in snippets}
    parts += [_of_module(path, steps, modules) for path in modules if path not in scripts]
    turns = chain.from_iterable(zip_longest(*parts))
    return tuple(mutant for mutant in turns if mutant)


def local_modules(config: Config, codes: Sequence[str]) -> dict[str, str]:
    """Texts of the course's own modules that `codes` import, directly or not, by path."""
    folders = [config.root / folder for folder in config.local_path]
    found: dict[str, str] = {}
    for name in sorted(all_imports(list(codes), folders)):
        for folder in config.local_path:
            file = config.root / folder / f"{name}.py"
            if file.is_file():
                path = PurePosixPath(folder, file.name).as_posix()
                found.setdefault(path, file.read_text("utf-8", "replace"))
    return found


def _of_snippet(snippet: Snippet) -> list[Mutant]:
    return [
        _mutant(snippet.code_place, mutation, [snippet.id], "", frozenset({snippet.id}))
        for mutation in mutations(snippet.code)
    ]


def _of_script(
    path: str, users: Sequence[Snippet], steps: Sequence[Step], modules: Mapping[str, str]
) -> list[Mutant]:
    """Of a figure script, which other snippets may import as well."""
    module = PurePosixPath(path).name if path in modules else ""
    ids = [user.id for user in users]
    made = []
    for mutation in mutations(users[0].code):
        touched = _touched(mutation, steps, modules) if module else frozenset[str]()
        made.append(_mutant(Place(path, 1), mutation, ids, module, touched.union(ids)))
    return made


def _of_module(path: str, steps: Sequence[Step], modules: Mapping[str, str]) -> list[Mutant]:
    """Of a module, as far as some snippet uses what is changed."""
    return [
        _mutant(Place(path, 1), mutation, [], PurePosixPath(path).name, touched)
        for mutation in mutations(modules[path])
        if (touched := _touched(mutation, steps, modules))
    ]


def _mutant(
    start: Place, mutation: Mutation, ids: Sequence[str], module: str, touched: frozenset[str]
) -> Mutant:
    """A mutation of the code that starts at a place and belongs to snippets or to a module."""
    change, probe = (
        Change(dict.fromkeys(ids, code), module, code if module else "")
        for code in (mutation.code, mutation.probe)
    )
    place = Place(start.path, start.line + mutation.line - 1)
    return Mutant(place, mutation.description, change, probe, touched)


def _touched(
    mutation: Mutation, steps: Iterable[Step], modules: Mapping[str, str]
) -> frozenset[str]:
    """Ids of the steps that use what a module's mutation changes, also through others of it."""
    names = set(mutation.names)
    statements = [statement for text in modules.values() for statement in tree_of(text).body]
    before = -1
    while len(names) > before:
        before = len(names)
        for statement in statements:
            if names_read(statement) & names:
                names |= stores(statement)
    trees = {step.id: tree_of(step.code) for step in steps}
    return frozenset(id for id, tree in trees.items() if names_read(tree, drawn(tree)) & names)
