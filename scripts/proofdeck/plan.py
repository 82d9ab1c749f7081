"""What running a lecture depends on: the key under which its results are kept.

The snippets of a lecture are the unit. Prose, captions, layout and notes are not in the key, and
neither are questions (claims and inline values): each has a key of its own, so that an edited one
is asked again without running anything again.
"""

from __future__ import annotations

import hashlib
import sysconfig
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from proofdeck.config import Config
from proofdeck.jobs import Given, Job
from proofdeck.model import Claim, Lecture, Question, Snippet, Step
from proofdeck.names import all_imports, needs

FORMAT = 1
"""Of cached results; raised when what they hold or mean changes."""

RUN_OPTIONS = ("eval", "error")
"""Cell options that change what running gives; all others change only what is shown of it."""


def make_job(config: Config, lecture: Lecture) -> Job:
    """The lecture as a worker gets it."""
    return job_of(config, lecture, lecture.steps, lecture.seed, figures=True)


def seeded_jobs(config: Config, lecture: Lecture) -> list[Job]:
    """What the lecture's claims need, under each further seed that one of them asks for."""
    needed = {claim.id: _needed(lecture, claim) for claim in lecture.claims if claim.seeds > 1}
    jobs = []
    for number in range(1, max((claim.seeds for claim in lecture.claims), default=1)):
        asked = {claim.id for claim in lecture.claims if claim.seeds > number}
        chosen = asked.union(*(needed[id] for id in asked))
        steps = [step for step in lecture.steps if step.id in chosen]
        jobs.append(job_of(config, lecture, steps, lecture.seed + number, figures=False))
    return jobs


def _needed(lecture: Lecture, claim: Claim) -> frozenset[str]:
    """Ids of the snippets that a claim needs to be run under another seed."""
    above = snippets_above(lecture.steps, claim)
    codes = [snippet.code for snippet in above]
    question = f"({claim.code}, {claim.show or None})"
    return frozenset(above[n].id for n in needs(codes, question))


def job_of(
    config: Config, lecture: Lecture, steps: Sequence[Step | Given], seed: int, figures: bool
) -> Job:
    """These steps of a lecture as a worker gets them."""
    folders = [config.root / folder for folder in config.local_path]
    codes = [step.code for step in steps if not isinstance(step, Snippet) or step.runs]
    return Job(
        root=str(config.root),
        steps=tuple(steps),
        seed=seed,
        threads=lecture.threads,
        local_path=config.local_path,
        imports=all_imports(codes, folders),
        figures=figures,
    )


def snippets_above(steps: Iterable[Step], question: Question) -> list[Snippet]:
    """The snippets that run before `question` is asked."""
    above: list[Snippet] = []
    for step in steps:
        if step is question:
            break
        if isinstance(step, Snippet) and step.runs:
            above.append(step)
    return above


def step_keys(steps: Iterable[Step | Given]) -> dict[str, str]:
    """The name of each step's result in a kept run, by step id.

    A snippet's is its id. A question's is what it asks and after which snippet, so that it keeps
    its answer wherever it moves between two snippets.
    """
    keys: dict[str, str] = {}
    last = ""
    for step in steps:
        match step:
            case Snippet():
                keys[step.id] = step.id
                last = step.id if step.runs else last
            case Claim():
                keys[step.id] = f"claim {last} {step.code} {step.show}"
            case _:
                keys[step.id] = f"value {last} {step.code}"
    return keys


def run_key(job: Job) -> str:
    """Hash of what is known before a run: code, options, seed, packages. Files read come after."""
    digest = hashlib.sha256(f"{FORMAT} {own_code()} {packages()}".encode())
    digest.update(repr((job.seed, job.threads, job.local_path, job.figures)).encode())
    for step in job.steps:
        if isinstance(step, Snippet):
            options = {key: step.options.get(key) for key in RUN_OPTIONS}
            digest.update(repr((step.id, step.code, options)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


@cache
def packages() -> str:
    """Hash of the names and versions of all installed packages, and of Python's."""
    site = Path(sysconfig.get_path("purelib"))
    found = (entry.name for entry in site.iterdir())
    names = sorted(name for name in found if name.endswith((".dist-info", ".egg-info")))
    return _hash("\n".join([sysconfig.get_python_version(), *names]).encode())


@cache
def own_code() -> str:
    """Hash of proofdeck's own modules, so that a new version never shows old results."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return _hash(b"".join(file.read_bytes() for file in files))


def file_hash(path: Path) -> str:
    """Hash of a file's contents; empty where it cannot be read."""
    try:
        return _hash(path.read_bytes())
    except OSError:
        return ""


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
