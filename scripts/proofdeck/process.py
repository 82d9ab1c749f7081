"""One process of a lecture's run, and the state that it has come to.

A step gets what a run from the top would have given it: plain values from their exports,
definitions and settings by running their statements again, objects by running again the snippets
that made and changed them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from proofdeck.held import Held
from proofdeck.jobs import Prepare, Replay, RunStep
from proofdeck.model import Result, Snippet
from proofdeck.past import Past
from proofdeck.plan import uses_of
from proofdeck.statements import Statement
from proofdeck.supervise import Session


@dataclass(frozen=True, slots=True)
class Part:
    """A statement that runs again, and what for."""

    replay: Replay
    versions: dict[str, str]
    """Of the names that it binds, as far as they are asked for; else nothing."""


Parts = dict[tuple[int, int], Part]
"""Statements by position and line, so that they run again in their order."""


@dataclass(slots=True)
class Process:
    """A session and what its names hold by now."""

    session: Session
    past: Past
    order_of: Callable[[int], tuple[str, frozenset[str], float]]
    """By position: what seeds a step, what it imports, how many seconds it may take."""
    live: dict[str, str] = field(default_factory=dict)
    """Versions of names."""
    ran: set[int] = field(default_factory=set)
    replayed: set[tuple[int, int]] = field(default_factory=set)
    """Positions and lines of settings."""
    last: int = -1

    def can_come_to(self, needed: set[int]) -> bool:
        """Whether all that is needed ran here, or can still run in the lecture's order."""
        missing = needed - self.ran
        return not self.session.failure and (not missing or min(missing) > self.last)

    def bring(self, needed: set[int]) -> str:
        """Run known snippets again, for the objects that they leave.

        Returns why what one of them expects could not be made, or nothing: from the top the others
        run all the same.
        """
        failure = ""
        for position in sorted(needed - self.ran):
            failure = self.prepare(position) or failure
            result = self.run(position)
            self.note(position, result)
            for name, holding in result.facts.held.items():
                if holding.kind == "plain":  # as it is now, should the snippet be one that varies
                    self.live[name] = holding.digest
        return failure

    def run(self, position: int) -> Result:
        """Run the step at `position`, for which all is prepared."""
        step = self.past.steps[position]
        seed_id, imports, seconds = self.order_of(position)
        uses = uses_of(step)
        before = self.past.befores[position]
        counted = before.counts[-1][1] if before.counts else ""
        order = RunStep(step, seed_id, imports, before.touched, uses.binds, counted)
        return self.session.run(order, seconds)

    def note(self, position: int, result: Result) -> None:
        """A snippet ran here."""
        self.ran.add(position)
        self.last = position
        after = self.past.afters[position]
        for name in result.facts.gone:
            self.live.pop(name, None)
        for name in result.facts.held:
            if name in after:
                self.live[name] = after[name].version

    def prepare(self, position: int) -> str:
        """Make the state that a step expects. Returns why it is not, or nothing."""
        before = self.past.befores[position]
        parts: Parts = {}
        exports = {}
        wanted = {n: h for n, h in before.names.items() if self.live.get(n) != h.version}
        for name, held in wanted.items():
            if held.kind == "plain":
                exports[name] = self.past.exports[held.version]
            elif held.statement:
                self._define(name, held, parts)
        for setting in before.settings:
            if setting.statement and setting.position not in self.ran:
                self._set(setting.position, setting.statement, parts)
        made = {n: v for at in sorted(parts) for n, v in parts[at].versions.items()}
        kept = frozenset(made.keys() & self.live.keys() - wanted.keys())
        self.live = made | self.live | {name: held.version for name, held in wanted.items()}
        gone = before.absent & self.live.keys()
        for name in gone:
            del self.live[name]
        if not (parts or exports or gone or (before.known and not self.ran)):
            return ""
        replays = tuple(parts[at].replay for at in sorted(parts))
        return self.session.prepare(Prepare(replays, exports, kept, gone, before.known))

    def _define(self, name: str, held: Held, parts: Parts) -> None:
        """Note a definition's statement, and those of what it needs."""
        assert held.statement
        at = held.provider, held.statement.line
        if at not in parts:
            parts[at] = self._part(held.provider, held.statement)
            self._define_all(held.provider, held.statement, parts)
        parts[at].versions[name] = held.version

    def _define_all(self, position: int, statement: Statement, parts: Parts) -> None:
        """Note what a statement reads, as it was there: further down may stand the same again."""
        after = self.past.afters[position]
        for name in statement.reads:
            held = after.get(name)
            if held and held.statement and self.live.get(name) != held.version:
                self._define(name, held, parts)

    def _set(self, position: int, statement: Statement, parts: Parts) -> None:
        at = position, statement.line
        if at not in self.replayed:
            self._define_all(position, statement, parts)
            parts.setdefault(at, self._part(position, statement))
            self.replayed.add(at)

    def _part(self, position: int, statement: Statement) -> Part:
        step = self.past.steps[position]
        assert isinstance(step, Snippet)
        replay = Replay(step.script or f"<{step.id}>", statement.code, step.code)
        return Part(replay, dict.fromkeys(statement.binds, ""))
