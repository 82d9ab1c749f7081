"""What a lecture's names hold between two of its steps, as the parent knows it without running.

Each name has a version: of a plain value, an array or a tensor its contents; of a definition its
text; of any other object the key of the step that touched it last, for a step that starts from the
same does the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from proofdeck.facts import Facts, Holding
from proofdeck.held import Before, Held, Setting
from proofdeck.model import Result
from proofdeck.names import origins
from proofdeck.setters import DRAWING, FILTERS, OF_FILES, SEEDS, SETTING_VERBS, UNSEEN_VERBS, UNTOLD
from proofdeck.statements import FUTURE, LOADS, Statement
from proofdeck.uses import Uses

WORD = re.compile(r"\w+")


@dataclass(slots=True)
class State:
    """Between two steps."""

    local_hash: Callable[[str], str]
    """Of the course's own modules that code imports."""
    names: dict[str, Held] = field(default_factory=dict)
    settings: tuple[Setting, ...] = ()
    known: dict[str, str] = field(default_factory=dict)
    """Observed settings, as text."""
    so_far: str = ""
    """Hash of the keys of all snippets before."""
    exports: dict[str, bytes] = field(default_factory=dict)
    """By version."""
    files: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Hash and writer's position of each file that a snippet wrote."""
    counts: tuple[tuple[str, str], ...] = ()
    """Ids of the steps in which Keras counted in names, and how far."""
    missing: set[str] = field(default_factory=set)
    """Names that a failed step should have left."""

    def become(self, other: State) -> None:
        """From nothing, what another state is; from then on each goes its own way."""
        self.local_hash, self.settings, self.so_far = other.local_hash, other.settings, other.so_far
        self.counts = other.counts
        self.names |= other.names
        self.known |= other.known
        self.exports |= other.exports
        self.files |= other.files
        self.missing |= other.missing

    def closure(self, names: Iterable[str]) -> frozenset[str]:
        """These names and all that is read or changed where they are used."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            if held := self.names.get(name):
                waiting += held.links | held.group
        return frozenset(found)

    def before(self, uses: Uses) -> Before:
        """What a step that uses names so finds."""
        reached = self.closure(uses.reads.union(*(setting.runs for setting in self.settings)))
        names = {name: self.names[name] for name in sorted(reached) if name in self.names}
        opaque = uses.opaque or any(held.opaque for held in names.values())
        return Before(
            names=dict(sorted(self.names.items())) if opaque else names,
            absent=frozenset(reached - self.names.keys()),
            settings=self.settings,
            known=dict(self.known),
            opaque=opaque,
            so_far=self.so_far if opaque else "",
            counts=self.counts,
        )

    def apply(self, position: int, key: str, uses: Uses, before: Before, result: Result) -> None:
        """Take over what a snippet left."""
        facts = result.facts
        self.so_far = _hash(self.so_far, key)
        for name, data in result.exports.items():
            if name in facts.held:
                self.exports[facts.held[name].digest] = data
        old = dict(self.names)
        stored_on = self._stored_on(uses, before)
        for name in facts.gone:
            self.names.pop(name, None)
        for name, holding in facts.held.items():
            self.names[name] = self._held(position, key, uses, name, holding)
        for name in facts.held:
            if name in stored_on and not self._is_imported(name):
                self._spoil(name, position, key)
            self._settle(name, position, old.get(name))
        self._unsettle({n for n in facts.held.keys() - uses.binds if self.names[n] != old.get(n)})
        # What shared something with a name that now holds something else.
        for name, held in list(self.names.items()):
            if held.group and name not in facts.held:
                group = {o for o in held.group if o in self.names and name in self.names[o].group}
                if group != held.group:
                    self.names[name] = replace(held, group=frozenset(group))
        self._set(position, key, uses, before, facts)

    def _held(self, position: int, key: str, uses: Uses, name: str, holding: Holding) -> Held:
        old = self.names.get(name)
        links, group = holding.links, holding.group
        opaque = bool(old and old.opaque and name not in uses.binds)
        if holding.kind == "plain":
            same = old and old.kind == "plain" and old.version == holding.digest
            provider = old.provider if old and same else position
            return Held("plain", holding.digest, provider, links, group)
        if holding.kind == "definition":
            if old and old.statement and name not in uses.binds:
                if old.statement.outline == holding.digest:
                    return replace(old, links=links, group=group)
            elif statement := uses.definitions.get(name):
                opaque = statement.opaque
                if statement.outline == holding.digest:
                    text = statement.code.strip()
                    version = _hash(text, holding.digest, self.local_hash(text))
                    return Held("definition", version, position, links, group, statement, opaque)
            else:
                opaque = uses.opaque
        elif holding.digest:  # its contents are known, though it cannot travel
            version = _hash(name, holding.digest)
            provider = old.provider if old and old.version == version else position
            return Held("object", version, provider, links, group)
        return Held("object", _hash(key, name), position, links, group, opaque=opaque)

    def _settle(self, name: str, position: int, old: Held | None) -> None:
        """A definition is made of what it reads where it stands, such as the base of a class.

        One that needs more than definitions to be made again is an object.
        """
        held = self.names[name]
        if held.provider != position or held.statement is None:
            return
        reads = held.statement.reads
        needs = [self.names[n] for n in self.closure(reads) - {name} if n in self.names]
        needs += [old] if old and name in reads else []
        if not needs:
            return
        version = _hash(name, held.version, *sorted(need.version for need in needs))
        same = old and old.version == version
        made = held.as_object(version, old.provider if old and same else position)
        is_definition = all(need.kind == "definition" for need in needs)
        self.names[name] = replace(held, version=version) if is_definition else made

    def _stored_on(self, uses: Uses, before: Before) -> set[str]:
        """Names on whose attributes a snippet may store; of another name for a part, the whole."""
        found = {s.root for s in uses.settings if s.verb in ("", "setattr", "delattr")}
        found |= uses.patched
        for held in before.names.values():
            if held.statement:
                found |= held.statement.patched
        renamed = (self.names.get(name) for name in list(found))
        return found | {h.statement.renamed for h in renamed if h and h.statement}

    def _spoil(self, name: str, position: int, key: str) -> None:
        """A definition on which something was stored is an object, whatever it looks like."""
        held = self.names[name]
        if held.kind == "definition":
            self.names[name] = held.as_object(_hash(key, name), position)

    def _unsettle(self, changed: set[str]) -> None:
        """What was defined from an object that changed, as its subclass, is no definition now."""
        changed = {name for name in changed if self.names[name].kind == "object"}
        while changed:
            parts, changed = changed, set()
            for name, held in self.names.items():
                if held.kind == "definition" and held.statement and held.statement.reads & parts:
                    versions = (self.names[n].version for n in sorted(held.statement.reads & parts))
                    version = _hash(name, held.version, *versions)
                    self.names[name] = held.as_object(version, held.provider)
                    changed.add(name)

    def _set(self, position: int, key: str, uses: Uses, before: Before, facts: Facts) -> None:
        """Note the settings that a snippet changed, or may have changed."""
        self.known |= facts.settings
        found = [s for s in uses.settings if self._sets(s, bool(facts.settings))]
        nested = any(self._is_imported(name) for name in uses.patched)
        nested = nested or self._stores_on_unnamed(uses, facts)
        told = "".join(statement.code for statement in found)
        nested = nested or not facts.patched <= set(WORD.findall(told))
        called = any(
            held.statement and any(self._is_imported(name) for name in held.statement.patched)
            for held in before.names.values()
        )
        alone = all(self._is_replayable(s) for s in found) and (found or not facts.settings)
        alone = alone and not (found and facts.stopped)  # perhaps before it came to all of them
        if nested or called or not alone:
            version = _hash(key) if nested or called or found else _hash(repr(facts.settings))
            runs = frozenset[str]().union(*map(self._own_names, found))
            runs |= self._callable(uses.reads) if nested else frozenset()
            self.settings = (*self.settings, Setting(position, None, version, runs))
            return
        for statement in found:
            version = _hash(
                statement.code.strip(),
                self.local_hash(statement.code),
                *(
                    self.names[name].version
                    for name in sorted(self.closure(statement.reads))
                    if name in self.names
                ),
            )
            runs = self._own_names(statement)
            self.settings = (*self.settings, Setting(position, statement, version, runs))

    def _own_names(self, statement: Statement) -> frozenset[str]:
        """Names of the lecture's that may run, or be read, wherever what is set has its effect."""
        names = statement.reads | statement.binds
        return frozenset(name for name in names if not self._is_imported(name))

    def _callable(self, names: Iterable[str]) -> frozenset[str]:
        """Those of these names that hold what a library may have been given to call."""
        held = ((name, self.names.get(name)) for name in names if not self._is_imported(name))
        return frozenset(name for name, each in held if each and each.kind == "definition")

    def _stores_on_unnamed(self, uses: Uses, facts: Facts) -> bool:
        """Whether it stores on a module or class that it gave a name as a loop does, or `:=`.

        Nothing else shows it of a module that the snippet itself was the first to load.
        """
        bound = uses.binds - uses.definitions.keys()
        stored = {*uses.patched, *(s.root for s in uses.settings)} & bound & facts.held.keys()
        return any(facts.held[name].kind == "definition" for name in stored)

    def _is_imported(self, name: str) -> bool:
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
        if verb in FILTERS:
            return self._is_imported(statement.root)
        if not self._is_imported(statement.root):
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

    def _is_class(self, name: str) -> bool:
        held = self.names.get(name)
        return bool(held and held.statement and "class " in held.statement.code)

    def _is_replayable(self, statement: Statement) -> bool:
        reached = self.closure(statement.reads)
        return all(self.names[n].kind == "definition" for n in reached if n in self.names)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
