"""Results on disk: content-addressed, written to a temporary name and moved.

An entry is a pickle of plain data behind its own checksum, found by the key of all it depends on.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proofdeck.errors import ProofdeckError

DAY = 86_400.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of entries."""

    folder: Path
    damaged: list[str] = field(default_factory=list, compare=False)
    """Entries that were found broken, and dropped."""

    def get(self, kind: str, key: str) -> Any:
        """What `put` kept; None where there is nothing that can be read."""
        path = self.folder / kind / key
        try:
            data = path.read_bytes()
        except OSError:
            return None
        checksum, body = data[:32], data[32:]
        try:
            if hashlib.sha256(body).digest() != checksum:
                raise pickle.UnpicklingError("truncated or altered")
            value = pickle.loads(body)
        except Exception:  # or of an older version, whose classes are not ours any more
            self.damaged.append(f"{kind}/{key}")
            path.unlink(missing_ok=True)
            return None
        _mark_used(path)
        return value

    def size(self) -> tuple[int, int]:
        """How many entries there are, and their bytes."""
        sizes = [entry.stat().st_size for entry in self._entries()]
        return len(sizes), sum(sizes)

    def prune(self, days: float | None, megabytes: float | None) -> int:
        """Remove what was not used for so many days, and the oldest above a size; how many."""
        entries = [(entry.stat(), entry) for entry in self._entries()]
        entries.sort(key=lambda pair: pair[0].st_mtime)
        room = sum(stat.st_size for stat, _ in entries) - (megabytes or 0) * 1e6
        since = time.time() - (days or 0) * DAY
        removed = 0
        for stat, entry in entries:
            too_old = days is not None and stat.st_mtime < since
            too_much = megabytes is not None and room > 0
            if too_old or too_much:
                entry.unlink(missing_ok=True)
                room -= stat.st_size
                removed += 1
        return removed

    def _entries(self) -> list[Path]:
        return [path for path in self.folder.glob("*/*") if path.is_file()]

    def put(self, kind: str, key: str, value: Any) -> None:
        """Keep plain data under `key`."""
        body = pickle.dumps(value, protocol=5)
        write_atomically(self.folder / kind / key, hashlib.sha256(body).digest() + body)


def _mark_used(path: Path) -> None:
    """So that what is used is not pruned as old; a shared folder may not let us."""
    try:
        if time.time() - path.stat().st_mtime > DAY:
            path.touch()
    except OSError:
        pass


def write_atomically(path: Path, data: bytes) -> bool:
    """Write `data` to `path` in one step; leave the file alone where it holds that already.

    Returns whether anything was written. Raises ProofdeckError where that cannot be done; then
    nothing is left of it.
    """
    try:
        if path.stat().st_size == len(data) and path.read_bytes() == data:
            return False
    except OSError:
        pass
    # Two lectures that ask the same write the same entry, in two threads of one process.
    writer = f"{os.getpid()}-{threading.get_ident()}"
    temporary = path.with_name(f".{path.name}.{writer}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        message = f"cannot write {os.path.relpath(path)}: {error.strerror or error}"
        raise ProofdeckError(message, "Mend that and build again; what is done is kept.") from None
    return True
