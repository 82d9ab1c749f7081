"""One lecture run step by step under one seed: known results are taken over, stale steps run.

The meaning is always that of a run from top to bottom in one process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache

from proofdeck.cache import Cache
from proofdeck.config import Config
from proofdeck.facts import Facts
from proofdeck.files import file_hash
from proofdeck.jobs import Job
from proofdeck.model import Lecture, Result, Snippet, Step
from proofdeck.names import all_imports
from proofdeck.past import Past
from proofdeck.plan import Shape, first_key, full_key, modules_of, shape_of, uses_of
from proofdeck.process import Process
from proofdeck.state import Before, State
from proofdeck.supervise import Session

RESTARTS = 2
"""How many processes a lecture's run begins before it runs all from the top."""

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
    results: dict[str, Result] = field(default_factory=dict)
    """By step id."""
    at: int = 0
    """The position of the next step."""
    imports: frozenset[str] = frozenset()
    """What the first step that must run imports, with all that must run before it."""
    firsts: dict[int, str] = field(default_factory=dict)
    """By position: what a step depends on, as far as that is known before it runs."""
    keys: dict[int, str] = field(default_factory=dict)
    """By position: all that a step's result depends on."""
    process: Process | None = None
    started: int = 0
    """How many processes were."""
    state: State = field(init=False)
    past: Past = field(init=False)

    def __post_init__(self) -> None:
        self.state = State(cache(modules_of(self.config).digest))
        self.past = Past(self.lecture.steps, self.state.exports)

    def come_to_stale(self) -> None:
        """Take over what is known, up to the first step that must run."""
        while self.at < len(self.lecture.steps):
            step = self.lecture.steps[self.at]
            if not self._skips(self.at, step) and not self._take_over(self.at, step):
                needed = self._needed(self.at)
                self.imports = self._imports(self._codes_for(self.at, needed))
                return
            self.at += 1

    def go(self) -> None:
        """Take every step to the end."""
        self._through(lambda position, step: self._step(position, step))

    def go_for(self, wanted: frozenset[int], own: LectureRun) -> None:
        """Take the steps at the `wanted` positions.

        Of the others, definitions and settings are taken over from the lecture's `own` run.
        """

        def take(position: int, step: Step) -> None:
            if position in wanted:
                self._step(position, step)
            elif isinstance(step, Snippet) and step.runs:
                self._pass_over(position, step, own)

        self._through(take)

    def _through(self, take: Callable[[int, Step], None]) -> None:
        try:
            while self.at < len(self.lecture.steps):
                take(self.at, self.lecture.steps[self.at])
                self.at += 1
        finally:
            self.end()

    def end(self) -> None:
        """End the process."""
        if self.process:
            self.process.session.end()
            self.process = None

    def _step(self, position: int, step: Step) -> None:
        if self._skips(position, step) or self._take_over(position, step):
            return
        self.tell("running", step)
        before = self.past.befores[position]
        result = self._run(position, step)
        self.keys[position] = self._keep(self.firsts[position], step, before, result)
        self.results[step.id] = result
        self._apply(position, step, result)
        self.tell("done", step)

    def _skips(self, position: int, step: Step) -> bool:
        """Whether a step does not run; else what it finds is noted."""
        uses = uses_of(step)
        runs = not isinstance(step, Snippet) or step.runs
        if runs:
            self.past.befores[position] = self.state.before(uses)
            if not self.state.missing & self.state.closure(uses.reads):
                return False
            self.state.missing |= uses.binds
        self.results[step.id] = Result(step.id, "skipped")
        return True

    def _take_over(self, position: int, step: Step) -> bool:
        """Take over a step's result, if it is known."""
        before, local = self.past.befores[position], self.state.local_hash(step.code)
        first = first_key(self.lecture, step, self._seed_id(position), before, local)
        self.firsts[position] = first
        result, self.keys[position] = self._known(first, before)
        if result is None:
            return False
        self.results[step.id] = replace(result, id=step.id)
        self._apply(position, step, result)
        return True

    def _apply(self, position: int, step: Step, result: Result) -> None:
        """Take over what a snippet left; questions leave nothing."""
        if not isinstance(step, Snippet):
            return
        state, uses, before = self.state, uses_of(step), self.past.befores[position]
        state.apply(position, self.firsts[position], uses, before, result)
        for path, digest in result.facts.wrote.items():
            state.files[path] = digest, position
        state.missing -= uses.binds
        if result.status == "failed":
            state.missing |= uses.binds
            if not result.facts.held:  # its process is gone, and the objects with it
                state.missing |= {n for n, held in before.names.items() if held.kind == "object"}
        self.past.afters[position] = dict(state.names)
        if self.process and not result.cached:
            self.process.note(position, result)

    def _pass_over(self, position: int, step: Snippet, own: LectureRun) -> None:
        """Take over definitions and settings of a snippet that is not wanted."""
        if position not in own.past.afters:
            return
        facts = own.results[step.id].facts
        held = {name: each for name, each in facts.held.items() if each.kind == "definition"}
        result = Result(step.id, "ok", facts=Facts(held=held, settings=facts.settings))
        self.past.befores[position] = self.state.before(uses_of(step))
        self.firsts[position] = own.firsts[position]
        self._apply(position, step, result)

    def _seed_id(self, position: int) -> str:
        """What the generators are seeded from: a snippet's id; for a question the one before."""
        steps = self.lecture.steps[: position + 1]
        return next((s.id for s in reversed(steps) if isinstance(s, Snippet) and s.runs), "")

    def _known(self, first: str, before: Before) -> tuple[Result | None, str]:
        shape = self.cache.get("shapes", first)
        if not isinstance(shape, Shape):
            return None, ""
        key = full_key(first, shape, self.seed, before, self._file_version)
        for kind in ("results",) if self.figures else ("results", "values"):
            result = self.cache.get(kind, key)
            if isinstance(result, Result):
                return replace(result, cached=True), key
        return None, key

    def _keep(self, first: str, step: Step, before: Before, result: Result) -> str:
        """Keep a result, if it is one to build on; give its key."""
        known = self.cache.get("shapes", first)
        shape = shape_of(step, result, known if isinstance(known, Shape) else None)
        key = full_key(first, shape, self.seed, before, self._file_version)
        open_question = result.verdict is not None and bool(result.verdict.error)
        own_input = set(result.facts.read) & set(result.facts.wrote) - self.state.files.keys()
        if result.status == "ok" and not open_question and not own_input:
            if shape != known:
                self.cache.put("shapes", first, shape)
            self.cache.put("results" if self.figures else "values", key, result)
        return key

    def _file_version(self, path: str) -> str:
        known = self.state.files.get(path)
        return known[0] if known else file_hash(self.config.root / path)

    def _run(self, position: int, step: Step) -> Result:
        above = self._all_above(position)
        result = self._run_after(position, step, self._needed(position))
        if result is None:  # the state could not be made from parts
            result = self._run_after(position, step, above, anew=True)
        elif writers := self._stale_writers(result):
            self.end()
            again = self._run_after(position, step, self._needed(position, writers))
            result = again or self._run_after(position, step, above, anew=True)
        assert result
        return result

    def _run_after(
        self, position: int, step: Step, needed: set[int], anew: bool = False
    ) -> Result | None:
        """Run a step after others; None where what it expects could not be made so."""
        if anew:
            self.end()
        process = self._process_for(position, needed)
        if process.session.failure:
            return Result(step.id, "failed", failure=process.session.failure)
        process.bring(needed)
        if process.prepare(position) and not anew:
            return None
        return process.run(position)

    def _stale_writers(self, result: Result) -> frozenset[int]:
        """Snippets that wrote files which this result read, and which are no longer so."""
        files = self.state.files
        read = [path for path in result.facts.read if path in files]
        root = self.config.root
        return frozenset(
            files[path][1] for path in read if file_hash(root / path) != files[path][0]
        )

    def _all_above(self, position: int) -> set[int]:
        return {p for p in self.past.afters if p < position and self._is_bringable(p)}

    def _is_bringable(self, position: int) -> bool:
        """Whether a snippet left its process alive."""
        result = self.results.get(self.lecture.steps[position].id)
        return result is not None and (result.status == "ok" or bool(result.facts.held))

    def _needed(self, position: int, writers: frozenset[int] = frozenset()) -> set[int]:
        return self.past.to_run_before(position, self._all_above(position), writers)

    def _process_for(self, position: int, needed: set[int]) -> Process:
        """The process that runs, if it can come to what is needed; else a new one."""
        if self.process and self.process.can_come_to(needed):
            return self.process
        self.end()
        self.started += 1
        if self.started > RESTARTS:
            needed |= self._all_above(position)
        session = self.open(self._job(self._imports(self._codes_for(position, needed))))
        self.process = Process(session, self.past, self._order_of)
        return self.process

    def _codes_for(self, position: int, needed: Iterable[int]) -> list[str]:
        """Code of all that a new process is for: from the top, the whole lecture."""
        steps = self.lecture.steps
        if not any(result.cached for result in self.results.values()):
            return [s.code for s in steps if not isinstance(s, Snippet) or s.runs]
        held = self.past.befores[position].names.values()
        found = [steps[n].code for n in (*needed, position)]
        return [*found, *(each.statement.code for each in held if each.statement)]

    def _job(self, imports: frozenset[str]) -> Job:
        config = self.config
        root, threads = str(config.root), self.lecture.threads
        return Job(root, self.seed, threads, config.local_path, imports, self.figures)

    def _imports(self, codes: Iterable[str]) -> frozenset[str]:
        return all_imports(codes, [self.config.root / each for each in self.config.local_path])

    def _order_of(self, position: int) -> tuple[str, frozenset[str], float]:
        step, before = self.lecture.steps[position], self.past.befores[position]
        codes = [step.code]
        codes += [held.statement.code for held in before.names.values() if held.statement]
        own = step.options.get("timeout") if isinstance(step, Snippet) else None
        seconds = float(own or self.lecture.meta.get("timeout") or self.config.timeout)
        return self._seed_id(position), self._imports(codes), seconds
