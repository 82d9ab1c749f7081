"""One lecture on trial: runs its mutants and asks its claims about them.

A mutant is run as an edited lecture is: what does not depend on the edit is known already. It runs
first as the lecture does, then under further seeds while a claim that depends on it is undecided.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from proofdeck.cache import write_atomically
from proofdeck.compare import compare_changed
from proofdeck.config import Config
from proofdeck.execute import Workers
from proofdeck.frameworks import waits
from proofdeck.lecture_run import LectureRun
from proofdeck.model import Claim, Lecture, Result, Snippet, Step
from proofdeck.mutants import Change, Mutant
from proofdeck.tally import Tally
from proofdeck.views import Views

SLOWER = 10.0
"""How many times longer than the lecture's a mutant's snippet may take."""

AT_LEAST = 20.0
"""Seconds that a mutant's snippet may always take: it may load what others loaded before."""

MANY = 10**6
"""Runs: as many as a claim asks for."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mutant."""

    mutant: Mutant
    kind: Literal["claim", "exception", "survived", "unreached", "untried"]
    by: str = ""
    """The claim that no longer holds, or what was raised."""
    sure: bool = True
    """Whether that is decided under all the seeds that its claims ask for."""


@dataclass(frozen=True)
class Trial:
    """One lecture under trial."""

    workers: Workers
    own: LectureRun
    """The lecture's run as it is, come to its end."""
    deadline: float
    """When to stop, by `time.monotonic()`."""
    views: Views
    """The lecture's runs, of which `own` is one."""
    compared: Mapping[str, Result]
    """What claims that compare frameworks gave, by their ids."""

    @property
    def lecture(self) -> Lecture:
        """As it is."""
        return self.own.lecture

    @cached_property
    def claims(self) -> dict[int, Claim]:
        """The claims that hold as the lecture is, by position."""
        found = {}
        for position, step in enumerate(self.lecture.steps):
            if isinstance(step, Claim):
                verdict = (self.compared.get(step.id) or self.own.results[step.id]).verdict
                if verdict and verdict.held is (step.expect == "holds"):
                    found[position] = step
        return found

    def first(self, mutant: Mutant) -> Outcome:
        """Whether a mutant is killed in the first run, as far as that decides it."""
        kept = self.workers.cache.get("mutants", self._key(mutant))
        if isinstance(kept, Outcome):
            return replace(kept, mutant=mutant)
        if self.late():
            return Outcome(mutant, "untried")
        outcome = self._try(mutant, 1)
        if outcome.kind == "survived" and not self._is_reached(mutant):
            outcome = Outcome(mutant, "unreached")
        return self._kept(outcome)

    def confirm(self, outcome: Outcome) -> Outcome:
        """The outcome under all seeds, or the same again when it is late."""
        if outcome.sure or self.late():
            return outcome
        now = self._try(outcome.mutant, MANY)
        return self._kept(now) if now.sure else outcome

    def late(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() >= self.deadline

    def _kept(self, outcome: Outcome) -> Outcome:
        if outcome.sure:
            self.workers.cache.put("mutants", self._key(outcome.mutant), outcome)
        return outcome

    def _key(self, mutant: Mutant) -> str:
        claims = [repr(claim) for claim in (*self.claims.values(), *self.views.lecture.claims)]
        keys = [repr(sorted(run.keys.items())) for run in (self.own, *self.views.runs)]
        parts = [*keys, *claims, repr(mutant.change)]
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def _try(self, mutant: Mutant, turns: int) -> Outcome:
        """What the claims that depend on a mutant say of it in so many runs."""
        sure = True
        for positions in self._groups(mutant):
            if self.late():
                return Outcome(mutant, "untried", sure=False)
            outcome = self._judge(mutant, positions, turns)
            if outcome.kind != "survived":
                return outcome
            sure = sure and outcome.sure
        return Outcome(mutant, "survived", sure=sure)

    def _groups(self, mutant: Mutant) -> list[list[int]]:
        """Positions of the claims that depend on the mutant, by what they need, quickest first."""
        touched = self._positions(mutant.touched)
        groups: dict[frozenset[int], list[int]] = {}
        for position in self.claims:
            if touched & {position, *self.own.past.depends_on(position)}:
                groups.setdefault(self.own.past.needs(position), []).append(position)
        steps = self.lecture.steps
        seconds = {
            needs: sum(self.own.results[steps[n].id].seconds for n in needs) for needs in groups
        }
        return [groups[needs] for needs in sorted(groups, key=lambda needs: seconds[needs])]

    def _positions(self, ids: Iterable[str]) -> set[int]:
        wanted = set(ids)
        return {n for n, step in enumerate(self.lecture.steps) if step.id in wanted}

    def _judge(self, mutant: Mutant, positions: Sequence[int], turns: int) -> Outcome:
        """What claims that need the same snippets say of a mutant."""
        tallies = [Tally(self.claims[position]) for position in positions]
        for number in range(min(turns, max(tally.claim.seeds for tally in tallies))):
            if number and self.late():
                break
            run = self._run(mutant.change, positions, self.lecture.seed + number)
            compare = [tally.claim for tally in tallies if waits(tally.claim)]
            if compare and not _raised(run):
                found = compare_changed(self.workers, self.views, run, compare, number)
                run.results.update(found)
            if raised := _raised(run):
                return Outcome(mutant, "exception", raised)
            for tally in tallies:
                tally.note(run)
            if killer := next((tally.claim for tally in tallies if tally.killed), None):
                return Outcome(mutant, "claim", killer.id)
            tallies = [tally for tally in tallies if not tally.holds]
            if not tallies:
                return Outcome(mutant, "survived")
        missed = next((tally.claim for tally in tallies if tally.missed), None)
        if missed:
            return Outcome(mutant, "claim", missed.id, sure=False)
        return Outcome(mutant, "survived", sure=not tallies)

    def _is_reached(self, mutant: Mutant) -> bool:
        """Whether the changed code runs at all: an error in its place shows."""
        positions = self._positions(mutant.touched)
        positions |= {position for group in self._groups(mutant) for position in group}
        return bool(_raised(self._run(mutant.probe, positions, self.lecture.seed)))

    def _run(self, change: Change, positions: Iterable[int], seed: int) -> LectureRun:
        """Run what the steps at `positions` need, with a change."""
        config = self.workers.config
        if change.module:
            config = replace(config, local_path=(_write(config, change), *config.local_path))
        steps = tuple(self._changed(step, change) for step in self.lecture.steps)
        workers = replace(self.workers, config=config)
        run = workers.quiet_run(replace(self.lecture, steps=steps), seed)
        run.go_for(frozenset(positions).union(*map(self.own.past.needs, positions)), self.own)
        return run

    def _changed(self, step: Step, change: Change) -> Step:
        if not isinstance(step, Snippet):
            return step
        limit = max(SLOWER * self.own.results[step.id].seconds, AT_LEAST)
        code = change.codes.get(step.id, step.code)
        return replace(step, code=code, options={**step.options, "timeout": limit})


def _raised(run: LectureRun) -> str:
    """What a snippet or a check raised; empty for nothing."""
    for result in run.results.values():
        if result.failure:
            return f"{result.failure.kind} in {result.id}"
        if result.verdict and result.verdict.error:
            return f"{result.verdict.error} in {result.id}"
    return ""


def _write(config: Config, change: Change) -> str:
    """Write a changed module where only the mutant's runs look for it; give the folder."""
    data = change.module_code.encode()
    folder = config.build / "mutants" / hashlib.sha256(data).hexdigest()[:16]
    write_atomically(folder / change.module, data)
    return folder.relative_to(config.root).as_posix()
