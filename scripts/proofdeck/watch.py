"""Which files a run reads."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from proofdeck.tracebacks import is_own


class Watch:
    """Notes which files are read, by Python's audit events and by what was imported."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.opened: dict[str, None] = {}
        self.written: set[str] = set()
        own = (sys.prefix, sys.base_prefix, tempfile.gettempdir())
        self.ignored = (*own, "/proc", "/sys", "/dev", "/etc")
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event != "open":
            return
        path, mode = arguments[0], arguments[1]
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if not isinstance(path, str) or path.startswith(self.ignored):
            return
        full = os.path.abspath(path)  # noqa: PTH100  pathlib would open files itself
        if isinstance(mode, str) and any(sign in mode for sign in "wax+"):
            self.written.add(full)
        elif full not in self.written and not full.endswith(".pyc"):
            self.opened[full] = None

    def files(self) -> tuple[str, ...]:
        """Files that were there before the run and that it read; relative where under the root."""
        modules = [getattr(m, "__file__", None) for m in list(sys.modules.values())]
        local = [m for m in modules if m and is_own(m, "", self.root)]
        found = {f for f in [*self.opened, *local] if not f.startswith(self.ignored)}
        own = str(Path(__file__).parent)
        return tuple(
            sorted(
                os.path.relpath(f, self.root) if f.startswith(self.root + os.sep) else f
                for f in found
                if f not in self.written and not f.startswith(own) and Path(f).is_file()
            )
        )
