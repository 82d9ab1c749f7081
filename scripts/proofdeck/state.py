"""What a lecture's names hold between two of its steps, as the parent knows it without running.

Each name has a version: of a plain value, an array or a tensor its contents; of a definition its
text; of any other object the key of the step that touched it last, for a step that starts from the
same does the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from proofdeck.facts import Facts, Holding
from proofdeck.held import Before, Held, Setting
from proofdeck.model import Result
from proofdeck.setters import DRAWING, SEEDS, SETTING_VERBS, UNSEEN_VERBS, UNTOLD
from proofdeck.statements import FUTURE, Statement
from proofdeck.uses import Uses


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
    missing: set[str] = field(default_factory=set)
    """Names that a failed step should have left."""

    def become(self, other: State) -> None:
        """From nothing, what another state is; from then on each goes its own way."""
        self.local_hash, self.settings, self.so_far = other.local_hash, other.settings, other.so_far
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
        reached = self.closure(self.names if uses.opaque else uses.reads)
        return Before(
            names={name: self.names[name] for name in sorted(reached) if name in self.names},
            absent=frozenset(reached - self.names.keys()),
            settings=self.settings,
            known=dict(self.known),
            so_far=self.so_far if uses.opaque else "",
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
        if holding.kind == "plain":
            same = old and old.kind == "plain" and old.version == holding.digest
            provider = old.provider if old and same else position
            return Held("plain", holding.digest, provider, links, group)
        if holding.kind == "definition":
            provider, statement = position, uses.definitions.get(name)
            if statement is None and name not in uses.binds and old:
                provider, statement = old.provider, old.statement
            if statement and statement.outline == holding.digest:
                text = statement.code.strip()
                version = _hash(text, holding.digest, self.local_hash(text))
                return Held("definition", version, provider, links, group, statement)
        elif holding.digest:  # its contents are known, though it cannot travel
            version = _hash(name, holding.digest)
            provider = old.provider if old and old.version == version else position
            return Held("object", version, provider, links, group)
        return Held("object", _hash(key, name), position, links, group)

    def _settle(self, name: str, position: int, old: Held | None) -> None:
        """A definition that needs more than definitions to be made again is an object."""
        held = self.names[name]
        if held.kind != "definition" or held.statement is None:
            return
        reached = self.closure(held.statement.reads) - {name}
        needs = [self.names[each] for each in reached if each in self.names]
        if any(need.kind != "definition" for need in needs):
            version = _hash(name, held.version, *sorted(need.version for need in needs))
            provider = old.provider if old and old.version == version else position
            self.names[name] = Held("object", version, provider, held.links, held.group)

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
            self.names[name] = Held("object", _hash(key, name), position, held.links, held.group)

    def _unsettle(self, changed: set[str]) -> None:
        """What was defined from an object that changed, as its subclass, is no definition now."""
        changed = {name for name in changed if self.names[name].kind == "object"}
        while changed:
            parts, changed = changed, set()
            for name, held in self.names.items():
                if held.kind == "definition" and held.statement and held.statement.reads & parts:
                    versions = (self.names[n].version for n in sorted(held.statement.reads & parts))
                    version = _hash(name, held.version, *versions)
                    made = Held("object", version, held.provider, held.links, held.group)
                    self.names[name] = made
                    changed.add(name)

    def _set(self, position: int, key: str, uses: Uses, before: Before, facts: Facts) -> None:
        """Note the settings that a snippet changed, or may have changed."""
        self.known |= facts.settings
        found = [s for s in uses.settings if self._sets(s, bool(facts.settings))]
        nested = any(self._is_imported(name) for name in uses.patched)
        nested = nested or self._stores_on_unnamed(uses, facts)
        told = "".join(statement.code for statement in found)
        nested = nested or any(name not in told for name in facts.patched)
        called = any(
            held.statement and any(self._is_imported(name) for name in held.statement.patched)
            for held in before.names.values()
        )
        alone = all(self._is_replayable(s) for s in found) and (found or not facts.settings)
        alone = alone and not (found and facts.stopped)  # perhaps before it came to all of them
        if nested or called or not alone:
            version = _hash(key) if nested or called or found else _hash(repr(facts.settings))
            self.settings = (*self.settings, Setting(position, None, version))
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
            self.settings = (*self.settings, Setting(position, statement, version))

    def _stores_on_unnamed(self, uses: Uses, facts: Facts) -> bool:
        """Whether it stores on a module or class that it gave a name as a loop does, or `:=`.

        Nothing else shows it of a module that the snippet itself was the first to load.
        """
        bound = uses.binds - uses.definitions.keys()
        stored = {*uses.patched, *(s.root for s in uses.settings)} & bound & facts.held.keys()
        return any(facts.held[name].kind == "definition" for name in stored)

    def _is_imported(self, name: str) -> bool:
        """Whether a name was imported, or is another one for a part of what was."""
        if name == UNTOLD:
            return True
        seen: set[str] = set()
        while name not in seen and (held := self.names.get(name)) and held.statement:
            if held.statement.code.strip().startswith(("import ", "from ")):
                return True
            seen.add(name)
            name = held.statement.renamed
        return False

    def _sets(self, statement: Statement, observed: bool) -> bool:
        """Whether a statement may set something that no name shows."""
        if statement.verb in SEEDS:
            return False
        if statement.verb == FUTURE:
            return True
        if not self._is_imported(statement.root):
            return statement.verb == "register" and self._is_class(statement.root)
        if not statement.verb or statement.verb in ("setattr", "delattr"):
            return True
        if statement.root in DRAWING:
            return observed or statement.verb.startswith(UNSEEN_VERBS)
        values = (self.names.get(name) for name in statement.reads)
        if any(held and held.kind != "definition" for held in values):
            return statement.verb.startswith(SETTING_VERBS)
        return True

    def _is_class(self, name: str) -> bool:
        held = self.names.get(name)
        return bool(held and held.statement and "class " in held.statement.code)

    def _is_replayable(self, statement: Statement) -> bool:
        reached = self.closure(statement.reads)
        return all(self.names[n].kind == "definition" for n in reached if n in self.names)


def touched(uses: Uses, before: Before) -> frozenset[str] | None:
    """Names whose values a step may change; None means all."""
    return None if uses.opaque else frozenset({*before.names, *before.absent})


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
