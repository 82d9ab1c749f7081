"""What the parent and the processes that run lectures say to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from proofdeck.model import Step

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "TF_NUM_INTRAOP_THREADS",
)


BROKEN = "Broken"
"""Kind of the failure after which a process is of no use."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a process must know from the start to run a lecture's steps."""

    root: str
    seed: int
    threads: int
    local_path: tuple[str, ...]
    imports: frozenset[str]
    """Modules that the steps import which it is started for, also through local modules."""
    memory: float = 4.0
    """GiB that its process may hold."""
    figures: bool = True
    """Whether figures are drawn; what only a claim needs to know needs no picture."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A statement of a snippet that runs again by itself."""

    name: str
    """Of the code, for tracebacks: the snippet's id in brackets, or its script."""
    code: str
    source: str
    """The whole snippet's code."""


@dataclass(frozen=True, slots=True)
class Prepare:
    """Message to a process: make the state that the next step expects."""

    replays: tuple[Replay, ...] = ()
    exports: Mapping[str, bytes] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    """Names that hold what they held, whatever the replays make of them."""
    gone: frozenset[str] = frozenset()
    """Names that the step must not find."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Settings that must then hold."""


@dataclass(frozen=True, slots=True)
class RunStep:
    """Message to a process: run this step and say what it gave."""

    step: Step
    seed_id: str
    """What the random generators are seeded from, beside the run's seed."""
    imports: frozenset[str]
    touches: frozenset[str] | None
    """Names whose values it may change; None means all."""
    binds: frozenset[str]
    """Names that it may give another value."""
    counted: str = ""
    """How far Keras has counted in names."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Message from a process: it is prepared."""

    failure: str = ""
    """Why it is not."""


Order = Prepare | RunStep
