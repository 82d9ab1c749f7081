"""The processes of a lecture's run, one after the other: what must run runs in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from proofdeck.config import Config
from proofdeck.files import version
from proofdeck.jobs import Job
from proofdeck.model import Lecture, Result, Snippet, Step
from proofdeck.names import all_imports
from proofdeck.past import Past
from proofdeck.process import Process
from proofdeck.supervise import Session

RESTARTS = 2
"""How many processes a lecture's run begins before it runs all from the top."""


@dataclass(slots=True)
class Processes:
    """One that works, and one at rest for what only it holds; a new one where neither can go on."""

    config: Config
    lecture: Lecture
    seed: int
    figures: bool
    open: Callable[[Job], Session]
    past: Past
    results: Mapping[str, Result]
    """Until now, by step id."""
    files: Mapping[str, tuple[str, int]]
    """Hash and writer of each file that the run wrote until now."""
    process: Process | None = None
    resting: Process | None = None
    started: int = 0
    """How many processes were."""

    def end(self) -> None:
        """End the processes."""
        for process in (self.process, self.resting):
            if process:
                process.session.end()
        self.process = self.resting = None

    def note(self, position: int, result: Result) -> None:
        """A snippet ran in the process, and what it left is known."""
        if self.process:
            self.process.note(position, result)

    def imports_for(self, position: int) -> frozenset[str]:
        """What running the step at `position` imports, with all that must run before it."""
        return self._imports(self._codes_for(position, self._needed(position)))

    def run(self, position: int, step: Step) -> Result:
        """Run the step at `position`, after what it needs."""
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

    def lost(self) -> frozenset[int]:
        """Snippets that wrote files which are no longer so."""
        return self._lost(self.files)

    def restore(self, lost: frozenset[int]) -> None:
        """Run snippets again, for the files that they wrote."""
        last = max(lost)
        needed = self._needed(last, lost)
        self._process_for(last, needed).bring(needed)
        self.end()

    def _run_after(
        self, position: int, step: Step, needed: set[int], anew: bool = False
    ) -> Result | None:
        """Run a step after others; None where what it expects could not be made so."""
        if anew:
            self.end()
        process = self._process_for(position, needed)
        if process.session.failure:
            return Result(step.id, "failed", failure=process.session.failure)
        if process.bring(needed) and not anew:
            return None
        if process.prepare(position) and not anew:
            return None
        return process.run(position)

    def _stale_writers(self, result: Result) -> frozenset[int]:
        """Snippets that wrote files which this result read, and which are no longer so."""
        return self._lost(path for path in result.facts.read if path in self.files)

    def _lost(self, paths: Iterable[str]) -> frozenset[int]:
        found = ((path, *self.files[path]) for path in paths)
        root = self.config.root
        return frozenset(at for path, digest, at in found if version(root, path) != digest)

    def _all_above(self, position: int) -> set[int]:
        return {p for p in self.past.afters if p < position and self._is_bringable(p)}

    def _is_bringable(self, position: int) -> bool:
        """Whether a snippet left its process alive."""
        result = self.results.get(self.lecture.steps[position].id)
        return result is not None and (result.status == "ok" or result.facts.stopped)

    def _needed(self, position: int, writers: frozenset[int] = frozenset()) -> set[int]:
        return self.past.to_run_before(position, self._all_above(position), writers)

    def _process_for(self, position: int, needed: set[int]) -> Process:
        """The one that has the least to run before, of those that can come to what is needed."""
        able = [p for p in (self.process, self.resting) if p and p.can_come_to(needed)]
        best = min(able, key=lambda process: len(needed - process.ran), default=None)
        if best and best is self.process:
            return best
        rested = self._rest()
        if best:
            best.session.wake()
            self.process = best
            return best
        if rested:
            rested.session.end()
        self.started += 1
        if self.started > RESTARTS:
            needed |= self._all_above(position)
        session = self.open(self._job(self._imports(self._codes_for(position, needed))))
        self.process = Process(session, self.past, self._order_of)
        return self.process

    def _rest(self) -> Process | None:
        """Let the process that works rest, if it can go on; gives the one that rested until now."""
        rested, self.resting, self.process = self.resting, self.process, None
        if self.resting and self.resting.session.failure:
            self.resting.session.end()
            self.resting = None
        elif self.resting:
            self.resting.session.rest()
        return rested

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
        memory = float(self.lecture.meta.get("memory") or config.memory)
        return Job(root, self.seed, threads, config.local_path, imports, memory, self.figures)

    @property
    def whole_job(self) -> Job:
        """What a process must know that may be asked for any step."""
        return self._job(self._imports(step.code for step in self.lecture.steps))

    def _imports(self, codes: Iterable[str]) -> frozenset[str]:
        return all_imports(codes, [self.config.root / each for each in self.config.local_path])

    def _order_of(self, position: int) -> tuple[str, frozenset[str], float]:
        step, before = self.lecture.steps[position], self.past.befores[position]
        codes = [step.code]
        codes += [held.statement.code for held in before.names.values() if held.statement]
        own = step.options.get("timeout") if isinstance(step, Snippet) else None
        seconds = float(own or self.lecture.meta.get("timeout") or self.config.timeout)
        return self.seed_id(position), self._imports(codes), seconds

    def seed_id(self, position: int) -> str:
        """What the generators are seeded from: a snippet's id; for a question the one before."""
        steps = self.lecture.steps[: position + 1]
        snippets = (s for s in reversed(steps) if isinstance(s, Snippet) and s.runs)
        return next((s.seed_id or s.id for s in snippets), "")
