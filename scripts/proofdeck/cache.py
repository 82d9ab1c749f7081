"""Results on disk: content-addressed, written to a temporary name and moved.

An entry is a pickle of plain data behind its own checksum. It is found by the key of its run, and
holds if the files that the run read still have the contents they had.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from proofdeck.model import Run
from proofdeck.plan import file_hash


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of entries."""

    folder: Path
    root: Path
    """Relative paths of files that runs read count from here."""

    def load(self, key: str) -> Run | None:
        """The run kept under `key`, if all it read is unchanged."""
        entry = self.get("runs", key)
        if entry is None:
            return None
        files, run = entry
        if any(file_hash(self.root / path) != digest for path, digest in files.items()):
            return None
        assert isinstance(run, Run)
        return replace(run, cached=True)

    def store(self, key: str, run: Run) -> None:
        """Keep a run in which all snippets ran."""
        files = {path: file_hash(self.root / path) for path in run.facts.files}
        self.put("runs", key, (files, run))

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
