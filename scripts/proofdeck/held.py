"""What a lecture's names hold and what was set, as a step finds it. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Setting:
    """Something global that a step set."""

    position: int
    statement: Statement | None
    """What sets it again; None means the whole snippet."""
    version: str


@dataclass(frozen=True, slots=True)
class Before:
    """What a step finds, as far as it may read it."""

    names: Mapping[str, Held]
    absent: frozenset[str]
    settings: tuple[Setting, ...]
    known: Mapping[str, str]
    so_far: str = ""
    """All that ran before, for a step that may depend on more than names, such as `Out`."""
