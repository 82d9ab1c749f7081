"""Why a step ran, or why it was reused: what is new since the lecture's last run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest

from proofdeck.cache import Cache
from proofdeck.held import Held
from proofdeck.model import Lecture, Snippet, Step
from proofdeck.plan import Inputs, Lines, Shape

REUSED = "reused: all that it depends on is as it was"


@dataclass(frozen=True, slots=True)
class Trace:
    """What a step's result depended on. It is kept under the result's key."""

    inputs: Inputs
    shape: Shape
    seed: int
    files: Mapping[str, str]
    """Hashes of the files that it read."""
    lines: Lines
    counts: tuple[tuple[str, str], ...]
    """How far Keras had counted in names."""
    root: str
    """The course's folder."""
    again: str
    """Why it runs again though nothing is new; empty where its result was kept."""


def why_it_ran(
    step: Step, trace: Trace | None, now: Trace, names: Mapping[str, Held], steps: tuple[Step, ...]
) -> str:
    """One line: all that is new since the lecture's last run, whose `trace` of the step this is."""
    if trace is None:
        return "ran: it is new"
    if getattr(trace.inputs, "own", "") != now.inputs.own:  # made by others of our classes
        return "ran: proofdeck itself is new"
    news = "; ".join(_news(step, trace, now, names, steps))
    return f"ran: {news or trace.again or 'its result is no longer in the cache'}"


def _news(
    step: Step, old: Trace, now: Trace, names: Mapping[str, Held], steps: tuple[Step, ...]
) -> Iterator[str]:
    before, after = old.inputs, now.inputs
    if before.code != after.code:
        yield f"its code is new in {_line(step, before.code, after.code)}"
    if before.options != after.options:
        yield f"its options are new ({', '.join(sorted({*after.options} - {*before.options}))})"
    for name in sorted(before.names.keys() | after.names.keys()):
        if before.names.get(name) != after.names.get(name):
            yield _of_name(name, name in before.names, names.get(name), steps)
    if before.modules != after.modules:
        yield "a module of the course that it imports is new"
    for path, digest in now.files.items():
        if path in old.files and old.files[path] != digest:
            yield f"the file {path} is new"
    if before.settings != after.settings or before.known != after.known:
        known = before.known.items() ^ after.known.items()
        which = ", ".join(sorted({name for name, _ in known})) or "made above"
        yield f"settings are new ({which})"
    if before.so_far != after.so_far:
        yield "what ran above it is new, and it may depend on all of that"
    if old.lines != now.lines and old.shape.lines:
        yield "it tells lines, and a function stands on another"
    if old.counts != now.counts and old.shape.named:
        yield "it tells a name in which Keras counts, and does so from another number"
    if old.root != now.root and old.shape.placed:
        yield "it tells in which folder the course lies, and that is another"
    if old.seed != now.seed and old.shape.seed:
        yield "it draws random numbers and the lecture's seed is new"
    if before.threads != after.threads:
        yield "the lecture's number of threads is new"
    if before.packages != after.packages:
        yield "the installed packages are new"


def _line(step: Step, before: str, after: str) -> str:
    pairs = zip_longest(before.splitlines(), after.splitlines())
    number = next((n for n, (one, other) in enumerate(pairs) if one != other), 0)
    place = step.code_place if isinstance(step, Snippet) else step.place
    line = place.line + (number if isinstance(step, Snippet) else 0)
    return f"line {line} of {place.path}"


def _of_name(name: str, known: bool, held: Held | None, steps: tuple[Step, ...]) -> str:
    if held is None:
        return f"`{name}` is gone"
    left = f"left by {steps[held.provider].id!r}"
    return f"`{name}` is another, {left}" if known else f"`{name}` is now there, {left}"


@dataclass(frozen=True, slots=True)
class Account:
    """How a run took its steps, for `proofdeck explain` and for what the next run says."""

    reasons: Mapping[str, str] = field(default_factory=dict)
    """Why each step ran, by its id; those that were reused are not in it."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Of the steps' results, by `own_id`."""


def own_id(lecture: Lecture, step: Step) -> str:
    """A step's id, and its framework's name: what frameworks share has a result of each."""
    return f"{lecture.framework} {step.id}"


def joined(accounts: Iterable[Account]) -> Account:
    """One account of several; of what they share, the first."""
    every = list(accounts)[::-1]
    return Account(
        {id: why for each in every for id, why in each.reasons.items()},
        {id: key for each in every for id, key in each.keys.items()},
    )


def keep_account(cache: Cache, lecture: Lecture, account: Account) -> None:
    """Remember how a lecture's run took its steps."""
    cache.put("accounts", lecture.name, account)


def last_account(cache: Cache, lecture: Lecture) -> Account:
    """How a lecture's last run took its steps; an empty account where there was none."""
    kept = cache.get("accounts", lecture.name)
    return kept if isinstance(kept, Account) else Account()
