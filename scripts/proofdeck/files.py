"""Contents of files and folders, as hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LEFT_OUT = frozenset({"build", "node_modules", "__pycache__"})
"""Folders of a course that no snippet needs."""


def is_left_out(name: str) -> bool:
    """Whether a file or folder of this name is none of a course's own."""
    return name in LEFT_OUT or name.startswith(".")


def declared(options: Mapping[str, Any]) -> tuple[str, ...]:
    """Paths of the option `data`: files and folders that a snippet reads where none can see it."""
    given = options.get("data") or []
    return tuple(map(str, given if isinstance(given, list) else [given]))


def file_hash(path: Path) -> str:
    """Hash of a file's contents, or of a folder's names; empty where it cannot be read."""
    try:
        if path.is_dir():
            return _hash_of_names(path)
        # To read a pipe or a terminal would wait for somebody to write.
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    except OSError:
        return ""


def _hash_of_names(folder: Path, but: Collection[str] = ()) -> str:
    names = sorted(each.name for each in folder.iterdir() if each.name not in but)
    return hashlib.sha256("\n".join(names).encode("utf-8", "surrogateescape")).hexdigest()


def version(root: Path, path: str) -> str:
    """Hash of what lies at a path; of one that ends with `/`, only whether it is a folder.

    The root `.` has not yet all that a build makes there when a snippet looks through it first.
    """
    if path.endswith("/"):
        return "a folder" if (root / path).is_dir() else ""
    return _hash_of_names(root, LEFT_OUT) if path == "." else file_hash(root / path)


@contextmanager
def put_back(files: Iterable[Path]) -> Iterator[None]:
    """Leave files as they were, whatever is written to them meanwhile."""
    found = {file: file.read_bytes() for file in files if file.is_file()}
    try:
        yield
    finally:
        for file, data in found.items():
            if not file.is_file() or file.read_bytes() != data:
                file.write_bytes(data)
