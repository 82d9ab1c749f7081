"""What each lecture's documents were made from, so that a build with nothing to do does nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proofdeck.cache import Cache
from proofdeck.config import TEMPLATES, Config
from proofdeck.files import is_left_out, version
from proofdeck.plan import own_code, packages
from proofdeck.report import LectureReport

PLAIN = (".md", ".qmd")
"""Endings of lectures whose text is Markdown."""

MODULES = (".py", ".so", ".pyd")
"""Endings of what Python imports."""

RUNS = re.compile(
    r"^[ \t>]*(```+|~~~+)(?s:.*?)^[ \t>]*\1|`{python}[^`]*`|^.*check=.*$", re.MULTILINE
)
"""What of a lecture's text may run: fences, inline values, claims."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A lecture's last good build."""

    key: str
    """Hash of settings, proofdeck's code, templates and packages."""
    files: Mapping[str, str]
    """Hash of every file that went in, by path below the root."""
    written: Mapping[str, int]
    """Size of every file that came out, by name in the lecture's folder of the site."""
    card: Mapping[str, Any]
    report: LectureReport
    own: str
    """Hash of proofdeck's code: what another version left may lack what pages now show."""
    code: str
    """Hash of what of the lecture's own text may run."""


def stamp_key(config: Config, options: Iterable[object]) -> str:
    """What all lectures of a build have in common.

    Of the course's modules these are the names: one that is new may be found in another's place.
    """
    templates = [file.read_bytes() for file in sorted(TEMPLATES.iterdir()) if file.is_file()]
    digest = hashlib.sha256(b"\0".join(templates))
    given = sorted(map(str, options)), own_code(), packages()
    digest.update(repr((config, _module_names(config), *given)).encode("utf-8", "replace"))
    return digest.hexdigest()


def make_files(config: Config, paths: Iterable[str]) -> dict[str, str]:
    """Hashes of the files at `paths`."""
    return {path: version(config.root, path) for path in paths}


def _module_names(config: Config) -> list[list[str]]:
    """Of each folder of the course's own modules: their names."""
    return [_modules_in(config.root / folder) for folder in config.local_path]


def _modules_in(folder: Path) -> list[str]:
    """Paths of modules, also in packages."""
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    names = [entry.name for entry in entries if entry.suffix in MODULES]
    for entry in entries:
        if not entry.suffix and entry.is_dir() and not is_left_out(entry.name):
            names += [f"{entry.name}/{name}" for name in _modules_in(entry)]
    return names


def code_in(file: Path) -> str:
    """Hash of what of a lecture's text may run, told without reading it as Markdown is read."""
    text = file.read_text("utf-8", "replace")
    parts = [found[0] for found in RUNS.finditer(text)] if file.suffix in PLAIN else [text]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def will_run(config: Config, path: str, stamp: Stamp | None) -> bool:
    """Whether a lecture that is not fresh likely has something to run.

    Only for what is better begun early: its run itself finds out what is stale.
    """
    if not stamp:
        return True
    changed = {p for p, digest in stamp.files.items() if version(config.root, p) != digest}
    return bool(changed - {path}) or (path in changed and code_in(config.root / path) != stamp.code)


def load(cache: Cache, name: str) -> Stamp | None:
    """The stamp of a lecture's last good build, if it was this version of proofdeck's."""
    stamp = cache.get("stamps", name)
    is_ours = isinstance(stamp, Stamp) and getattr(stamp, "own", "") == own_code()
    return stamp if is_ours else None


def is_fresh(config: Config, stamp: Stamp, key: str) -> bool:
    """Whether the documents of `stamp` are what a build now would write."""
    if stamp.key != key:
        return False
    folder = config.site / stamp.card["name"]
    if any(_size(folder / name) != size for name, size in stamp.written.items()):
        return False
    return all(version(config.root, path) == digest for path, digest in stamp.files.items())


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
