"""What the parent and the processes that run lectures say to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from proofdeck.model import Facts, Result, Step

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "TF_NUM_INTRAOP_THREADS",
)


@dataclass(frozen=True, slots=True)
class Job:
    """All that a process needs to run a lecture."""

    root: str
    steps: tuple[Step | Given, ...]
    seed: int
    threads: int
    local_path: tuple[str, ...]
    imports: frozenset[str]
    """Modules that the lecture imports, also through local modules."""
    figures: bool = True
    """Whether figures are drawn; what only a claim needs to know needs no picture."""


@dataclass(frozen=True, slots=True)
class Started:
    """Message to the parent: this step is running."""

    id: str


@dataclass(frozen=True, slots=True)
class Given:
    """A step that is not the lecture's: the state comes from exports instead of from snippets."""

    id: str
    code: str
    """Imports and definitions of the snippets above."""
    exports: Mapping[str, bytes]


Message = Started | Result | Facts
