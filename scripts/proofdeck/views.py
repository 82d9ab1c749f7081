"""A lecture's runs: one, or with framework tabs one for each framework that is installed.

The second run takes over what stands outside of tabs, as it takes over all that is kept: its keys
are the first's, unless it reads what a tab left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from proofdeck.config import Config
from proofdeck.errors import LectureError, Notice, Place, ProofdeckError
from proofdeck.execute import Workers
from proofdeck.exercises import all_snippets
from proofdeck.frameworks import views
from proofdeck.installed import not_installed
from proofdeck.jobs import Job
from proofdeck.lecture_run import LectureRun
from proofdeck.model import Lecture


@dataclass(frozen=True, slots=True)
class Missing:
    """A framework that is not installed."""

    framework: str
    module: str
    """What its tabs import and cannot be found."""
    place: Place

    @property
    def notice(self) -> Notice:
        """The warning that its tabs were left out."""
        return Notice(self.place, f"{self._message}: its tabs say so. {self._hint}")

    @property
    def error(self) -> ProofdeckError:
        """The same where every framework must be there."""
        return ProofdeckError(self._message, self._hint, self.place)

    @property
    def _message(self) -> str:
        return f"{self.framework} is not installed here (no module {self.module!r})"

    @property
    def _hint(self) -> str:
        return f"Add the package of {self.module!r} to pyproject.toml and `make setup`."


@dataclass(frozen=True, slots=True)
class Views:
    """A lecture with the runs that it means."""

    lecture: Lecture
    runs: tuple[LectureRun, ...]
    """The first gives what stands outside of framework tabs."""
    missing: tuple[Missing, ...] = ()

    @property
    def missing_names(self) -> tuple[str, ...]:
        """The frameworks that are not installed."""
        return tuple(each.framework for each in self.missing)

    @property
    def whole_job(self) -> Job:
        """What a process must know that may be asked for any step of any run."""
        jobs = [run.processes.whole_job for run in self.runs]
        return replace(jobs[0], imports=frozenset().union(*(job.imports for job in jobs)))

    def come_to_stale(self) -> None:
        """Take over what is known, up to the first step of each run that must run."""
        for run in self.runs:
            run.come_to_stale()

    def go(self) -> None:
        """Run all to the end, one after the other, so that nothing runs twice."""
        for run in self.runs:
            run.go()


def begin(workers: Workers, lecture: Lecture) -> Views:
    """A lecture's runs, before their first steps.

    Raises LectureError where none of its frameworks is installed.
    """
    missing = find_missing(workers.config, lecture)
    made = views(lecture, {each.framework for each in missing})
    if not made:
        raise LectureError(tuple(each.error for each in missing))
    return Views(lecture, tuple(workers.begin(view) for view in made), missing)


def find_missing(config: Config, lecture: Lecture) -> tuple[Missing, ...]:
    """The frameworks whose tabs import what is not installed."""
    found: dict[str, Missing] = {}
    for snippet in all_snippets(lecture):
        name = snippet.framework
        if not name or name in found or not snippet.runs:
            continue
        if missing := not_installed(snippet.code, config):
            module, line = missing
            place = replace(snippet.code_place, line=snippet.code_place.line + line - 1)
            found[name] = Missing(name, module, place)
    return tuple(found.values())
