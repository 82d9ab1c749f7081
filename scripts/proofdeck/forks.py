"""The server that processes are forked from: it has imported what they need, and only imported."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing import forkserver
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
"""Slow imports that the server does once for all lectures that want them, and what these import
only when it is used."""

SHELL = ("IPython.core.application", "IPython.core.completer", "IPython.core.magics")
"""What IPython imports when a shell is made."""

FORKS = sys.platform == "linux"
"""Elsewhere, as on macOS, what frameworks are built on does not survive a fork: each process
imports for itself."""

_loaded: set[str] = set()
"""What the server has imported, of `PRELOADED`."""

_starting = threading.Lock()
"""One at a time: what a process is started with belongs to all threads."""


def prepare(wanted: frozenset[str]) -> None:
    """Start the server that children are forked from, while the parent goes on.

    It imports those of the `wanted` modules that are slow to load, and runs nothing: forking after
    torch or Keras has computed hangs. A server that lacks one of them is replaced by another.
    """
    if not FORKS:
        return
    context = multiprocessing.get_context("forkserver")
    slow = {name for name in PRELOADED if name in wanted}
    if slow - _loaded:
        _end_server()
    _loaded.update(slow)
    modules = [each for name in PRELOADED if name in _loaded for each in (name, *PRELOADED[name])]
    context.set_forkserver_preload(["proofdeck.worker", *SHELL, *modules])
    set_environment(1)
    # Frameworks greet on standard error while they load; errors of theirs come again in the child.
    kept, silent = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(silent, 2)
        forkserver.ensure_running()
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(silent)


def context_for(threads: int) -> Any:
    """How a process starts: forked from the server, or fresh where it needs more threads."""
    return multiprocessing.get_context("forkserver" if FORKS and threads == 1 else "spawn")


def start(process: BaseProcess, threads: int) -> None:
    """Start a process made in the context for so many threads.

    Python would have it import again the script that this process was started with (pytest, Dask's
    worker), where there is one: a process of ours needs nothing of it.
    """
    with _starting:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        set_environment(threads)
        try:
            process.start()
        finally:
            set_environment(1)
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


def _end_server() -> None:
    """End the server, if there is one; its children live on.

    Python's own way to stop it waits for them. What is left to reap tells it to start another.
    """
    if pid := forkserver._forkserver._forkserver_pid:  # type: ignore[attr-defined]
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
