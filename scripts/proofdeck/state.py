"""What a lecture's names hold between two of its steps, as the parent knows it without running.

Each name has a version: of a plain value, an array or a tensor its contents; of a definition its
text; of any other object the key of the step that touched it last, for a step that starts from the
same does the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from proofdeck.facts import Holding
from proofdeck.held import Before, Held, Setting, closure, digest
from proofdeck.model import Result
from proofdeck.set_by import Teller
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
    counts: tuple[tuple[str, str], ...] = ()
    """Ids of the steps in which Keras counted in names, and how far."""
    missing: set[str] = field(default_factory=set)
    """Names that a failed step should have left."""

    @property
    def _teller(self) -> Teller:
        return Teller(self.names, self.local_hash)

    def become(self, other: State) -> None:
        """From nothing, what another state is; from then on each goes its own way."""
        self.local_hash, self.settings, self.so_far = other.local_hash, other.settings, other.so_far
        self.counts = other.counts
        self.names |= other.names
        self.known |= other.known
        self.exports |= other.exports
        self.files |= other.files
        self.missing |= other.missing

    def before(self, uses: Uses) -> Before:
        """What a step that uses names so finds."""
        reached = closure(
            self.names, uses.reads.union(*(setting.runs for setting in self.settings))
        )
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
        self.so_far = digest(self.so_far, key)
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
            if name in stored_on and not self._teller.is_imported(name):
                self._spoil(name, position, key)
            self._settle(name, position, old.get(name))
        self._unsettle({n for n in facts.held.keys() - uses.binds if self.names[n] != old.get(n)})
        # What shared something with a name that now holds something else.
        for name, held in list(self.names.items()):
            if held.group and name not in facts.held:
                group = {o for o in held.group if o in self.names and name in self.names[o].group}
                if group != held.group:
                    self.names[name] = replace(held, group=frozenset(group))
        self.known |= facts.settings
        self.settings += self._teller.settings(position, key, uses, before, facts)

    def _held(self, position: int, key: str, uses: Uses, name: str, holding: Holding) -> Held:
        old = self.names.get(name)
        own = old if name not in uses.binds else None
        links, group = holding.links, holding.group
        opaque = bool(own and own.opaque)
        patched = own.patched if own else self._patched(uses, name)
        statement = own.statement if own else uses.definitions.get(name)
        if holding.kind == "plain":
            same = old and old.kind == "plain" and old.version == holding.digest
            provider = old.provider if old and same else position
            return Held("plain", holding.digest, provider, links, group)
        if holding.kind == "borrowed" and statement:
            version = digest(statement.code.strip(), holding.digest)
            provider = own.provider if own else position
            return Held("definition", version, provider, links, group, statement)
        if holding.kind == "definition":
            if own and statement:
                if statement.outline == holding.digest:
                    return replace(own, links=links, group=group)
            elif statement:
                opaque = statement.opaque
                if statement.outline == holding.digest:
                    text = statement.code.strip()
                    version = digest(text, holding.digest, self.local_hash(text))
                    made = Held("definition", version, position, links, group, statement, opaque)
                    return replace(made, patched=patched)
            else:
                opaque = uses.opaque
        elif holding.digest:  # its contents are known, though it cannot travel
            version = digest(name, holding.digest)
            provider = old.provider if old and old.version == version else position
            return Held("object", version, provider, links, group)
        version = digest(key, name)
        return Held("object", version, position, links, group, opaque=opaque, patched=patched)

    def _patched(self, uses: Uses, name: str) -> frozenset[str]:
        """Names on whose attributes what a snippet bound to a name may store when it is used.

        What is no definition may be made of any function that the snippet came to, as closures are.
        """
        if statement := uses.definitions.get(name):
            return statement.patched
        read = (self.names[each].patched for each in uses.reads & self.names.keys())
        return uses.stored_on.union(*read)

    def _settle(self, name: str, position: int, old: Held | None) -> None:
        """A definition is made of what it reads where it stands, such as the base of a class.

        One that needs more than definitions to be made again is an object.
        """
        held = self.names[name]
        if held.provider != position or held.statement is None:
            return
        reads = held.statement.reads
        needs = [self.names[n] for n in closure(self.names, reads) - {name} if n in self.names]
        needs += [old] if old and name in reads else []
        if not needs:
            return
        version = digest(name, held.version, *sorted(need.version for need in needs))
        same = old and old.version == version
        made = held.as_object(version, old.provider if old and same else position)
        is_definition = all(need.kind == "definition" for need in needs)
        self.names[name] = replace(held, version=version) if is_definition else made

    def _stored_on(self, uses: Uses, before: Before) -> set[str]:
        """Names on whose attributes a snippet may store; of another name for a part, the whole."""
        found = {s.root for s in uses.settings if s.verb in ("", "setattr", "delattr")}
        found |= uses.patched
        for held in before.names.values():
            found |= held.patched
        renamed = (self.names.get(name) for name in list(found))
        return found | {h.statement.renamed for h in renamed if h and h.statement}

    def _spoil(self, name: str, position: int, key: str) -> None:
        """A definition on which something was stored is an object, whatever it looks like."""
        held = self.names[name]
        if held.kind == "definition":
            self.names[name] = held.as_object(digest(key, name), position)

    def _unsettle(self, changed: set[str]) -> None:
        """What was defined from an object that changed, as its subclass, is no definition now."""
        changed = {name for name in changed if self.names[name].kind == "object"}
        while changed:
            parts, changed = changed, set()
            for name, held in self.names.items():
                if held.kind == "definition" and held.statement and held.statement.reads & parts:
                    versions = (self.names[n].version for n in sorted(held.statement.reads & parts))
                    version = digest(name, held.version, *versions)
                    self.names[name] = held.as_object(version, held.provider)
                    changed.add(name)
