"""Results on disk: content-addressed, written to a temporary name and moved.

An entry is a pickle of plain data behind its own checksum, found by the key of all it depends on.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of entries."""

    folder: Path

    def get(self, kind: str, key: str) -> Any:
        """What `put` kept; None where there is nothing that can be read."""
        try:
            data = (self.folder / kind / key).read_bytes()
        except OSError:
            return None
        checksum, body = data[:32], data[32:]
        if hashlib.sha256(body).digest() != checksum:
            return None
        try:
            return pickle.loads(body)
        except Exception:  # of an older version, whose classes are not ours any more
            return None

    def put(self, kind: str, key: str, value: Any) -> None:
        """Keep plain data under `key`."""
        body = pickle.dumps(value, protocol=5)
        write_atomically(self.folder / kind / key, hashlib.sha256(body).digest() + body)


def write_atomically(path: Path, data: bytes) -> bool:
    """Write `data` to `path` in one step; leave the file alone where it holds that already.

    Returns whether anything was written.
    """
    try:
        if path.stat().st_size == len(data) and path.read_bytes() == data:
            return False
    except OSError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two lectures that ask the same write the same entry, in two threads of one process.
    writer = f"{os.getpid()}-{threading.get_ident()}"
    temporary = path.with_name(f".{path.name}.{writer}.tmp")
    temporary.write_bytes(data)
    temporary.replace(path)
    return True
