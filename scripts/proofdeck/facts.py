"""What a run observed of a snippet, and what it met outside. Data only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Limits = tuple[int, str, float, float, bool]
"""Of an axis: number of its axes in the figure, `x`, `y` or `z`, both ends, whether given."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What a name held after a snippet that may have touched it."""

    kind: Literal["plain", "definition", "borrowed", "object"]
    """A value that travels; what its own statement brings back; what a variable of a module of the
    course holds too, so that importing brings it back; anything else."""
    digest: str
    """Of contents; of what a definition's statement does not tell; empty where neither is known."""
    links: frozenset[str] = frozenset()
    """Names that are read where this one is used, as by a function that it is."""
    group: frozenset[str] = frozenset()
    """Other names that share something with it which can change."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a run observed of a snippet."""

    held: Mapping[str, Holding] = field(default_factory=dict)
    """Of the names that it may have touched."""
    gone: frozenset[str] = frozenset()
    """Names that it deleted."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Known global settings that it changed, as text."""
    patched: frozenset[str] = frozenset()
    """Names of the variables of libraries' modules and classes that it changed."""
    counted: str | None = None
    """How far Keras counted in names, as text; None where it went no further."""
    named: bool = False
    """Whether it told such a name; questions too."""
    stopped: bool = False
    """Whether an exception ended it early; its process lives on."""
    lines: bool = False
    """Whether something it put out tells on which line a function stands."""
    read: tuple[str, ...] = ()
    """Files read: data and local modules, relative to the root where they lie under it."""
    wrote: Mapping[str, str] = field(default_factory=dict)
    """Hashes of the files written, by path in the same way."""
    shifted: tuple[str, ...] = ()
    """Folders in which it made or removed something after it had listed them."""
    versions: tuple[tuple[str, str], ...] = ()
    """Of the packages that it imports."""

    def changed(self, written: Iterable[str]) -> list[str]:
        """Files that it changed as an earlier run left them, but for those `written` above it.

        Nor those that it removed. Folders too.
        """
        wrote = {path for path, digest in self.wrote.items() if digest}
        return sorted((set(self.read) & wrote | {*self.shifted}) - set(written))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a lecture's run met outside of it."""

    files: tuple[str, ...] = ()
    """Files read or looked for, also in vain; relative to the root where they lie under it."""
    imports: tuple[str, ...] = ()
    """Top-level modules that the lecture's code imports, also through local modules."""
    versions: tuple[tuple[str, str], ...] = ()
    """Python and the imported packages that a reader would name, for the last slide."""
