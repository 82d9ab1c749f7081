"""Which settings a snippet made, told from its text, from what it named and from what was seen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from proofdeck.facts import Facts
from proofdeck.held import Before, Held, Setting, closure, digest
from proofdeck.names import origins
from proofdeck.setters import DRAWING, FILTERS, OF_FILES, SEEDS, SETTING_VERBS, UNSEEN_VERBS, UNTOLD
from proofdeck.statements import DEFINES, FUTURE, LOADS, Statement
from proofdeck.uses import Uses

WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells settings from what names hold after a snippet."""

    names: Mapping[str, Held]
    local_hash: Callable[[str], str]
    """Of the course's own modules that code imports."""

    def settings(
        self, position: int, key: str, uses: Uses, before: Before, facts: Facts
    ) -> tuple[Setting, ...]:
        """The settings that a snippet changed, or may have changed."""
        found = [s for s in uses.settings if self._sets(s, bool(facts.settings))]
        nested = any(self.is_imported(name) for name in uses.patched)
        nested = nested or self._stores_on_unnamed(uses, facts)
        told = "".join(statement.code for statement in found)
        nested = nested or not facts.patched <= set(WORD.findall(told))
        called = any(map(self.is_imported, {n for h in before.names.values() for n in h.patched}))
        alone = all(self._is_replayable(s) for s in found) and (found or not facts.settings)
        alone = alone and not (found and facts.stopped)  # perhaps before it came to all of them
        if nested or called or not alone:
            seen = not (nested or called or found) and all(facts.settings.values())
            version = digest(repr(facts.settings) if seen else key)
            runs = frozenset[str]().union(*map(self._own_names, found))
            runs |= self._callable(uses.reads) if nested else frozenset()
            return (Setting(position, None, version, runs),)
        return tuple(
            Setting(position, each, self._version(each), self._own_names(each)) for each in found
        )

    def _version(self, statement: Statement) -> str:
        reads = sorted(closure(self.names, statement.reads) & self.names.keys())
        versions = (self.names[name].version for name in reads)
        return digest(statement.code.strip(), self.local_hash(statement.code), *versions)

    def _own_names(self, statement: Statement) -> frozenset[str]:
        """Names of the lecture's that may run, or be read, wherever what is set has its effect."""
        names = statement.reads | statement.binds
        return frozenset(name for name in names if not self.is_imported(name))

    def _callable(self, names: Iterable[str]) -> frozenset[str]:
        """Those of these names that hold what a library may have been given to call."""
        held = ((name, self.names.get(name)) for name in names if not self.is_imported(name))
        return frozenset(name for name, each in held if each and each.kind == "definition")

    def _stores_on_unnamed(self, uses: Uses, facts: Facts) -> bool:
        """Whether it stores on a module or class that it gave a name as a loop does, or `:=`.

        Nothing else shows it of a module that the snippet itself was the first to load.
        """
        bound = uses.binds - uses.definitions.keys()
        stored = {*uses.patched, *(s.root for s in uses.settings)} & bound & facts.held.keys()
        return any(facts.held[name].kind == "definition" for name in stored)

    def is_imported(self, name: str) -> bool:
        """Whether a name was imported, or is another one for a part of what was."""
        return name == UNTOLD or bool(self._origin(name))

    def _origin(self, name: str) -> str:
        """What an imported name means, or the one that it is another for; empty for any other."""
        seen: set[str] = set()
        while name not in seen and (held := self.names.get(name)) and held.statement:
            if found := origins(held.statement.code).get(name):
                return found
            seen.add(name)
            name = held.statement.renamed
        return ""

    def _sets(self, statement: Statement, observed: bool) -> bool:
        """Whether a statement may set something that no name shows."""
        if statement.verb in SEEDS:
            return False
        verb = statement.verb
        if verb in (FUTURE, LOADS):
            return True
        if verb == DEFINES:
            return self._is_of_course(statement.root)
        if verb in FILTERS:
            return self.is_imported(statement.root)
        if not self.is_imported(statement.root):
            return verb == "register" and self._is_class(statement.root)
        if not verb or verb in ("setattr", "delattr"):
            return True
        if statement.root in DRAWING:
            return observed or verb.startswith(SETTING_VERBS if statement.inner else UNSEEN_VERBS)
        if self._origin(statement.root).partition(".")[0] in OF_FILES:
            return observed or verb == "umask" or "exist_ok=True" in statement.code
        values = (self.names.get(name) for name in statement.reads)
        if any(held and held.kind != "definition" for held in values):
            return verb.startswith(SETTING_VERBS)
        return True

    def _is_of_course(self, name: str) -> bool:
        """Whether a name was imported from a module of the course's own."""
        module = self._origin(name).partition(".")[0]
        return bool(module and self.local_hash(f"import {module}"))

    def _is_class(self, name: str) -> bool:
        held = self.names.get(name)
        return bool(held and held.statement and "class " in held.statement.code)

    def _is_replayable(self, statement: Statement) -> bool:
        reached = closure(self.names, statement.reads)
        return all(self.names[n].kind == "definition" for n in reached if n in self.names)
