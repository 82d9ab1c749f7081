"""Settings of a course: `[tool.proofdeck]` in pyproject.toml, read once."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from proofdeck.errors import EXIT_USAGE, Place, ProofdeckError

HOME = Path(__file__).resolve().parents[2]
TEMPLATES = HOME / "templates"
NPM = HOME / "build" / "npm"
"""Where `make setup` lets npm put the packages of templates/package.json."""

DOCUMENTS = frozenset({"deck", "handout", "notebook"})
"""What a build writes for each lecture, unless it is asked for less."""


@dataclass(frozen=True, slots=True)
class Config:
    """One course. Each field is a key of `[tool.proofdeck]`, with hyphens for underscores."""

    root: Path
    """The folder of pyproject.toml; all other paths are relative to it."""
    course: str = "Course"
    """Title on the course page and in the footers."""
    description: str = ""
    """One or two sentences on the course page."""
    url: str = ""
    """Where `build/site` is published; handouts link there. Empty: no links."""
    repository: str = ""
    """`owner/name` on GitHub, whose `gh-pages` branch holds the site, for the Colab links."""
    echo: bool = True
    """Whether slides show code unless a snippet says otherwise (`.qmd`: false, as in Quarto)."""
    timeout: float = 300.0
    """Seconds a snippet may take; `timeout:` in the front matter or a cell wins."""
    memory: float = 4.0
    """GiB of memory that a lecture's process may hold; `memory:` in the front matter wins."""
    local_path: tuple[str, ...] = ("figures",)
    """Folders whose modules snippets can import."""
    css: tuple[str, ...] = ()
    """Style sheets of all decks and of the course page, after the theme's own."""
    execute: Mapping[str, Any] = field(default_factory=dict)
    """Cell options for all lectures."""

    @property
    def build(self) -> Path:
        """Everything generated."""
        return self.root / "build"

    @property
    def site(self) -> Path:
        """What is published."""
        return self.build / "site"

    @property
    def cache(self) -> Path:
        """Results of runs; may be shared and thrown away."""
        return self.build / "cache"


@dataclass(frozen=True, slots=True)
class Options:
    """What a build is asked for."""

    documents: frozenset[str] = DOCUMENTS
    """Empty: run everything, write no documents (`proofdeck check`)."""
    jobs: int = 0
    """Processes at a time; 0 for one a core."""
    fast: bool = False
    """Check claims in the lecture's own run only."""
    draft: bool = False
    """Build also where claims fail, and show them as failed."""
    scheduler: str = ""
    """Address of a Dask cluster that runs lectures; empty to run them here."""
    verify: bool = False
    """Compare all that is shown with a run from scratch."""


def must_be_complete() -> bool:
    """Whether a framework that is not installed is a failure: under CI."""
    return os.environ.get("CI", "").lower() in ("1", "true")


def load_config(start: Path) -> Config:
    """Find the nearest pyproject.toml at or above `start` and read its settings.

    Raises ProofdeckError (exit code 2) where there is none, or a key is unknown.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        file = folder / "pyproject.toml"
        if file.is_file():
            return _config(folder, _read(file).get("tool", {}).get("proofdeck", {}))
    raise ProofdeckError(
        "no pyproject.toml here or above",
        "Run proofdeck inside a course's folder.",
        exit_code=EXIT_USAGE,
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        line = re.search(r"at line (\d+)", str(error))
        raise ProofdeckError(
            f"the settings are not TOML: {error}",
            "Mend the line.",
            Place(file.name, int(line[1]) if line else 1),
            EXIT_USAGE,
        ) from None


def _config(root: Path, table: dict[str, Any]) -> Config:
    known = {f.name.replace("_", "-"): f.name for f in fields(Config) if f.name != "root"}
    for key in table:
        if key not in known:
            raise ProofdeckError(
                f"[tool.proofdeck] has an unknown key {key!r}",
                f"Known keys: {', '.join(known)}.",
                Place("pyproject.toml", 1),
                EXIT_USAGE,
            )
    values: dict[str, Any] = {
        known[k]: tuple(v) if isinstance(v, list) else v for k, v in table.items()
    }
    return Config(root=root, **values)
