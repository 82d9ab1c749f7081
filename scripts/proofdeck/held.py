"""What a lecture's names hold and what was set, as a step finds it. Data only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from proofdeck.statements import Statement


@dataclass(frozen=True, slots=True)
class Held:
    """What a name holds."""

    kind: Literal["plain", "definition", "object"]
    version: str
    provider: int
    """Position of the step that left it so."""
    links: frozenset[str] = frozenset()
    group: frozenset[str] = frozenset()
    statement: Statement | None = None
    """A definition's."""
    opaque: bool = False
    """Whether it may read more than its text says, when used."""
    patched: frozenset[str] = frozenset()
    """Names, of modules perhaps, on whose attributes it stores when it is used."""

    def as_object(self, version: str, provider: int) -> Held:
        """The same, where its statement alone does not bring it back."""
        return replace(self, kind="object", version=version, provider=provider, statement=None)


@dataclass(frozen=True, slots=True)
class Setting:
    """Something global that a step set."""

    position: int
    statement: Statement | None
    """What sets it again; None means the whole snippet."""
    version: str
    runs: frozenset[str] = frozenset()
    """Names of what may run for it at any time, as a function that was put in another's place."""


@dataclass(frozen=True, slots=True)
class Before:
    """What a step finds, as far as it may read it."""

    names: Mapping[str, Held]
    absent: frozenset[str]
    settings: tuple[Setting, ...]
    known: Mapping[str, str]
    opaque: bool = False
    """Whether it may depend on more than names, such as `Out`."""
    so_far: str = ""
    """All that ran before, for such a step."""
    counts: tuple[tuple[str, str], ...] = ()
    """Ids of the steps in which Keras counted in names, and how far."""

    @property
    def touched(self) -> frozenset[str] | None:
        """Names whose values the step may change; None means all."""
        return None if self.opaque else frozenset({*self.names, *self.absent})


def closure(names: Mapping[str, Held], wanted: Iterable[str]) -> frozenset[str]:
    """Names that are `wanted`, and all that is read or changed where these are used."""
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        if held := names.get(name):
            waiting += held.links | held.group
    return frozenset(found)


def digest(*parts: str) -> str:
    """One version made of several."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
