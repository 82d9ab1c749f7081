"""The nouns: what a lecture is made of, and what running it gave. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from proofdeck.errors import Notice, Place
from proofdeck.facts import Facts, Surroundings
from proofdeck.output import Output

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
    seed_id: str = ""
    """What its random numbers are seeded from, where that is not its own id."""
    framework: str = ""
    """Of the framework tab that it stands in, if any."""

    @property
    def runs(self) -> bool:
        """Whether the snippet is executed (`eval: false` opts out)."""
        return self.options.get("eval", True) is not False


Asked = frozenset[str] | None
"""Of a question that compares frameworks: names it asks of one of them; None of any other."""
Given = tuple[tuple[str, tuple[tuple[str, bytes], ...]], ...]
"""Of such a question: by a framework's name in code, the names that it asks for, with values."""


@dataclass(frozen=True, slots=True)
class InlineValue:
    """`` `{python} expr` ``: a value of the run, said in prose."""

    id: str
    place: Place
    slide: str
    code: str
    framework: str = ""
    asks: Asked = None
    given: Given = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence on a slide with a check on what its snippets left."""

    id: str
    """Slide and number there: `clipping-claim-2`."""
    place: Place
    slide: str
    code: str
    """The check: an expression on the state at that point of the lecture."""
    text: str
    """The sentence, without markup; `⟦id⟧` where an inline value stands."""
    show: str = ""
    """An expression whose median and range over the seeds are given."""
    seeds: int = 1
    at_least: int = 1
    """In how many of the seeded runs the check must come out as expected."""
    expect: Literal["holds", "fails"] = "holds"
    """`fails` where a mistake is taught: the check must be false."""
    sweep: str = ""
    """Label of the snippet in whose frames the check is made; empty for none."""
    where: str = ""
    """A condition on the frames that count."""
    framework: str = ""
    asks: Asked = None
    given: Given = ()


Question = InlineValue | Claim
"""Asks for the state at its point of the lecture, and leaves it as it was."""

Step = Snippet | Question


@dataclass(frozen=True, slots=True)
class Exercise:
    """A task: its starter must fail the check, its solution must pass it."""

    id: str
    place: Place
    slide: str
    at: int
    """How many steps of the lecture stand before it and make what it starts from."""
    starter: Snippet
    solution: Snippet
    check: Snippet
    framework: str = ""


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

    @property
    def is_shown(self) -> bool:
        """Whether the author does not hide it."""
        return ("visibility", "hidden") not in self.attributes[1]


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
    """Snippets, inline values and claims in the order in which they run."""
    captions: Mapping[str, tuple[Block, ...]]
    """`fig-cap` of a snippet as inlines, by snippet id."""
    notices: tuple[Notice, ...]
    sources: tuple[str, ...]
    """Every file this was made of: the lecture, includes, figure scripts, bibliography."""
    exercises: tuple[Exercise, ...] = ()
    """None of their snippets is among the steps: they leave nothing in the lecture."""
    frameworks: tuple[str, ...] = ()
    """Names of its framework tabs, in the order in which they come."""
    framework: str = ""
    """The one of them whose view of the lecture this is; empty for all of it."""

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

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The steps that are claims."""
        return tuple(step for step in self.steps if isinstance(step, Claim))


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
class Verdict:
    """What a claim's check gave in one run."""

    held: bool | None
    """The check's truth; None where it raised, which satisfies nothing."""
    values: tuple[tuple[str, str], ...] = ()
    """Sub-expressions of the check and their values."""
    shown: float | None = None
    """The quantity that the claim shows."""
    error: str = ""
    counts: bool = True
    """Whether the claim's `where` is true there."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one step gave."""

    id: str
    status: Literal["ok", "failed", "skipped"]
    outputs: tuple[Output, ...] = ()
    value: str = ""
    """An inline value's text."""
    verdict: Verdict | None = None
    """A claim's."""
    failure: Failure | None = None
    raised: Failure | None = None
    """What a snippet with `error: true` ended with."""
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    drew: bool = False
    """Whether it drew random numbers, so that a notebook must seed before it."""
    exports: Mapping[str, bytes] = field(default_factory=dict)
    """Plain values that a snippet made or changed."""
    facts: Facts = field(default_factory=Facts)
    """Of a snippet that ran."""
    cached: bool = False
    """Whether it was known and nothing ran."""


Chosen = tuple[tuple[str, int | float | str], ...]
"""A value for each parameter of a sweep, in its order."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a swept snippet gives for one choice of its parameters."""

    chosen: Chosen
    result: Result


@dataclass(frozen=True, slots=True)
class Run:
    """A lecture's results by step id."""

    results: Mapping[str, Result]
    surroundings: Surroundings = field(default_factory=Surroundings)
    frames: Mapping[str, tuple[Frame, ...]] = field(default_factory=dict)
    """Of the swept snippets, by id."""
    missing: tuple[str, ...] = ()
    """Frameworks that are not installed, so that nothing of their tabs ran."""

    @property
    def cached(self) -> bool:
        """Whether nothing ran."""
        return all(result.cached or result.status == "skipped" for result in self.results.values())
