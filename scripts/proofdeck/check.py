"""A lecture run and judged, without a document: what builds, `proofdeck check` and pytest share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from proofdeck.claims import Judgement, judge
from proofdeck.errors import ProofdeckError
from proofdeck.execute import Workers
from proofdeck.failures import broken_claims, failures, spoken, verdict_of
from proofdeck.model import Lecture, Run
from proofdeck.plan import make_job, seeded_jobs


@dataclass(frozen=True, slots=True)
class Checked:
    """A lecture, its run, and what its runs say of its claims."""

    lecture: Lecture
    run: Run
    judgements: Mapping[str, Judgement]
    """By claim id; without those that a failed snippet left unasked."""

    @property
    def errors(self) -> dict[str, ProofdeckError]:
        """An error for each step that failed or claim that does not hold, by id, in order."""
        found = failures(self.lecture, self.run) | broken_claims(self.lecture, self.judgements)
        return {step.id: found[step.id] for step in self.lecture.steps if step.id in found}


def check(workers: Workers, lecture: Lecture, fast: bool) -> Checked:
    """Run the lecture, and what its claims need under further seeds unless `fast` says not to.

    Where a step failed, no seeds follow: what could be asked is judged by the lecture's own run.
    """
    run = workers.run(lecture, make_job(workers.config, lecture))
    own_only = fast or any(result.failure for result in run.results.values())
    jobs = [] if own_only else seeded_jobs(workers.config, lecture)
    runs = [run, *workers.run_all(lecture, jobs)]
    judgements = {
        claim.id: judge(
            replace(claim, text=spoken(claim.text, run)),
            [verdict_of(run, claim) for run in runs[: claim.seeds]],
        )
        for claim in lecture.claims
        if run.results[claim.id].verdict
    }
    return Checked(lecture, run, judgements)
