"""A lecture run and judged, without a document: what builds, `proofdeck check` and pytest share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from proofdeck.claims import Judgement, judge, judge_frames
from proofdeck.compare import Compared, compare
from proofdeck.errors import ProofdeckError
from proofdeck.execute import Workers, results_of
from proofdeck.exercises import parts
from proofdeck.explain import Account, joined, keep_account
from proofdeck.facts import Surroundings
from proofdeck.failures import broken_claims, failures, spoken
from proofdeck.frames import Swept, run_sweeps
from proofdeck.lecture_run import LectureRun
from proofdeck.model import Lecture, Result, Run
from proofdeck.proofs import Proof, prove
from proofdeck.views import Missing, Views

UNKNOWN = "…"
"""An inline value of a framework that is not installed, where it is said at all."""

COMPARED = "ran: what it compares or its text is new"


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
    views: tuple[Checked, ...] = ()
    """Of a lecture with framework tabs: the same for each framework."""
    missing: tuple[Missing, ...] = ()
    account: Account = field(default_factory=Account)
    unequal: Mapping[str, ProofdeckError] = field(default_factory=dict)
    """Why questions cannot compare what they name, by their ids."""

    @property
    def errors(self) -> dict[str, ProofdeckError]:
        """An error for each step that failed, claim that does not hold, exercise not proved."""
        found: dict[str, ProofdeckError] = {}
        first = self.views[0].errors if self.views else {}
        for view in self.views[1:]:
            found = {id: _said_of(view, e) for id, e in view.errors.items()} | found
        found |= first
        found |= failures(self.lecture, self.run) | broken_claims(self.lecture, self.judgements)
        found |= {**self.swept.errors, **self.unequal}
        in_order = {step.id: found[step.id] for step in self.lecture.steps if step.id in found}
        exercises = {each.id: found[each.id] for each in self.lecture.exercises if each.id in found}
        proved = {id: proof.error for id, proof in self.proofs.items() if proof.error}
        return in_order | exercises | proved


def check(workers: Workers, views: Views, fast: bool) -> Checked:
    """Run a lecture, its exercises, and its claims under further seeds, but if `fast`."""
    views.go()
    return judged(workers, views, fast)


def judged(workers: Workers, views: Views, fast: bool) -> Checked:
    """What runs that have come to their end say; exercises and claims are run, as in `check`."""
    each = tuple(_judged(workers, run, fast) for run in views.runs)
    checked = each[0]
    if views.lecture.frameworks:
        checked = _merged(views, each, compare(workers, views, fast))
    keep_account(workers.cache, checked.lecture, checked.account)
    return checked


def _judged(workers: Workers, own: LectureRun, fast: bool) -> Checked:
    """What one run says.

    Where a step failed, no seeds follow: what could be asked is judged by the lecture's own run.
    """
    lecture = own.lecture
    proofs = prove(workers, own)
    account = joined([own.account, *(proof.account for proof in proofs.values())])
    results = {id: result for proof in proofs.values() for id, result in proof.results.items()}
    swept = run_sweeps(workers, own)
    run = results_of(own, results, swept.frames)
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
    return Checked(lecture, run, judgements, swept, proofs, account=account)


def _merged(views: Views, found: tuple[Checked, ...], compared: Compared) -> Checked:
    """What the views of a lecture say together; of what they share, the first."""
    lecture = views.lecture
    every = [*lecture.steps, *(part for each in lecture.exercises for part in parts(each))]
    results = {step.id: Result(step.id, "skipped", value=UNKNOWN) for step in every}
    for view in reversed(found):
        results |= view.run.results
    results |= compared.results
    run = Run(
        results,
        _surroundings([view.run.surroundings for view in found]),
        {id: frames for view in reversed(found) for id, frames in view.run.frames.items()},
        views.missing_names,
    )
    swept = Swept(
        run.frames,
        {id: said for view in reversed(found) for id, said in view.swept.verdicts.items()},
        notices=tuple(dict.fromkeys(text for view in found for text in view.swept.notices)),
    )
    judgements = {id: j for view in reversed(found) for id, j in view.judgements.items()}
    judgements |= _judgements(lecture, compared)
    asked = {id: COMPARED for id, result in compared.results.items() if not result.cached}
    return Checked(
        lecture,
        run,
        {id: _spoken(judgement, lecture, run) for id, judgement in judgements.items()},
        swept,
        {id: proof for view in reversed(found) for id, proof in view.proofs.items()},
        tuple(_with(view, compared, lecture) for view in found),
        views.missing,
        joined([Account(asked), *(view.account for view in found)]),
        compared.errors,
    )


def _judgements(lecture: Lecture, compared: Compared) -> dict[str, Judgement]:
    """Of the claims that compare."""
    found = {}
    for claim in lecture.claims:
        if verdicts := compared.verdicts.get(claim.id):
            found[claim.id] = judge(claim, verdicts)
        elif why := compared.unchecked.get(claim.id):
            found[claim.id] = Judgement(claim, 0, 0, (), unchecked=why)
    return found


def _with(view: Checked, compared: Compared, lecture: Lecture) -> Checked:
    """A view, with what the comparisons in it gave."""
    run = replace(view.run, results={**view.run.results, **compared.results})
    judgements = {**view.judgements, **_judgements(lecture, compared)}
    said = {id: _spoken(judgement, lecture, run) for id, judgement in judgements.items()}
    return replace(view, run=run, judgements=said)


def _spoken(judgement: Judgement, lecture: Lecture, run: Run) -> Judgement:
    """With all values in its sentence."""
    claim = next(claim for claim in lecture.claims if claim.id == judgement.claim.id)
    return replace(judgement, claim=replace(judgement.claim, text=spoken(claim.text, run)))


def _surroundings(each: list[Surroundings]) -> Surroundings:
    return Surroundings(
        files=tuple(sorted({path for one in each for path in one.files})),
        imports=tuple(sorted({name for one in each for name in one.imports})),
        versions=tuple(dict.fromkeys(pair for one in each for pair in one.versions)),
    )


def _said_of(view: Checked, error: ProofdeckError) -> ProofdeckError:
    """An error of a framework's run that is not the first, which says whose it is."""
    return ProofdeckError(
        f"with {view.lecture.framework}: {error.message}", error.hint, error.place
    )
