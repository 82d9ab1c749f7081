"""`pytest slides/`: a test for each snippet, claim and exercise of a course's lectures.

pytest loads this wherever proofdeck is installed, so nothing of ours is imported until a lecture
is collected. The first test of a lecture runs it; the others take what that gave, also those in
other processes of pytest-xdist.
"""

from __future__ import annotations

import itertools
import tomllib
import uuid
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from proofdeck import LECTURES

if TYPE_CHECKING:
    from proofdeck.lecture_runs import LectureRuns
    from proofdeck.model import Exercise, Lecture, Step

    Tested = Step | Exercise

FOLDER = "proofdeck_folder"
"""Key by which xdist's processes get to know where they meet."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--lecture-fast`."""
    group = parser.getgroup("proofdeck", "lectures")
    text = "check the lectures' claims in one run, not under all seeds"
    group.addoption("--lecture-fast", action="store_true", help=text)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the lectures in the `slides` folder of a course, and nothing else."""
    folder = file_path.parent
    if file_path.suffix not in LECTURES or file_path.name.startswith(("_", ".")):
        return None
    if folder.name != "slides" or not _is_course(folder.parent):
        return None
    made: LectureFile = LectureFile.from_parent(parent, path=file_path)
    return made


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell xdist's processes of a folder where they find what others ran."""
    node.workerinput[FOLDER] = str(_shared_folder(node.config))


@cache
def _is_course(root: Path) -> bool:
    try:
        settings = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return "proofdeck" in settings.get("tool", {})


_folder = pytest.StashKey[Path]()
_runs = pytest.StashKey["LectureRuns"]()


def _shared_folder(config: pytest.Config) -> Path:
    """Made by whoever needs it first, removed when the session ends."""
    if _folder not in config.stash:
        import shutil
        import tempfile

        config.stash[_folder] = Path(tempfile.gettempdir(), f"proofdeck-{uuid.uuid4().hex}")
        config.add_cleanup(partial(shutil.rmtree, config.stash[_folder], ignore_errors=True))
    return config.stash[_folder]


def _lecture_runs(session: pytest.Session) -> LectureRuns:
    """The session's runs of lectures; those of the tests that are left after `-k`."""
    if _runs not in session.config.stash:
        from proofdeck.lecture_runs import LectureRuns

        files = {item.file: None for item in session.items if isinstance(item, LectureItem)}
        given: dict[str, Any] = getattr(session.config, "workerinput", {})
        session.config.stash[_runs] = LectureRuns(
            lectures=[(file.path.parent.parent, file.lecture) for file in files if file.lecture],
            fast=session.config.getoption("--lecture-fast"),
            processes=int(given.get("workercount", 1)),
            shared=Path(given[FOLDER]) if FOLDER in given else None,
        )
    return session.config.stash[_runs]


class LectureFile(pytest.File):
    """A lecture: its slides, or what is wrong with it."""

    lecture: Lecture | None = None

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Parse the lecture; raises CollectError where the course's settings are wrong."""
        from proofdeck.config import load_config
        from proofdeck.errors import LectureError, ProofdeckError
        from proofdeck.parse import parse

        root = self.path.parent.parent
        try:
            self.lecture = parse(load_config(root), f"slides/{self.path.name}")
        except ProofdeckError as error:
            raise self.CollectError(str(error)) from None
        except LectureError as failed:
            for number, fault in enumerate(failed.errors, 1):
                yield FaultItem.from_parent(self, name=f"error-{number}", error=fault)
            return
        groups = with_exercises(self.lecture)
        for slide, on_slide in itertools.groupby(groups, lambda group: group[0].slide):
            yield SlideNode.from_parent(self, name=slide, groups=list(on_slide))


def with_exercises(lecture: Lecture) -> list[list[Tested]]:
    """What each test is about, in the lecture's order."""
    positions = {step.id: number for number, step in enumerate(lecture.steps)}
    found: list[tuple[int, list[Tested]]] = [(each.at, [each]) for each in lecture.exercises]
    found += [(positions[group[0].id], [*group]) for group in with_values(lecture.steps)]
    return [group for _, group in sorted(found, key=lambda pair: pair[0])]


def with_values(steps: tuple[Step, ...]) -> list[list[Step]]:
    """Each snippet and claim with the inline values that follow it, which fail with it."""
    from proofdeck.model import InlineValue

    groups: list[list[Step]] = []
    first: list[Step] = []
    for step in steps:
        if not isinstance(step, InlineValue):
            groups.append([step, *first])
            first = []
        elif groups:
            groups[-1].append(step)
        else:
            first.append(step)
    return [*groups, first] if first else groups


class SlideNode(pytest.Collector):
    """A slide with its snippets, claims and exercises."""

    def __init__(self, *, groups: list[list[Tested]], **node: Any) -> None:
        super().__init__(**node)
        self.groups = groups

    def collect(self) -> Iterator[pytest.Item]:
        """Give a test for each; a claim or exercise is named by its number on the slide."""
        from proofdeck.model import Claim, Exercise, Snippet

        for group in self.groups:
            name = group[0].id
            if isinstance(group[0], Claim | Exercise):
                name = name.removeprefix(f"{self.name}-")
            item: LectureItem = LectureItem.from_parent(self, name=name, steps=group)
            if isinstance(group[0], Snippet) and not group[0].runs and len(group) == 1:
                item.add_marker(pytest.mark.skip("not run: `eval: false`"))
            yield item


class Fault(Exception):  # noqa: N818  as tests say it: a fault of the lecture, not of ours
    """What a test of a lecture fails with; its text is all that is shown."""


class _Item(pytest.Item):
    """A test whose failure is our message, without a traceback of ours."""

    line = 1
    file_path = Path()

    def reportinfo(self) -> tuple[Path, int, str]:
        """The lecture's line, as pytest counts them."""
        return self.file_path, self.line - 1, self.name

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: Any) -> Any:
        """Say what is wrong with the lecture; pytest says what is wrong with us."""
        if isinstance(excinfo.value, Fault):
            return str(excinfo.value)
        return super().repr_failure(excinfo)


class FaultItem(_Item):
    """An error that was found without running anything."""

    def __init__(self, *, error: Any, **node: Any) -> None:
        super().__init__(**node)
        self.error = error
        self.file_path = self.path
        if error.place:
            self.file_path = self.path.parent.parent / error.place.path
            self.line = error.place.line

    def runtest(self) -> None:
        """Fail."""
        from proofdeck.lecture_runs import with_source

        raise Fault(with_source(self.path.parent.parent, self.error))


class LectureItem(_Item):
    """A snippet, a claim or an exercise."""

    def __init__(self, *, steps: list[Tested], **node: Any) -> None:
        super().__init__(**node)
        self.steps = steps
        file = self.getparent(LectureFile)
        assert file
        self.file = file
        self.file_path = file.path.parent.parent / steps[0].place.path
        self.line = steps[0].place.line

    def runtest(self) -> None:
        """Fail or skip as the step did in the lecture's run."""
        assert self.file.lecture
        outcomes = _lecture_runs(self.session).outcomes(self.file.lecture)
        for step in self.steps:
            status, text = outcomes[step.id]
            if status == "failed":
                raise Fault(text)
        status, text = outcomes[self.steps[0].id]
        if status == "skipped":
            pytest.skip(text)
