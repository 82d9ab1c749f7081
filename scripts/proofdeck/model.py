"""The nouns: what a lecture is made of, and what running it gave. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from proofdeck.errors import Notice, Place

Block = dict[str, Any]
"""One block or inline of Pandoc's JSON syntax tree: `{"t": type, "c": contents}`."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """One executable Python fence."""

    id: str
    """Its label, or the slide's id and its position there: `clipping-2`."""
    place: Place
    """The line of the opening fence."""
    slide: str
    """Id of the slide it stands on."""
    code: str
    """What runs: the fence's body without option lines, or the figure script's text."""
    code_place: Place
    """Where the first line of `code` stands."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Cell options, hyphenated keys, defaults of the lecture filled in."""
    script: str | None = None
    """Path of the figure script that `code` was read from."""

    @property
    def runs(self) -> bool:
        """Whether the snippet is executed (`eval: false` opts out)."""
        return self.options.get("eval", True) is not False


@dataclass(frozen=True, slots=True)
class InlineValue:
    """`` `{python} expr` ``: a value of the run, said in prose."""

    id: str
    place: Place
    slide: str
    code: str


Step = Snippet | InlineValue


@dataclass(frozen=True, slots=True)
class Slide:
    """A heading or `---`, with its blocks and speaker notes."""

    id: str
    title: str
    """Plain text; empty for an untitled slide."""
    level: int
    """1 for a section, 2 for a slide."""
    place: Place
    header: tuple[Block, ...]
    """The title's inlines."""
    attributes: tuple[tuple[str, ...], tuple[tuple[str, str], ...]]
    """Classes and key-value pairs of the heading."""
    blocks: tuple[Block, ...]
    notes: tuple[Block, ...]
    minutes: float
    """Planned speaking time; 0 where the lecture does not say."""


@dataclass(frozen=True, slots=True)
class Lecture:
    """One source file in `slides/`."""

    name: str
    """The file's stem: `05-in-depth`."""
    path: str
    meta: Mapping[str, Any]
    """Front matter as YAML gave it."""
    slides: tuple[Slide, ...]
    steps: tuple[Step, ...]
    """Snippets and inline values in the order in which they run."""
    captions: Mapping[str, tuple[Block, ...]]
    """`fig-cap` of a snippet as inlines, by snippet id."""
    notices: tuple[Notice, ...]
    sources: tuple[str, ...]
    """Every file this was made of: the lecture, includes, figure scripts, bibliography."""

    @property
    def title(self) -> str:
        """From the front matter, else the name."""
        return str(self.meta.get("title") or self.name)

    @property
    def seed(self) -> int:
        """What every snippet's own seed is made from."""
        return int(self.meta.get("seed", 1))

    @property
    def threads(self) -> int:
        """Threads that its process may use."""
        return int(self.meta.get("threads", 1))

    @property
    def snippets(self) -> tuple[Snippet, ...]:
        """The steps that are snippets."""
        return tuple(step for step in self.steps if isinstance(step, Snippet))


@dataclass(frozen=True, slots=True)
class Stream:
    """Text that a snippet wrote."""

    name: Literal["stdout", "stderr", "error"]
    """`error` is the exception of a snippet with `error: true`."""
    text: str


@dataclass(frozen=True, slots=True)
class Display:
    """A rich output: one value in several MIME types."""

    data: Mapping[str, str | bytes]
    alt: str = ""
    """For a figure: what it shows, made from its axes."""
    width: int = 0
    """For a figure: its width in CSS pixels; 0 where unknown."""


Output = Stream | Display


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a snippet did not finish."""

    kind: str
    """The exception's class name, or `Timeout`, `Crash`."""
    message: str
    path: str | None
    """The file that the line counts in; None means the snippet's own code."""
    line: int
    """In `path` or in the snippet's code, from 1; 0 where unknown."""
    traceback: str


@dataclass(frozen=True, slots=True)
class Result:
    """What one step gave."""

    id: str
    status: Literal["ok", "failed", "skipped"]
    outputs: tuple[Output, ...] = ()
    value: str = ""
    """An inline value's text."""
    failure: Failure | None = None
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    drew: bool = False
    """Whether it drew random numbers, so that a notebook must seed before it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a run observed of its surroundings."""

    files: tuple[str, ...] = ()
    """Files read: local modules and data, relative to the root where they lie under it."""
    imports: tuple[str, ...] = ()
    """Top-level modules that the lecture's code imports, also through local modules."""
    versions: tuple[tuple[str, str], ...] = ()
    """Python and the imported packages that a reader would name, for the last slide."""


@dataclass(frozen=True, slots=True)
class Run:
    """A lecture's results by step id, and the facts of the run they come from."""

    results: Mapping[str, Result]
    facts: Facts
    cached: bool = False
