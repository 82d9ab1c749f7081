"""Which files a run reads, looks for and writes."""

from __future__ import annotations

import importlib.util
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import wraps
from inspect import signature
from pathlib import Path
from time import time_ns
from types import FrameType
from typing import Any

from proofdeck.files import declared, is_left_out, version
from proofdeck.tracebacks import is_own

STARTS = frozenset("subprocess.Popen os.system os.posix_spawn os.fork os.forkpty".split())
"""Audit events of other programs that begin."""

NO_FOLDERS = (-1, -1)
"""Of an audit event: no folder is given by its descriptor, from which a path would start."""

CLOCK = 20_000_000
"""Nanoseconds by which a file system's clock may be late."""

NATIVE = "torch", "h5py"
"""Libraries that open files in native code, which is no audit event."""

Stamp = tuple[int, int]
"""Of a file: its bytes, and when it was last written, in nanoseconds."""


class Watch:
    """Notes which files are read, by Python's audit events and by what was imported."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.opened: dict[str, None] = {}
        self.listed: dict[str, str] = {}
        """Versions of folders when they were first looked through."""
        self.written: set[str] = set()
        self.made: set[str] = set()
        """Folders, with a slash at their end."""
        self.left: dict[str, Stamp] = {}
        """How files were that were written here: one that is still open may go on to change."""
        self.modules = set(sys.modules)
        own = (sys.prefix, sys.base_prefix, tempfile.gettempdir())
        self.ignored = (*own, "/proc", "/sys", "/dev", "/etc", "/bin/", "/usr/", "/lib/")
        self.since = time_ns()
        self.started = False
        """Whether the step started another program, which may write files too."""
        sys.addaudithook(self._hook)
        os.stat = self._noting(os.stat)
        os.access = self._asking(os.access)
        importlib.util.find_spec = self._finding(importlib.util.find_spec)
        importlib.import_module = self._finding(importlib.import_module)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("open", "sqlite3.connect"):
            mode = arguments[1] if event == "open" else "a"
            self._open(arguments[0], mode if isinstance(mode, str) else "r")
        elif event in ("os.listdir", "os.scandir") and not _looks_for_module(sys._getframe(1)):
            self._list(arguments[0] or ".")
        elif event == "os.rename" and arguments[2:] == NO_FOLDERS:
            self._open(arguments[0], "r+")
            self._open(arguments[1], "w")
        elif event == "os.remove" and arguments[1:] == NO_FOLDERS[:1]:
            self._open(arguments[0], "w")
        elif event == "os.mkdir" and arguments[2:] == NO_FOLDERS[:1]:
            self._make(arguments[0])
        elif event in STARTS:
            self.started = True

    def _open(self, path: Any, mode: str) -> None:
        """Note a file that is opened."""
        if isinstance(path, bytes | os.PathLike):
            path = os.fsdecode(path)
        if not isinstance(path, str) or path.startswith((":memory:", *self.ignored)):
            return
        if "w" not in mode:  # what is appended to counts too: it ends as it began
            self._note(path)
        if any(sign in mode for sign in "wax+"):
            self.written.add(os.path.abspath(path))  # noqa: PTH100  pathlib would open files itself

    def _list(self, path: Any) -> None:
        """Note a folder that is looked through."""
        self._open(path, "r")
        full = "" if isinstance(path, int) else os.path.abspath(os.fsdecode(path))  # noqa: PTH100
        if full in self.opened and full not in self.listed:
            self.listed[full] = ""  # to look through it here comes back to this
            self.listed[full] = version(Path(self.root), *self._short([full]))

    def heed_native(self) -> None:
        """Note also what `NATIVE` libraries open, of those that are loaded."""
        modules: Any = sys.modules
        if (torch := modules.get("torch")) and not hasattr(torch.save, "__wrapped__"):
            torch.save = self._opening(torch.save, "f", "w")
        if (h5py := modules.get("h5py")) and not hasattr(h5py.File.__init__, "__wrapped__"):
            h5py.File.__init__ = self._opening(h5py.File.__init__, "name", "r")

    def _opening(self, call: Callable[..., Any], path: str, mode: str) -> Callable[..., Any]:
        """`call`, which opens what its argument `path` names, as `mode` says by default."""
        parameters = signature(call)

        @wraps(call)
        def noted(*arguments: Any, **options: Any) -> Any:
            with suppress(TypeError):  # the call says itself what is wrong with its arguments
                given = parameters.bind(*arguments, **options).arguments
                self._open(given[path], given.get("mode", mode))
            return call(*arguments, **options)

        return noted

    def _noting(self, look: Callable[..., os.stat_result]) -> Callable[..., os.stat_result]:
        """`os.stat`, which is no audit event, and what files a run looks for with it.

        It counts whether a file is there, as `Path.exists` asks; of a folder, only that it is one.
        """

        @wraps(look)
        def noted(path: Any, *arguments: Any, **options: Any) -> os.stat_result:
            counts = options.get("dir_fd") is None
            try:
                found = look(path, *arguments, **options)
            except (FileNotFoundError, NotADirectoryError):
                if counts and not _looks_for_module(sys._getframe(1)):
                    self._note(path)
                raise
            if counts and stat.S_ISREG(found.st_mode):
                self._note(path)
            elif counts and stat.S_ISDIR(found.st_mode):
                self._note(path, "/")
            return found

        return noted

    def _asking(self, ask: Callable[..., bool]) -> Callable[..., bool]:
        """`os.access`, which is no audit event either."""

        @wraps(ask)
        def noted(path: Any, *arguments: Any, **options: Any) -> bool:
            if options.get("dir_fd") is None:
                os.path.exists(path)  # noqa: PTH110  a look that is noted
            return ask(path, *arguments, **options)

        return noted

    def _finding(self, find: Callable[..., Any]) -> Callable[..., Any]:
        """`importlib.import_module` or the like, and the course's modules that it may find."""

        @wraps(find)
        def noted(name: str, *arguments: Any, **options: Any) -> Any:
            caller = sys._getframe(1).f_code.co_filename
            if isinstance(name, str) and (caller.startswith("<") or is_own(caller, "", self.root)):
                for folder in (each for each in sys.path if each.startswith(self.root + os.sep)):
                    for end in (".py", "/__init__.py"):
                        self._note(f"{folder}/{name.replace('.', '/')}{end}")
            return find(name, *arguments, **options)

        return noted

    def _make(self, path: Any) -> None:
        """Note a folder that is made."""
        full = os.path.abspath(os.fsdecode(path))  # noqa: PTH100
        if full.startswith(self.root + os.sep) and "__pycache__" not in full:
            self.opened.pop(full + "/", None)  # that it was there does not matter
            self.made.add(full + "/")

    def _note(self, path: Any, sign: str = "") -> None:
        """A file's presence counts as if it were read, but for one that the step itself wrote.

        The sign `/` stands for a folder, of which only counts that it is one.
        """
        if isinstance(path, int):
            return
        path = os.fsdecode(path)
        if not path.startswith(("<", *self.ignored)):
            full = os.path.abspath(path)  # noqa: PTH100
            inside = not sign or full.startswith(self.root + os.sep)
            full += sign
            if inside and full not in self.written | self.made and "__pycache__" not in full:
                self.opened[full] = None

    def declare(self, options: Mapping[str, Any]) -> None:
        """Note files that a step says it reads, and all that lies in folders."""
        for each in declared(options):
            path = Path(os.path.normpath(Path(self.root, each)))
            self.opened |= {str(file): None for file in (path, *path.rglob("*"))}

    def take(self) -> tuple[tuple[str, ...], dict[str, str], tuple[str, ...]]:
        """Files read, hashes of files written, and folders shifted, since the last call.

        Paths are relative where they lie under the root.
        What a step wrote before it read it is its own.
        """
        read = self._read()
        written = self.written | (self._written_since() if self.started else set())
        written |= {file for file, stamp in self.left.items() if _stamp(file) != stamp}
        self.left |= {file: _stamp(file) for file in written}
        root = Path(self.root)
        wrote = {p: version(root, p) for p in self._short(written | self.made)}
        shifted = {f for f, old in self.listed.items() if version(root, *self._short([f])) != old}
        self._begin()  # last, for looking at files is no reading
        return self._short(read), wrote, self._short(shifted)

    def take_read(self) -> tuple[str, ...]:
        """Files that a question read. What it wrote is not looked at: it leaves nothing."""
        read = self._short(self._read())
        self._begin()
        return read

    def _begin(self) -> None:
        self.opened, self.listed, self.written, self.made = {}, {}, set(), set()
        self.since, self.started = time_ns(), False

    def _read(self) -> set[str]:
        """Files read since the last call of `take`, the course's modules that are new too."""
        new = sys.modules.keys() - self.modules
        self.modules |= new
        modules = [getattr(sys.modules.get(name), "__file__", None) for name in new]
        local = [m for m in modules if isinstance(m, str) and is_own(m, "", self.root)]
        own = str(Path(__file__).parent)
        return {f for f in [*self.opened, *local] if not f.startswith((*self.ignored, own))}

    def _written_since(self) -> set[str]:
        """Files of the course that are newer than the last call of `take`."""
        found = set()
        for folder, inner, names in os.walk(self.root):
            inner[:] = [name for name in inner if not is_left_out(name)]
            files = (os.path.join(folder, name) for name in names)  # noqa: PTH118  many
            found |= {file for file in files if _stamp(file)[1] > self.since - CLOCK}
        return found

    def _short(self, files: Iterable[str]) -> tuple[str, ...]:
        under = self.root + os.sep
        return tuple(sorted("." if f == self.root else f.removeprefix(under) for f in files))


def _stamp(file: str) -> Stamp:
    """A file's; zeros for one that is gone by now."""
    try:
        found = os.lstat(file)
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns


def _looks_for_module(frame: FrameType) -> bool:
    """Whether code looks through a folder for what can be imported."""
    return any(name in frame.f_code.co_filename for name in ("importlib", "pkgutil"))
