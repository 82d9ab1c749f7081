"""What running a lecture depends on: the key under which its results are kept.

A whole lecture is the unit. Prose, captions, layout and notes are not in the key.
"""

from __future__ import annotations

import hashlib
import sysconfig
from functools import cache
from pathlib import Path

from proofdeck.config import Config
from proofdeck.model import Lecture, Snippet
from proofdeck.names import all_imports
from proofdeck.worker import Job

FORMAT = 1
"""Of cached results; raised when what they hold or mean changes."""

RUN_OPTIONS = ("eval", "error")
"""Cell options that change what running gives; all others change only what is shown of it."""


def make_job(config: Config, lecture: Lecture) -> Job:
    """The lecture as a worker gets it."""
    folders = [config.root / folder for folder in config.local_path]
    codes = [step.code for step in lecture.steps]
    return Job(
        root=str(config.root),
        steps=lecture.steps,
        seed=lecture.seed,
        threads=lecture.threads,
        local_path=config.local_path,
        imports=all_imports(codes, folders),
    )


def run_key(job: Job) -> str:
    """Hash of what is known before a run: code, options, seed, packages. Files read come after."""
    digest = hashlib.sha256(f"{FORMAT} {own_code()} {packages()}".encode())
    digest.update(repr((job.seed, job.threads, job.local_path)).encode())
    for step in job.steps:
        options = {}
        if isinstance(step, Snippet):
            options = {key: step.options.get(key) for key in RUN_OPTIONS}
        digest.update(repr((step.id, step.code, options)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


@cache
def packages() -> str:
    """Hash of the names and versions of all installed packages, and of Python's."""
    site = Path(sysconfig.get_path("purelib"))
    found = (entry.name for entry in site.iterdir())
    names = sorted(name for name in found if name.endswith((".dist-info", ".egg-info")))
    return _hash("\n".join([sysconfig.get_python_version(), *names]).encode())


@cache
def own_code() -> str:
    """Hash of proofdeck's own modules, so that a new version never shows old results."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return _hash(b"".join(file.read_bytes() for file in files))


def file_hash(path: Path) -> str:
    """Hash of a file's contents; empty where it cannot be read."""
    try:
        return _hash(path.read_bytes())
    except OSError:
        return ""


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
