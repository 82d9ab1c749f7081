"""Which files a run reads, looks for and writes."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import Any

from proofdeck.files import file_hash
from proofdeck.tracebacks import is_own


class Watch:
    """Notes which files are read, by Python's audit events and by what was imported."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.opened: dict[str, None] = {}
        self.written: set[str] = set()
        self.modules = set(sys.modules)
        own = (sys.prefix, sys.base_prefix, tempfile.gettempdir())
        self.ignored = (*own, "/proc", "/sys", "/dev", "/etc")
        sys.addaudithook(self._hook)
        os.stat = self._noting(os.stat)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in ("open", "os.listdir", "os.scandir"):
            return
        path = arguments[0]
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if not isinstance(path, str) or path.startswith(self.ignored):
            return
        full = os.path.abspath(path)  # noqa: PTH100  pathlib would open files itself
        mode = arguments[1] if event == "open" else "r"
        if event != "open" and _looks_for_module(sys._getframe(1)):
            return
        mode = mode if isinstance(mode, str) else "r"
        if "w" not in mode:  # what is appended to counts too: it ends as it began
            self._note(path)
        if any(sign in mode for sign in "wax+"):
            self.written.add(full)

    def _noting(self, look: Callable[..., os.stat_result]) -> Callable[..., os.stat_result]:
        """`os.stat`, which is no audit event, and what files a run looks for with it.

        It counts whether a file is there, as `Path.exists` asks; of a folder, only that it is not.
        """

        @wraps(look)
        def noted(path: Any, *arguments: Any, **options: Any) -> os.stat_result:
            counts = options.get("dir_fd") is None
            try:
                found = look(path, *arguments, **options)
            except FileNotFoundError:
                if counts and not _looks_for_module(sys._getframe(1)):
                    self._note(path)
                raise
            if counts and stat.S_ISREG(found.st_mode):
                self._note(path)
            return found

        return noted

    def _note(self, path: Any) -> None:
        """A file's presence counts as if it were read, but for one that the step itself wrote."""
        if isinstance(path, int):
            return
        path = os.fsdecode(path)
        if not path.startswith(("<", *self.ignored)):
            full = os.path.abspath(path)  # noqa: PTH100
            if full not in self.written and "__pycache__" not in full:
                self.opened[full] = None

    def take(self) -> tuple[tuple[str, ...], dict[str, str]]:
        """Files read, and the hashes of files written, since the last call.

        Paths are relative where they lie under the root.
        What a step wrote before it read it is its own.
        """
        new = sys.modules.keys() - self.modules
        self.modules |= new
        modules = [getattr(sys.modules.get(name), "__file__", None) for name in new]
        local = [m for m in modules if isinstance(m, str) and is_own(m, "", self.root)]
        own = str(Path(__file__).parent)
        read = {f for f in [*self.opened, *local] if not f.startswith((*self.ignored, own))}
        wrote = {p: file_hash(Path(self.root, p)) for p in self._short(self.written)}
        self.opened, self.written = {}, set()  # last, for the hashing opens files too
        return self._short(read), wrote

    def _short(self, files: Iterable[str]) -> tuple[str, ...]:
        under = self.root + os.sep
        shorter = (os.path.relpath(f, self.root) if f.startswith(under) else f for f in files)
        return tuple(sorted(shorter))


def _looks_for_module(frame: FrameType) -> bool:
    """Whether code looks through a folder for what can be imported."""
    return any(name in frame.f_code.co_filename for name in ("importlib", "pkgutil"))
