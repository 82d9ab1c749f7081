"""Counting what runs say of a claim, so that it is known early whether it will hold."""

from __future__ import annotations

from proofdeck.lecture_run import LectureRun
from proofdeck.model import Claim


class Tally:
    """One claim over the runs of a mutant so far."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.held = self.missed = 0
        self.shown: set[float | None] = set()

    def note(self, run: LectureRun) -> None:
        """Take in one more run."""
        verdict = run.results[self.claim.id].verdict
        assert verdict
        as_expected = verdict.held is (self.claim.expect == "holds")
        self.held += as_expected
        self.missed += not as_expected
        self.shown.add(verdict.shown)

    @property
    def _constant(self) -> bool:
        """Whether its quantity is the same in all runs so far: after the last, that is an error."""
        return self.claim.seeds > 1 and len(self.shown) == 1 and self.shown != {None}

    @property
    def killed(self) -> bool:
        """Whether it cannot hold any more."""
        over = self.held + self.missed >= self.claim.seeds
        return self.missed > self.claim.seeds - self.claim.at_least or (over and self._constant)

    @property
    def holds(self) -> bool:
        """Whether it will hold, whatever the runs to come say."""
        return self.held >= self.claim.at_least and not self._constant
