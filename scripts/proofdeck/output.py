"""What a snippet puts out. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from proofdeck.facts import Limits


@dataclass(frozen=True, slots=True)
class Stream:
    """Text that a snippet wrote."""

    name: Literal["stdout", "stderr", "error"]
    """`error` is the exception of a snippet with `error: true`."""
    text: str


@dataclass(frozen=True, slots=True)
class Display:
    """A rich output: one value in several MIME types."""

    data: Mapping[str, str | bytes]
    alt: str = ""
    """For a figure: what it shows, made from its axes."""
    width: int = 0
    """For a figure: its width in CSS pixels; 0 where unknown."""
    axes: tuple[Limits, ...] = ()
    """For a figure: the limits of its axes."""


Output = Stream | Display
