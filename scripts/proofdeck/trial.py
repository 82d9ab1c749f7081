"""One lecture on trial: runs its mutants and asks its claims about them.

A mutant runs only what the claims that depend on it need, first as the lecture runs, then under
further seeds while one of these claims is undecided. What is seen of a run is kept, without its
outputs and exports.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from proofdeck.cache import Cache, write_atomically
from proofdeck.config import Config
from proofdeck.execute import Workers
from proofdeck.jobs import Given
from proofdeck.model import Claim, Lecture, Result, Run, Snippet, Step
from proofdeck.mutants import Change, Mutant
from proofdeck.names import reads
from proofdeck.plan import job_of, run_key, step_keys
from proofdeck.slices import imports_for, needed, uses
from proofdeck.supervise import supervise
from proofdeck.tally import Tally

AS_IT_IS = Change({})

SLOWER = 10.0
"""How many times longer than the lecture's a mutant's snippet may take."""

AT_LEAST = 10.0
"""Seconds that a mutant's snippet may always take."""

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


@dataclass(frozen=True, slots=True)
class Trial:
    """One lecture under trial."""

    workers: Workers
    lecture: Lecture
    own: Run
    """The lecture's run as it is."""
    deadline: float
    """When to stop, by `time.monotonic()`."""
    slices: dict[frozenset[str], list[Claim]] = field(default_factory=dict)
    """The claims that hold in that run, by the ids of the snippets that they need."""
    seconds: dict[str, float] = field(default_factory=dict)
    """The longest that each snippet took as it is, when only a slice was run."""

    def find_slices(self) -> None:
        """Find what each claim needs: as little as gives the same answer."""
        guesses: dict[frozenset[str], list[Claim]] = {}
        for claim in self.lecture.claims:
            verdict = self.own.results[claim.id].verdict
            if verdict and verdict.held is (claim.expect == "holds"):
                guesses.setdefault(self._guess(claim), []).append(claim)
        for guess, claims in guesses.items():
            run = self.run(AS_IT_IS, guess, claims, self.lecture.seed)
            for claim in claims:
                before, now = self.own.results[claim.id], run.results[claim.id]
                same = repr(now.verdict) == repr(before.verdict)
                needs = guess if same else frozenset(s.id for s in _above(self.lecture, claim))
                self.slices.setdefault(needs, []).append(claim)

    def _guess(self, step: Claim | Snippet) -> frozenset[str]:
        above = _above(self.lecture, step)
        free = _free(step)
        changed = [frozenset(self.own.results[snippet.id].exports) for snippet in above]
        chosen = needed([uses(snippet.code) for snippet in above], changed, free)
        return frozenset(above[number].id for number in chosen)

    def first(self, mutant: Mutant) -> Outcome:
        """Whether a mutant is killed in the first run, as far as that decides it."""
        if self.late():
            return Outcome(mutant, "untried")
        sure = True
        groups = self._groups(mutant)
        for steps, claims in groups:
            outcome = self._judge(mutant, steps, claims, 1)
            if outcome.kind != "survived":
                return outcome
            sure = sure and outcome.sure
        seed = self.lecture.seed
        # Claims that need no snippet, only what modules hold, reach it themselves.
        probes = [(steps, [] if steps else claims) for steps, claims in groups]
        if not any(_raised(self.run(mutant.probe, *probe, seed)) for probe in probes):
            return Outcome(mutant, "unreached")
        return Outcome(mutant, "survived", sure=sure)

    def confirm(self, outcome: Outcome) -> Outcome:
        """The outcome under all seeds, or the same again when it is late."""
        if outcome.sure or self.late():
            return outcome
        groups = self._groups(outcome.mutant)
        groups.sort(key=lambda group: outcome.by not in [claim.id for claim in group[1]])
        for steps, claims in groups:
            now = self._judge(outcome.mutant, steps, claims, MANY)
            if not now.sure:
                return outcome
            if now.kind != "survived":
                return now
        return Outcome(outcome.mutant, "survived")

    def late(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() >= self.deadline

    def _groups(self, mutant: Mutant) -> list[tuple[frozenset[str], list[Claim]]]:
        """Claims that depend on the mutant, by the snippets that they need, the quickest first.

        Without such a claim: what shows whether the mutant raises.
        """
        groups = []
        for ids, claims in self.slices.items():
            affected = claims if ids & mutant.touched else []
            affected = affected or [claim for claim in claims if claim.id in mutant.touched]
            groups += [(ids, affected)] if affected else []
        if not groups:
            groups = [(self._around(mutant.touched), [])]
        seconds = {id: result.seconds for id, result in self.own.results.items()}
        return sorted(groups, key=lambda group: sum(seconds[id] for id in group[0]))

    def _around(self, touched: frozenset[str]) -> frozenset[str]:
        """Ids of these snippets and of those that they need to run."""
        snippets = [snippet for snippet in self.lecture.snippets if snippet.id in touched]
        ids = frozenset(snippet.id for snippet in snippets).union(*map(self._guess, snippets))
        if _raised(self.run(AS_IT_IS, ids, [], self.lecture.seed)):
            ids |= {snippet.id for snippet in _above(self.lecture, snippets[-1])}
        return ids

    def _judge(
        self, mutant: Mutant, steps: frozenset[str], claims: Sequence[Claim], turns: int
    ) -> Outcome:
        """What claims that need the same snippets say of a mutant in so many runs."""
        tallies = [Tally(claim) for claim in claims]
        for number in range(min(turns, max((claim.seeds for claim in claims), default=1))):
            if number and self.late():
                break
            run = self.run(mutant.change, steps, claims, self.lecture.seed + number)
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

    def run(self, change: Change, ids: frozenset[str], claims: Sequence[Claim], seed: int) -> Run:
        """Run these snippets with a change and ask these claims, or take it from the cache."""
        config = self.workers.config
        if change.module:
            config = replace(config, local_path=(_write(config, change), *config.local_path))
        asked = ids | {claim.id for claim in claims}
        chosen = [step for step in self.lecture.steps if step.id in asked]
        steps = [self._imports(chosen), *(self._changed(step, change) for step in chosen)]
        job = job_of(config, self.lecture, steps, seed, figures=False)
        keys, key = step_keys(steps), run_key(job)
        cache = Cache(config.cache / "mutants", config.root)
        kept = cache.load(key)
        if kept and all(name in kept.results for name in keys.values()):
            run = replace(kept, results={id: kept.results[name] for id, name in keys.items()})
        else:
            with self.workers.slots:
                run = supervise(config, self.lecture, job, _quiet)
            facts = run.facts if run.facts.files else self.own.facts
            results = {keys[id]: _stripped(result) for id, result in run.results.items()}
            if change != AS_IT_IS or not _raised(run):
                cache.store(key, Run(results, facts))
        if change == AS_IT_IS:
            self._note_seconds(run)
        return run

    def _note_seconds(self, run: Run) -> None:
        """A snippet that runs first, alone, also loads what others loaded before it."""
        for id, result in run.results.items():
            self.seconds[id] = max(result.seconds, self.seconds.get(id, 0.0))

    def _imports(self, steps: Sequence[Step]) -> Given:
        """The imports of snippets above that these steps rely on."""
        above = [uses(snippet.code) for snippet in _above(self.lecture, steps[-1])]
        return Given("imports", imports_for(above, frozenset[str]().union(*map(_free, steps))), {})

    def _changed(self, step: Step, change: Change) -> Step:
        if not isinstance(step, Snippet) or change == AS_IT_IS:
            return step
        usual = max(self.own.results[step.id].seconds, self.seconds.get(step.id, 0.0))
        limit = max(SLOWER * usual, AT_LEAST)
        code = change.codes.get(step.id, step.code)
        return replace(step, code=code, options={**step.options, "timeout": limit})


def _free(step: Step) -> frozenset[str]:
    """Names that a step reads as the snippets above left them."""
    if isinstance(step, Claim):
        return reads(f"({step.code}, {step.show or None})")
    return uses(step.code).free


def _above(lecture: Lecture, step: Step) -> list[Snippet]:
    steps = lecture.steps[: lecture.steps.index(step)]
    return [above for above in steps if isinstance(above, Snippet) and above.runs]


def _raised(run: Run) -> str:
    """What a snippet or a check raised; empty for nothing."""
    for result in run.results.values():
        if result.failure:
            return f"{result.failure.kind} in {result.id}"
        if result.verdict and result.verdict.error:
            return f"{result.verdict.error} in {result.id}"
    return ""


def _stripped(result: Result) -> Result:
    return replace(result, outputs=(), exports={}, warnings=())


def _write(config: Config, change: Change) -> str:
    """Write a changed module where only the mutant's runs look for it; give the folder."""
    data = change.module_code.encode()
    folder = config.build / "mutants" / hashlib.sha256(data).hexdigest()[:16]
    write_atomically(folder / change.module, data)
    return folder.relative_to(config.root).as_posix()


def _quiet(lecture: str, event: str, step: Step | None) -> None:
    """Nobody follows the runs of a mutant."""
