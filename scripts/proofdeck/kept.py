"""Results of steps in the cache, found by all that they depend on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from proofdeck.cache import Cache
from proofdeck.explain import Trace
from proofdeck.files import version
from proofdeck.held import Before
from proofdeck.model import Result, Step
from proofdeck.plan import Inputs, Shape, full_key, lines_of, shape_of


@dataclass(frozen=True, slots=True)
class Kept:
    """The results of a run under one seed."""

    cache: Cache
    root: Path
    seed: int
    figures: bool
    written: Mapping[str, tuple[str, int]]
    """Hash and writer of each file that the run wrote until now."""
    steps: Sequence[Step]
    """The lecture's."""

    def find(self, inputs: Inputs, before: Before) -> tuple[Result | None, str]:
        """The result of a step with these inputs, and its key; neither where nothing is known."""
        shape = self.cache.get("shapes", inputs.key)
        if not isinstance(shape, Shape):
            return None, ""
        key = self._key(inputs, shape, before)
        for kind in ("results",) if self.figures else ("results", "values"):
            result = self.cache.get(kind, key)
            if isinstance(result, Result):
                return replace(result, cached=True), key
        return None, key

    def keep(self, inputs: Inputs, before: Before, result: Result) -> str:
        """Keep a result, if it is one to build on; give its key."""
        known = self.cache.get("shapes", inputs.key)
        shape = shape_of(result, known if isinstance(known, Shape) else None, self.root)
        key = self._key(inputs, shape, before)
        if not self._why_again(result):
            if shape != known:
                self.cache.put("shapes", inputs.key, shape)
            self.cache.put("results" if self.figures else "values", key, result)
        return key

    def trace(self, inputs: Inputs, before: Before, result: Result) -> Trace:
        """What a step depends on now, to tell later what is new."""
        shape = self.cache.get("shapes", inputs.key)
        shape = shape if isinstance(shape, Shape) else Shape()
        again = self._why_again(result)
        files = {path: self.file_version(path) for path in shape.files}
        lines = lines_of(before, self.steps)
        return Trace(inputs, shape, self.seed, files, lines, before.counts, str(self.root), again)

    def _key(self, inputs: Inputs, shape: Shape, before: Before) -> str:
        version = self.file_version
        return full_key(inputs.key, shape, self.seed, before, self.steps, version, self.root)

    def _why_again(self, result: Result) -> str:
        """Why it may be another next time: a failure, or made from what it overwrote."""
        if result.status != "ok" or (result.verdict and result.verdict.error):
            return "it failed last time"
        changed = result.facts.changed(self.written)
        return f"it changes {changed[0]}, on which it depends" if changed else ""

    def file_version(self, path: str) -> str:
        """Hash of a file as this run left it, or else as it is."""
        known = self.written.get(path)
        return known[0] if known else version(self.root, path)
