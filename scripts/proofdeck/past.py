"""What a lecture's run knows of the steps that it has taken, and which depend on which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from proofdeck.held import Before, Held
from proofdeck.model import Step


@dataclass(slots=True)
class Past:
    """What a lecture's run knows of the steps that it has taken."""

    steps: Sequence[Step]
    exports: Mapping[str, bytes]
    """Plain values by version."""
    befores: dict[int, Before] = field(default_factory=dict)
    """What the step at each position found."""
    afters: dict[int, Mapping[str, Held]] = field(default_factory=dict)
    """What all names held after it."""
    writers: dict[int, frozenset[int]] = field(default_factory=dict)
    """Which snippets wrote the files that the step at each position read."""

    def depends_on(self, position: int) -> frozenset[int]:
        """Positions of the snippets whose values, definitions or settings it depends on."""
        found: set[int] = set()
        waiting = [position]
        while waiting:
            before = self.befores[waiting.pop()]
            near = {held.provider for held in before.names.values()}
            near |= {setting.position for setting in before.settings}
            waiting += near - found
            found |= near
        return frozenset(found)

    def needs(self, position: int) -> frozenset[int]:
        """Positions of the snippets on whose values or files the step at `position` depends."""
        found: set[int] = set()
        waiting = [position]
        while waiting:
            each = waiting.pop()
            before = self.befores[each]
            near = {held.provider for held in before.names.values() if not held.statement}
            near |= {setting.position for setting in before.settings if not setting.statement}
            near |= self.writers.get(each, frozenset())
            waiting += near - found
            found |= near
        return frozenset(found)

    def to_run_before(
        self, position: int, above: set[int], writers: frozenset[int] = frozenset()
    ) -> set[int]:
        """Positions of the snippets that must run in a process before the step at `position`.

        `above` are those that can.
        """
        found: set[int] = set()
        waiting = {position, *writers}
        found |= writers
        while waiting:
            each = waiting.pop()
            before = self.befores[each]
            if before.opaque:
                near = {n for n in above if n < each}
            else:
                near = {held.provider for held in before.names.values() if held.kind == "object"}
                near |= {setting.position for setting in before.settings if not setting.statement}
                near &= above
            waiting |= near - found
            found |= near
        return found
