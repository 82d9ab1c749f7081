"""Running on other machines: what a lecture's run needs goes out, new cache entries come back.

A Dask worker keeps a server process for each of its threads; in it lectures run as they do here,
each in a process of its own. A task that is lost with its worker is done again by another.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import struct
import subprocess
import sys
import threading
import zipfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import IO, Any

from proofdeck.cache import Cache, write_atomically
from proofdeck.config import Config
from proofdeck.execute import Workers
from proofdeck.files import is_left_out
from proofdeck.forks import prepare
from proofdeck.lecture_run import LectureRun
from proofdeck.model import Lecture, Result, Step
from proofdeck.supervise import end_all

AT_A_TIME = 64
"""Tasks that one machine sends out before it waits for one to come back."""

Entries = dict[tuple[str, str], bytes]
"""Cache entries by kind and key."""


@dataclass(frozen=True, slots=True)
class Task:
    """A lecture's run for somebody else to do."""

    config: Config
    lecture: Lecture
    seed: int
    figures: bool
    wanted: frozenset[int] | None
    """Positions of the steps to take; None for all."""
    own: Lecture | None
    """The lecture whose run gives definitions and settings of the other steps."""
    own_path: tuple[str, ...]
    """Where that lecture finds modules: not those of a mutant."""
    with_plain: bool
    """Whether it gives plain values too."""
    entries: Entries
    """What is known already."""
    bundle: str
    """Hash of the course's files."""
    mutated: dict[str, bytes]
    """Modules of a mutant by path; they lie in `build/`, and no two tasks need the same."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a task."""

    entries: Entries
    results: dict[str, Result]
    """Those that are not kept, by step id: failures."""


class Cluster:
    """A Dask cluster that runs lectures."""

    def __init__(self, address: str, config: Config) -> None:
        import distributed

        client: Any = distributed.Client
        self.client = client(address, set_as_default=False)
        self.config = config
        # It goes along with each task: data that workers share is lost with the last of them.
        self.files = bundle(config.root)
        self.bundle = hashlib.sha256(self.files).hexdigest()

    def run(self, run: LectureRun) -> Mapping[str, Result]:
        """Have what is stale of a run done elsewhere; the cache then knows it.

        Returns the results that are not kept.
        """
        cache = Cache(self.config.cache)
        own = run.own.lecture if run.own else None
        known = {**entries_of(cache, run), **(entries_of(cache, run.own) if run.own else {})}
        task = Task(
            config=run.config,
            lecture=run.lecture,
            seed=run.seed,
            figures=run.figures,
            wanted=run.wanted,
            own=own,
            own_path=self.config.local_path,
            with_plain=run.with_plain,
            entries=known,
            bundle=self.bundle,
            mutated=self._mutated(run.config),
        )
        future = self.client.submit(perform, pickle.dumps(task), self.files, pure=False, retries=3)
        done: Done = pickle.loads(future.result())
        for (kind, key), data in done.entries.items():
            write_atomically(cache.folder / kind / key, data)
        return done.results

    def _mutated(self, config: Config) -> dict[str, bytes]:
        added = set(config.local_path) - set(self.config.local_path)
        files = (file for folder in added for file in (config.root / folder).glob("*.py"))
        return {file.relative_to(config.root).as_posix(): file.read_bytes() for file in files}

    def close(self) -> None:
        """Leave the cluster."""
        self.client.close()


def entries_of(cache: Cache, run: LectureRun) -> Entries:
    """The cache entries of all steps that a run has come to know."""
    names = [("shapes", inputs.key) for inputs in run.inputs.values()]
    names += [(kind, key) for key in run.keys.values() for kind in ("results", "values")]
    files = {name: cache.folder.joinpath(*name) for name in names if name[1]}
    return {name: file.read_bytes() for name, file in files.items() if file.is_file()}


def bundle(root: Path) -> bytes:
    """A course's own files as a ZIP archive, the same bytes for the same files."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            parts = path.relative_to(root).parts
            if path.is_file() and not any(map(is_left_out, parts)):
                archive.writestr(zipfile.ZipInfo("/".join(parts)), path.read_bytes())
    return data.getvalue()


_servers = threading.local()


def perform(task: bytes, files: bytes) -> bytes:
    """In a Dask worker: have this thread's server do a task."""
    server: Any = getattr(_servers, "process", None)
    if server is None or server.poll() is not None:
        command = [sys.executable, "-c", "from proofdeck.remote import serve; serve()"]
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        _servers.process = server
    _send(server.stdin, pickle.dumps((task, files)))
    done = _receive(server.stdout)
    if not done:
        raise RuntimeError("the process that runs lectures ended")
    return done


def serve() -> None:
    """In the server: do tasks until the Dask worker is gone, and then end all at once."""
    incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    with ThreadPoolExecutor(1) as pool:
        while data := _receive(incoming):
            pool.submit(_answer, data, outgoing)
        end_all()
        os._exit(0)


def _answer(data: bytes, outgoing: IO[bytes]) -> None:
    task, files = pickle.loads(data)
    _send(outgoing, pickle.dumps(do(pickle.loads(task), files)))


def do(task: Task, files: bytes) -> Done:
    """Do a task here."""
    root = Path(gettempdir()) / f"proofdeck-{task.bundle[:16]}"
    if not root.is_dir():
        with TemporaryDirectory(dir=gettempdir()) as folder:
            zipfile.ZipFile(io.BytesIO(files)).extractall(Path(folder, "course"))
            with suppress(OSError):  # another server was quicker
                Path(folder, "course").rename(root)
    for path, data in task.mutated.items():
        write_atomically(root / path, data)
    with TemporaryDirectory(prefix="proofdeck-") as folder:
        cache = Cache(Path(folder))
        for (kind, key), data in task.entries.items():
            write_atomically(cache.folder / kind / key, data)
        config = replace(task.config, root=root)
        workers = Workers(config, cache, _quiet, threading.Semaphore(1))
        run = workers.run_of(task.lecture, task.seed, task.figures)
        prepare([run.processes.whole_job.imports])  # once for all tasks that come here
        if task.wanted is None:
            run.go()
        else:
            unchanged = replace(workers, config=replace(config, local_path=task.own_path))
            own = unchanged.begin(task.own or task.lecture)
            own.go()
            run.go_for(task.wanted, own, task.with_plain)
        new = entries_of(cache, run)
        entries = {name: data for name, data in new.items() if name not in task.entries}
    kept = {key for kind, key in new if kind in ("results", "values")}
    positions = {step.id: n for n, step in enumerate(task.lecture.steps)}
    results = {id: r for id, r in run.results.items() if run.keys.get(positions[id]) not in kept}
    return Done(entries, results)


def _send(pipe: IO[bytes], data: bytes) -> None:
    pipe.write(struct.pack("<Q", len(data)) + data)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes:
    """The next message; empty where the other side is gone."""
    head = pipe.read(8)
    return pipe.read(*struct.unpack("<Q", head)) if len(head) == 8 else b""


def _quiet(lecture: str, event: str, step: Step | None) -> None:
    """Whoever sent the task cannot follow it."""
