"""Small courses made for one test, read, run and built with the real parts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Semaphore
from unittest.mock import patch

from proofdeck.cache import Cache
from proofdeck.config import Config, load_config
from proofdeck.errors import LectureError
from proofdeck.execute import Workers, results_of
from proofdeck.model import Lecture, Result, Run, Step
from proofdeck.output import Display, Output, Stream
from proofdeck.parse import parse

COURSE = Path(__file__).with_name("course")
TICKS = "`" * 3
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
"""The smallest picture: one transparent pixel."""


def fence(code: str, *options: str) -> str:
    """A snippet: `options` are its `#|` lines."""
    rows = [f"{TICKS}{{python}}", *(f"#| {option}" for option in options), code, TICKS]
    return "\n".join(rows) + "\n"


def count_in(file: str) -> str:
    """Code that adds a dot to a file unseen: what a snippet appends to is what it depends on."""
    return f"__import__('os').system('printf . >> {file}');\n"


def slide(*parts: str, id: str = "one") -> str:
    """A slide `One` of paragraphs and snippets."""
    return "\n\n".join([f"## {id.capitalize()} {{#{id}}}", *parts]) + "\n"


def make_course(root: Path, text: str | bytes = "", **files: str | bytes) -> Config:
    """A course in `root` with the lecture `slides/x.md`, and other files by path."""
    given = {"pyproject.toml": '[tool.proofdeck]\ncourse = "C"\n', **files}
    if text:
        given["slides/x.md"] = text
    for name, content in given.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_config(root)


def read(root: Path, text: str | bytes, **files: str | bytes) -> Lecture:
    """The lecture `text`, parsed."""
    return parse(make_course(root, text, **files), "slides/x.md")


def read_errors(root: Path, text: str | bytes, **files: str | bytes) -> list[str]:
    """What is wrong with the lecture `text`; empty where nothing is."""
    try:
        read(root, text, **files)
    except LectureError as failed:
        return [str(error) for error in failed.errors]
    return []


@dataclass(frozen=True, slots=True)
class Ran:
    """A lecture that ran."""

    lecture: Lecture
    run: Run
    progress: tuple[tuple[str, str | None], ...]
    """Events and ids of steps in the order in which they were reported."""

    def __getitem__(self, id: str) -> Result:
        return self.run.results[id]

    def outputs(self, id: str = "one-1") -> tuple[Output, ...]:
        """What a snippet put out."""
        return self.run.results[id].outputs

    @property
    def statuses(self) -> Mapping[str, str]:
        """How each step fared."""
        return {id: result.status for id, result in self.run.results.items()}


def run(root: Path, text: str, **files: str | bytes) -> Ran:
    """Parse and run the lecture `text` in a process of its own."""
    config = make_course(root, text, **files)
    lecture = parse(config, "slides/x.md")
    seen: list[tuple[str, str | None]] = []

    def progress(_: str, event: str, step: Step | None) -> None:
        seen.append((event, step.id if step else None))

    with patch.dict(os.environ):
        workers = Workers(config, Cache(config.cache), progress, Semaphore(1))
        made = workers.begin(lecture)
        made.go()
    return Ran(lecture, results_of(made), tuple(seen))


def out(text: str) -> Stream:
    return Stream("stdout", text)


def err(text: str) -> Stream:
    return Stream("stderr", text)


def value(text: str) -> Display:
    return Display({"text/plain": text})


def outputs(root: Path, code: str, *options: str) -> tuple[Output, ...]:
    """What a lecture of this one snippet puts out."""
    ran = run(root, slide(fence(code, *options)))
    assert ran.statuses == {"one-1": "ok"}, ran["one-1"].failure
    return ran.outputs()


def proofdeck(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The real command line in `root`."""
    return subprocess.run(
        [sys.executable, "-m", "proofdeck", *arguments],
        cwd=root,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def site_files(root: Path) -> dict[str, bytes]:
    """Contents of every file of the site, by path below it."""
    site = root / "build" / "site"
    return {
        file.relative_to(site).as_posix(): file.read_bytes()
        for file in sorted(site.rglob("*"))
        if file.is_file()
    }
