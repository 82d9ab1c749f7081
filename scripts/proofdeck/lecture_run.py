"""One lecture run step by step under one seed: known results are taken over, stale steps run.

The meaning is always that of a run from top to bottom in one process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from proofdeck.cache import Cache
from proofdeck.config import Config
from proofdeck.explain import Account, Trace, last_account, own_id, why_it_ran
from proofdeck.facts import Facts
from proofdeck.frameworks import waits
from proofdeck.held import closure
from proofdeck.jobs import Job
from proofdeck.kept import Kept
from proofdeck.model import Lecture, Result, Snippet, Step
from proofdeck.past import Past
from proofdeck.plan import Inputs, inputs_of, modules_of, uses_of
from proofdeck.processes import Processes
from proofdeck.state import State
from proofdeck.supervise import Session

Tell = Callable[[str, Step], None]


@dataclass(slots=True)
class LectureRun:
    """A lecture's run, up to the step that it has come to."""

    config: Config
    cache: Cache
    lecture: Lecture
    seed: int
    figures: bool
    tell: Tell
    open: Callable[[Job], Session]
    far: Callable[[LectureRun], Mapping[str, Result]] | None = None
    """Has what is stale done elsewhere; gives the results that are not kept."""
    wanted: frozenset[int] | None = None
    """Positions of the steps to take; None for all."""
    own: LectureRun | None = None
    """Where definitions and settings of the other steps are taken from."""
    with_plain: bool = False
    """Whether their plain values are taken over too."""
    results: dict[str, Result] = field(default_factory=dict)
    """By step id."""
    at: int = 0
    """The position of the next step."""
    imports: frozenset[str] = frozenset()
    """What the first step that must run imports, with all that must run before it."""
    inputs: dict[int, Inputs] = field(default_factory=dict)
    """By position: what a step depends on, as far as that is known before it runs."""
    keys: dict[int, str] = field(default_factory=dict)
    """By position: all that a step's result depends on."""
    reasons: dict[str, str] = field(default_factory=dict)
    """Why each step ran, by its id."""
    last: Account | None = None
    """How the lecture's last run took its steps, once something must be explained."""
    read_besides: set[str] = field(default_factory=set)
    """Files that further runs read: of claims under other seeds, and of frames."""
    done_far: Mapping[str, Result] | None = None
    state: State = field(init=False)
    past: Past = field(init=False)
    kept: Kept = field(init=False)
    processes: Processes = field(init=False)

    def __post_init__(self) -> None:
        self.state = State(cache(modules_of(self.config).digest))
        self.past = Past(self.lecture.steps, self.state.exports)
        root, files = self.config.root, self.state.files
        self.kept = Kept(self.cache, root, self.seed, self.figures, files, self.lecture.steps)
        self.processes = Processes(
            self.config,
            self.lecture,
            self.seed,
            self.figures,
            self.open,
            self.past,
            self.results,
            files,
        )

    @property
    def account(self) -> Account:
        """How it took its steps, until now."""
        steps = self.lecture.steps
        keys = {own_id(self.lecture, steps[at]): key for at, key in self.keys.items() if key}
        return Account(self.reasons, keys)

    def come_to_stale(self) -> None:
        """Take over what is known, up to the first step that must run."""
        while self.at < len(self.lecture.steps):
            step = self.lecture.steps[self.at]
            if not self._skips(self.at, step) and not self._take_over(self.at, step):
                self.imports = self.processes.imports_for(self.at)
                return
            self.at += 1

    def go(self) -> None:
        """Take every step to the end."""
        self._through(lambda position, step: self._step(position, step), len(self.lecture.steps))

    def go_for(
        self,
        wanted: frozenset[int],
        own: LectureRun,
        with_plain: bool = False,
        end: int | None = None,
        whole: frozenset[int] = frozenset(),
    ) -> None:
        """Take the steps at the `wanted` positions, and none after them, or up to `end`.

        Of the others, definitions and settings are taken over from the lecture's `own` run, and
        plain values, if `with_plain` says so; of those at the positions `whole` all.
        """
        self.wanted, self.own, self.with_plain = wanted, own, with_plain
        self._share_modules(own)

        def take(position: int, step: Step) -> None:
            if position in wanted:
                self._step(position, step)
            elif position in whole:
                self._take_whole(position, step, own)
            elif isinstance(step, Snippet) and step.runs:
                self._pass_over(position, step, own)

        self._through(take, max(wanted, default=-1) + 1 if end is None else end)

    def branch(self, lecture: Lecture, figures: bool) -> LectureRun:
        """A run that is the same up to here, and goes on with another `lecture`'s steps."""
        made = replace(
            self,
            lecture=lecture,
            figures=figures,
            results={id: replace(result, cached=True) for id, result in self.results.items()},
            inputs=dict(self.inputs),
            keys=dict(self.keys),
            done_far=None,
        )
        made.state.become(self.state)
        made.past.befores |= self.past.befores
        made.past.afters |= self.past.afters
        made.past.writers |= self.past.writers
        return made

    def start_from(self, own: LectureRun, count: int) -> None:
        """Take over what the lecture's `own` run gave for its first `count` steps."""
        self._share_modules(own)
        for position, step in enumerate(own.lecture.steps[:count]):
            self._take_whole(position, step, own)
        self.at = count

    def knows_next(self) -> bool:
        """Whether the next step need not run; it is taken, if so."""
        step = self.lecture.steps[self.at]
        return self._skips(self.at, step) or self._take_over(self.at, step)

    def _take_whole(self, position: int, step: Step, own: LectureRun) -> None:
        """Take over all that a step gave in the lecture's own run."""
        if not self._skips(position, step):
            self.inputs[position], self.keys[position] = own.inputs[position], own.keys[position]
            self.results[step.id] = replace(own.results[step.id], cached=True)
            self._apply(position, step, self.results[step.id])

    def _share_modules(self, own: LectureRun) -> None:
        """Read the course's modules once for both, unless a mutant has others."""
        if self.config == own.config:
            self.state.local_hash = own.state.local_hash

    def _through(self, take: Callable[[int, Step], None], end: int) -> None:
        try:
            while self.at < end:
                take(self.at, self.lecture.steps[self.at])
                self.at += 1
        finally:
            self.processes.end()

    def _step(self, position: int, step: Step) -> None:
        if self._skips(position, step) or self._take_over(position, step):
            return
        self.tell("running", step)
        if self.far and self.done_far is None:
            self.done_far = self.far(self)
            if self._take_over(position, step):
                self.tell("done", step)
                return
        before, inputs = self.past.befores[position], self.inputs[position]
        result = (self.done_far or {}).get(step.id) or self.processes.run(position, step)
        self.keys[position] = self.kept.keep(inputs, before, result)
        if self.figures and not self.own:
            self._explain(position, step, self.kept.trace(inputs, before, result))
        self.results[step.id] = result
        self._apply(position, step, result)
        self.tell("done", step)

    def _explain(self, position: int, step: Step, now: Trace) -> None:
        self.last = self.last or last_account(self.cache, self.lecture)
        key = self.last.keys.get(own_id(self.lecture, step))
        last = self.cache.get("traces", key) if key else None
        trace = last if isinstance(last, Trace) else None
        names = self.past.befores[position].names
        self.reasons[step.id] = why_it_ran(step, trace, now, names, self.lecture.steps)
        self.cache.put("traces", self.keys[position], now)

    def _skips(self, position: int, step: Step) -> bool:
        """Whether a step does not run; else what it finds is noted."""
        uses = uses_of(step)
        runs = not isinstance(step, Snippet) or step.runs
        if runs:
            self.past.befores[position] = self.state.before(uses)
            lacks = self.state.missing & closure(self.state.names, uses.reads)
            if not lacks and not waits(step):
                return False
            self.state.missing |= uses.binds
        self.results[step.id] = Result(step.id, "skipped")
        return True

    def _take_over(self, position: int, step: Step) -> bool:
        """Take over a step's result, if it is known."""
        before, local = self.past.befores[position], self.state.local_hash(step.code)
        inputs = inputs_of(self.lecture, step, self.processes.seed_id(position), before, local)
        self.inputs[position] = inputs
        result, self.keys[position] = self.kept.find(inputs, before)
        if result is None:
            return False
        self.results[step.id] = replace(result, id=step.id)
        self._apply(position, step, result)
        return True

    def _apply(self, position: int, step: Step, result: Result) -> None:
        """Take over what a snippet left; questions leave nothing."""
        written = [self.state.files.get(path) for path in result.facts.read]
        self.past.writers[position] = frozenset(each[1] for each in written if each)
        if not isinstance(step, Snippet):
            return
        state, uses, before = self.state, uses_of(step), self.past.befores[position]
        state.apply(position, self.keys[position], uses, before, result)
        if result.facts.counted is not None:
            state.counts = (*state.counts, (step.id, result.facts.counted))
        for path, digest in result.facts.wrote.items():
            state.files[path] = digest, position
        state.missing -= uses.binds
        if result.status == "failed":
            state.missing |= uses.binds
            if not result.facts.stopped:  # its process is gone, and the objects with it
                state.missing |= {n for n, held in before.names.items() if held.kind == "object"}
        self.past.afters[position] = dict(state.names)
        if not result.cached:
            self.processes.note(position, result)

    def _pass_over(self, position: int, step: Snippet, own: LectureRun) -> None:
        """Take over what can be of a snippet that is not wanted."""
        if position not in own.past.afters:
            return
        known = own.results[step.id]
        kinds = ("definition", "borrowed", *(["plain"] if self.with_plain else []))
        held = {name: each for name, each in known.facts.held.items() if each.kind in kinds}
        facts = Facts(held=held, settings=known.facts.settings, counted=known.facts.counted)
        result = Result(step.id, "ok", exports=known.exports, facts=facts, cached=True)
        self.past.befores[position] = self.state.before(uses_of(step))
        self.keys[position] = own.keys[position]
        settings = self.state.settings
        self._apply(position, step, result)
        # Without the values it reads, a call cannot be told from a setting: the own run knew.
        made = (setting for setting in own.state.settings if setting.position == position)
        self.state.settings = (*settings, *made)
