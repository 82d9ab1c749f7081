"""A lecture run and judged, without a document: what builds, `proofdeck check` and pytest share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from proofdeck.claims import Judgement, judge, judge_frames
from proofdeck.errors import ProofdeckError
from proofdeck.execute import Workers, results_of
from proofdeck.explain import keep_reasons
from proofdeck.failures import broken_claims, failures, spoken
from proofdeck.frames import Swept, run_sweeps
from proofdeck.lecture_run import LectureRun
from proofdeck.model import Lecture, Run
from proofdeck.proofs import Proof, prove


@dataclass(frozen=True, slots=True)
class Checked:
    """A lecture, its run, and what its runs say of its claims."""

    lecture: Lecture
    run: Run
    judgements: Mapping[str, Judgement]
    """By claim id; without those that a failed snippet left unasked."""
    swept: Swept
    proofs: Mapping[str, Proof]
    """By exercise id."""

    @property
    def errors(self) -> dict[str, ProofdeckError]:
        """An error for each step that failed, claim that does not hold, exercise not proved."""
        found = failures(self.lecture, self.run) | broken_claims(self.lecture, self.judgements)
        found |= self.swept.errors
        in_order = {step.id: found[step.id] for step in self.lecture.steps if step.id in found}
        return in_order | {id: proof.error for id, proof in self.proofs.items() if proof.error}


def check(workers: Workers, own: LectureRun, fast: bool) -> Checked:
    """Run a lecture, its exercises, and its claims under further seeds, but if `fast`."""
    own.go()
    return judged(workers, own, fast)


def judged(workers: Workers, own: LectureRun, fast: bool) -> Checked:
    """What a run that has come to its end says; its exercises and claims are run, as in `check`.

    Where a step failed, no seeds follow: what could be asked is judged by the lecture's own run.
    """
    lecture = own.lecture
    proofs = prove(workers, own)
    reasons = [own.reasons, *(proof.reasons for proof in proofs.values())]
    keep_reasons(workers.cache, lecture, {id: why for each in reasons for id, why in each.items()})
    results = {id: result for proof in proofs.values() for id, result in proof.results.items()}
    swept = run_sweeps(workers, own)
    run = replace(results_of(own, results), frames=swept.frames)
    own_only = fast or any(result.failure for result in own.results.values())
    asked = [c for c in lecture.claims if c.seeds > 1 and run.results[c.id].verdict]
    further = {} if own_only else workers.verdicts(own, asked)
    judgements = {}
    for claim in lecture.claims:
        spoken_claim = replace(claim, text=spoken(claim.text, run))
        if claim.sweep and claim.id in swept.verdicts:
            judgements[claim.id] = judge_frames(spoken_claim, swept.verdicts[claim.id])
        elif not claim.sweep and (verdict := run.results[claim.id].verdict):
            judgements[claim.id] = judge(spoken_claim, [verdict, *further.get(claim.id, ())])
    return Checked(lecture, run, judgements, swept, proofs)
