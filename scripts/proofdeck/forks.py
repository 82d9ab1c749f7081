"""Servers that processes are forked from: they have imported what is needed, and only imported.

Python has one such server for each parent. Here a parent has several, since PyTorch and TensorFlow
load faster side by side, and since one that lacks a module cannot be told to import it too.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.forkserver import ForkServer
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any

from proofdeck.jobs import THREAD_VARIABLES

PRELOADED = {
    "numpy": ("numpy.random",),
    "torch": ("torch._dynamo",),  # or the first optimizer of each process loads it, for 2 s
    "tensorflow": (),
    "keras": (),
    "matplotlib": (
        "matplotlib.pyplot",
        "matplotlib.backends.backend_svg",
        "matplotlib_inline.backend_inline",
    ),
    "sklearn": ("sklearn.datasets",),
    "pandas": (),
    "scipy": (),
}
"""Slow imports that a server does once for all lectures that want them, and what these import
only when it is used."""

SHELL = tuple(
    f"IPython.core.{name}"
    for name in "application completer completerlib logger magics oinspect".split()
)
"""What IPython imports when a shell is made, or runs its first cell."""

FORKS = sys.platform == "linux"
"""Elsewhere, as on macOS, what frameworks are built on does not survive a fork: each process
imports for itself."""

FRAMEWORKS = {"torch": "torch", "tensorflow": "tensorflow", "keras": "tensorflow"}
"""The slowest, by what they load. Hardly any process needs both: each has a server of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class _Server:
    """A server that runs, and what it has imported."""

    modules: frozenset[str]
    server: ForkServer


@dataclass(frozen=True, slots=True)
class _Begun:
    """A server that has loaded what every process needs, and waits to be told what else."""

    server: ForkServer
    told: int
    """File descriptor of the pipe through which it is told."""


_servers: list[_Server] = []
_begun: list[_Begun] = []

_lock = threading.Lock()
"""Over the servers, and over what belongs to all threads while a process is started."""


def begin() -> None:
    """Start a server before anyone knows what it is to import, where there is none."""
    with _lock:
        if FORKS and not (_begun or _servers):
            _begun.append(_begin())


def prepare(wanted: Iterable[frozenset[str]]) -> None:
    """Start the servers that processes are forked from, while the parent goes on.

    `wanted` is what is imported together, each. A server imports those of these modules that are
    slow to load, and runs nothing: forking after torch or Keras has computed hangs.
    """
    slow = [modules & PRELOADED.keys() for modules in wanted] if FORKS else []
    frameworks = {_frameworks(modules) for modules in slow}
    named = frozenset[str]().union(*slow)
    with _lock:
        for some in frameworks:
            if not any(some < others for others in frameworks):
                _prepare({n for n in named if n not in FRAMEWORKS or FRAMEWORKS[n] in some})


def _prepare(wanted: Set[str]) -> None:
    """Start a server that has imported what is `wanted`, where there is none."""
    if any(wanted <= server.modules for server in _servers):
        return
    for server in [each for each in _servers if _frameworks(each.modules) <= _frameworks(wanted)]:
        wanted |= server.modules
        _retire(server)
    _servers.append(_start_server(frozenset(wanted)))


def _frameworks(modules: Set[str]) -> frozenset[str]:
    return frozenset(FRAMEWORKS[name] for name in modules & FRAMEWORKS.keys())


def _start_server(modules: frozenset[str]) -> _Server:
    begun = _begun.pop() if _begun else _begin()
    slow = [each for name in PRELOADED if name in modules for each in (name, *PRELOADED[name])]
    with suppress(BrokenPipeError), os.fdopen(begun.told, "w") as pipe:
        pipe.write("\n".join(slow))
    return _Server(modules, begun.server)


def _begin() -> _Begun:
    server = ForkServer()
    server.set_forkserver_preload(
        ["proofdeck.loading", "proofdeck.worker", *SHELL, "proofdeck.told"]
    )
    set_environment(1)
    theirs, ours = os.pipe()
    # Frameworks greet on standard error while they load; errors of theirs come again in the child.
    silent = os.open(os.devnull, os.O_WRONLY)
    with _replaced(0, theirs), _replaced(2, silent):
        server.ensure_running()
    return _Begun(server, ours)


@contextmanager
def _replaced(descriptor: int, other: int) -> Iterator[None]:
    """Have `descriptor` mean what `other` means, which is closed then."""
    kept = os.dup(descriptor)
    try:
        os.dup2(other, descriptor)
        yield
    finally:
        os.dup2(kept, descriptor)
        os.close(kept)
        os.close(other)


def _retire(server: _Server) -> None:
    """Start nothing more from a server: it ends with the last of its processes."""
    _servers.remove(server)
    os.close(server.server._forkserver_alive_fd)  # type: ignore[attr-defined]


def _server_for(imports: frozenset[str]) -> ForkServer:
    """The server that has the most of what is imported, and of these the one with least beyond."""
    if not _servers:
        _prepare(frozenset())
    wanted = imports & PRELOADED.keys()
    return max(_servers, key=lambda s: (len(wanted & s.modules), -len(s.modules))).server


def context_for(threads: int) -> Any:
    """How a process starts: forked from a server, or fresh where it needs more threads."""
    return multiprocessing.get_context("forkserver" if FORKS and threads == 1 else "spawn")


def start(process: BaseProcess, threads: int, imports: frozenset[str]) -> None:
    """Start a process made in the context for so many threads, which is to import these modules.

    Python would have it import again the script that this one was started with (pytest, Dask's
    worker), where there is one: a process of ours needs nothing of it.
    """
    with _lock:
        main, connect = sys.modules["__main__"], forkserver.connect_to_new_process
        sys.modules["__main__"] = ModuleType("__main__")
        if FORKS and threads == 1:
            forkserver.connect_to_new_process = _server_for(imports).connect_to_new_process
        set_environment(threads)
        try:
            process.start()
        finally:
            set_environment(1)
            forkserver.connect_to_new_process = connect
            sys.modules["__main__"] = main


def set_environment(threads: int) -> None:
    """Set what a library reads once, when it is loaded."""
    os.environ.update({variable: str(threads) for variable in THREAD_VARIABLES})
    # The first two as scikit-learn sets them where it is imported: then that is no new setting.
    os.environ.update(
        KMP_DUPLICATE_LIB_OK="True",
        KMP_INIT_AT_FORK="FALSE",
        MPLBACKEND="module://matplotlib_inline.backend_inline",
        PYTHONHASHSEED="0",
        TF_CPP_MIN_LOG_LEVEL="3",
        TF_ENABLE_ONEDNN_OPTS="0",
    )
