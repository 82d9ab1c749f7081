"""Exercises: the starter fails the check, the solution passes it, and nothing else notices."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Semaphore
from typing import Any
from unittest.mock import patch

import nbformat
import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from helpers import count_in, fence, make_course, proofdeck, read, read_errors, slide
from proofdeck.cache import Cache
from proofdeck.check import Checked, check
from proofdeck.checking import checking
from proofdeck.errors import ProofdeckError
from proofdeck.execute import Workers
from proofdeck.exercises import all_snippets
from proofdeck.output import Stream
from proofdeck.parse import parse
from proofdeck.views import begin

DATA = count_in("runs.txt") + "numbers = [1, 2, 3]"
"""A snippet with a trace of having run."""


def exercise(starter: str, solution: str, check: str, task: str = "Mend it.") -> str:
    snippets = {"starter": starter, "solution": solution, "check": check}
    parts = [fence(code, f"exercise: {role}") for role, code in snippets.items() if code]
    return "\n".join(["::: {.exercise}", f"{task}\n", *parts, ":::\n"])


DOUBLE = exercise(
    "def double(x):\n    return x",
    "def double(x):\n    return 2 * x  # twice",
    "assert double(numbers[1]) == 4, 'double(2) is not yet 4'",
)
MARKED = "\n".join([
    "::: {#half .exercise}",
    fence("def half(x):\n    ### BEGIN SOLUTION\n    y = x / 2\n    return y\n"
          "    ### END SOLUTION"),
    fence("assert half(4) == 2, f'half(4) is {half(4)}'", "exercise: check"),
    ":::\n",
])  # fmt: skip


def checked(root: Path, *parts: str, fast: bool = False) -> Checked:
    """A lecture of one slide, run and proved."""
    config = make_course(root, slide(*parts))
    with patch.dict(os.environ):
        workers = Workers(config, Cache(config.cache), lambda *_: None, Semaphore(2))
        return check(workers, begin(workers, parse(config, "slides/x.md")), fast)


def error_of(root: Path, *parts: str) -> str:
    (error,) = checked(root, *parts).errors.values()
    assert isinstance(error, ProofdeckError)
    return str(error)


def runs(root: Path) -> int:
    """How often `DATA` ran."""
    return len((root / "runs.txt").read_text())


# The proof ---------------------------------------------------------------------------------------


def test_a_starter_that_fails_and_a_solution_that_passes_are_a_proof(tmp_path: Path) -> None:
    found = checked(tmp_path, fence(DATA), DOUBLE)
    (proof,) = found.proofs.values()
    assert (proof.status, proof.says, found.errors) == ("ok", "double(2) is not yet 4", {})


def test_nbgraders_marks_cut_the_starter_out_of_the_solution(tmp_path: Path) -> None:
    found = checked(tmp_path, MARKED)
    assert found.proofs["half"].says == "half(4) is None"
    starter = found.lecture.exercises[0].starter
    assert starter.code == "def half(x):\n    # YOUR CODE HERE\n    ..."


FAULTS = {
    "the starter raises": (
        exercise("1 / 0", "y = 1", "assert y == 1, 'no'"),
        8,
        "the starter: ZeroDivisionError: division by zero",
    ),
    "the starter asserts by itself": (
        exercise("assert False, 'no'", "y = 1", "assert y == 1, 'no'"),
        8,
        "the starter: AssertionError: no",
    ),
    "the check raises something else": (
        exercise("y = None", "y = 2", "z = 1\nassert y > 1, 'no'"),
        19,
        "the check, after the starter: TypeError: '>' not supported",
    ),
    "the starter's check misses a name": (
        exercise("pass", "y = 2", "assert y > 1, 'no'"),
        18,
        "the check, after the starter: NameError: name 'y' is not defined",
    ),
    "the starter passes": (
        exercise("y = 2", "y = 3", "assert y > 1, 'no'"),
        6,
        "the check lets the starter pass",
    ),
    "the solution fails": (
        exercise("y = 0", "y = 1", "assert y > 1, f'y is {y}'"),
        18,
        "the check, after the solution: AssertionError: y is 1",
    ),
    "the solution raises": (
        exercise("y = 0", "y = 1 / 0", "assert y > 1, 'no'"),
        13,
        "the solution: ZeroDivisionError",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_not_proved_fails_the_lecture_at_its_line(fault: str, tmp_path: Path) -> None:
    text, line, message = FAULTS[fault]
    said = error_of(tmp_path, text)
    assert said.startswith(f"slides/x.md:{line}: {message}")
    assert "\n    on slide 'One'" in said
    assert said.splitlines()[-1].startswith("  ")  # what to do


def test_a_snippet_that_fails_above_leaves_the_exercise_untried(tmp_path: Path) -> None:
    found = checked(tmp_path, fence("numbers = 1 / 0"), DOUBLE)
    (proof,) = found.proofs.values()
    assert (proof.status, list(found.errors)) == ("skipped", ["one-1"])


def test_an_exercise_is_not_proved_because_of_the_seed_alone(tmp_path: Path) -> None:
    """What stands in the starter's place has its random numbers, whatever it is called."""
    draw = "import random\nprint(random.random())\ny = {}"
    text = exercise(draw.format(0), draw.format(1), "print(random.random())\nassert y, 'no'")
    results = checked(tmp_path, text).run.results

    def printed(id: str) -> str:
        first = results[f"one-exercise-1-{id}"].outputs[0]
        assert isinstance(first, Stream)
        return first.text

    assert printed("starter") == printed("solution")
    assert printed("check") == printed("check-of-starter") != printed("starter")


# The lecture around it ---------------------------------------------------------------------------


def test_the_lecture_is_as_if_there_were_no_exercise(tmp_path: Path) -> None:
    draw = fence("import random\nprint(random.random(), 'double' in globals())")
    without = checked(tmp_path / "a", fence(DATA), draw, draw)
    between = checked(tmp_path / "b", fence(DATA), draw, DOUBLE, MARKED, draw)
    ids = [snippet.id for snippet in between.lecture.snippets]
    assert ids == [snippet.id for snippet in without.lecture.snippets]
    assert [between.run.results[id].outputs for id in ids] == [
        without.run.results[id].outputs for id in ids
    ]


def test_an_exercise_must_not_change_what_the_lecture_still_reads(tmp_path: Path) -> None:
    """Its run would not see it, but the notebook's cells below would."""
    text = exercise("numbers = []", "numbers = [1]", "assert numbers, 'empty'")
    said = error_of(tmp_path, fence("numbers = [0]"), text, "Sum: `{python} sum(numbers)`.")
    assert said.startswith("slides/x.md:11: the exercise changes 'numbers', which slides/x.md:")
    changed = exercise("numbers.append(0)", "numbers.append(1)", "assert numbers[-1], 'zero'")
    assert "'numbers'" in error_of(tmp_path, fence("numbers = []"), changed, fence("numbers"))


def test_an_exercise_may_change_what_the_lecture_makes_anew(tmp_path: Path) -> None:
    text = exercise("numbers = []", "numbers = [1]", "assert numbers, 'empty'")
    parts = fence("import math\nnumbers = 0"), text, fence("numbers = 1\nmath.sqrt(numbers)")
    assert checked(tmp_path, *parts).errors == {}


def test_what_is_proved_stays_known(tmp_path: Path) -> None:
    checked(tmp_path, fence(DATA), DOUBLE, MARKED)
    assert checked(tmp_path, fence(DATA), DOUBLE, MARKED).run.cached
    assert runs(tmp_path) == 1


def test_an_edited_exercise_runs_nothing_else_again(tmp_path: Path) -> None:
    checked(tmp_path, fence(DATA), DOUBLE, MARKED)
    edited = DOUBLE.replace("# twice", "# two times")
    found = checked(tmp_path, fence(DATA), edited, MARKED)
    ran = [id for id, result in found.run.results.items() if not result.cached]
    assert ran == ["one-exercise-1-solution", "one-exercise-1-check"]
    assert runs(tmp_path) == 1


def test_an_edited_lecture_proves_again_what_depends_on_it(tmp_path: Path) -> None:
    checked(tmp_path, fence(DATA), DOUBLE, MARKED)
    found = checked(tmp_path, fence(DATA.replace("2", "5")), DOUBLE, MARKED)
    assert "the solution: AssertionError: double(2)" in str(*found.errors.values())
    assert all(result.cached for result in found.proofs["half"].results.values())


# How it is written -------------------------------------------------------------------------------

STARTER, CHECK = fence("y = 0", "exercise: starter"), fence("assert y, 'no'", "exercise: check")
SOLUTION = fence("y = 1", "exercise: solution")
BAD = {
    "no check": ([STARTER, SOLUTION], 3, "the exercise has no check"),
    "nothing": ([], 3, "the exercise has no starter and no solution and no check"),
    "two starters": ([STARTER, STARTER, SOLUTION, CHECK], 10, "two snippets for its starter"),
    "unknown": ([STARTER, fence("y", "exercise: answer")], 10, "`exercise: answer` means nothing"),
    "unmarked": ([STARTER, SOLUTION, CHECK, fence("z = 1")], 20, "a snippet has no part in it"),
    "no end": ([fence("### BEGIN SOLUTION\ny = 1"), CHECK], 6, "`### BEGIN SOLUTION` has no end"),
    "not run": (
        [STARTER, fence("y = 1", "exercise: solution", "eval: false"), CHECK],
        10,
        "an exercise is proved by running it",
    ),
    "long string": (
        [STARTER, SOLUTION, fence('assert y, """a\nb"""', "exercise: check")],
        15,
        "a string of the check goes over several lines",
    ),
    "syntax": ([STARTER, SOLUTION, fence("assert y,", "exercise: check")], 17, "syntax error"),
}


@pytest.mark.parametrize("fault", BAD)
def test_what_cannot_be_an_exercise_is_an_error_at_its_line(fault: str, tmp_path: Path) -> None:
    parts, line, message = BAD[fault]
    (error,) = read_errors(tmp_path, slide("\n".join(["::: {.exercise}", "", *parts, ":::"])))
    assert error.startswith(f"slides/x.md:{line}: ")
    assert message in error


@pytest.mark.parametrize("snippet", [STARTER, fence("### BEGIN SOLUTION\ny = 1\n### END SOLUTION")])
def test_a_part_outside_of_an_exercise_is_an_error(snippet: str, tmp_path: Path) -> None:
    (error,) = read_errors(tmp_path, slide(snippet))
    assert "stands outside of an exercise" in error


def test_an_assert_without_a_word_is_warned_of(tmp_path: Path) -> None:
    (notice,) = read(tmp_path, slide(exercise("y = 0", "y = 1", "assert y"))).notices
    assert str(notice).startswith("slides/x.md:18: warning: this assert says nothing to a student")


def test_labels_are_kept_and_ids_come_from_the_exercise(tmp_path: Path) -> None:
    labelled = STARTER.replace("#| exercise", "#| label: mine\n#| exercise")
    text = "\n".join(["::: {.exercise}", labelled, SOLUTION, CHECK, ":::"])
    ids = [snippet.id for snippet in all_snippets(read(tmp_path, slide(text, MARKED)))]
    assert ids == ["mine", "one-exercise-1-solution", "one-exercise-1-check",
                   "half-starter", "half-solution", "half-check"]  # fmt: skip


# What readers get --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Site:
    root: Path

    @property
    def folder(self) -> Path:
        return self.root / "build/site/x"

    def notebook(self, edition: str) -> Any:
        return nbformat.read(self.folder / f"x-{edition}.ipynb", as_version=4)

    def pages(self, edition: str) -> list[str]:
        return [page.extract_text() for page in PdfReader(self.folder / f"{edition}.pdf").pages]


SHOWN = exercise(
    "import random\n\n\ndef double(x):\n    return x",
    "import random\n\n\ndef double(x):\n    return 2 * x  # twice\n\n\nprint(random.random())",
    "assert double(random.random()) > 0 and double(2) == 4, 'double(2) is not yet 4'",
    "Let `double` give twice the number.",
)
TEXT = "\n".join([
    slide(fence(DATA), SHOWN, "::: notes\nTwo minutes.\n:::"),
    slide(MARKED, id="two"),
    slide(fence("print(sum(numbers))"), id="three"),
])  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    root = tmp_path_factory.mktemp("exercises") / "course"
    make_course(root, TEXT)
    done = proofdeck(root, "build")
    assert done.returncode == 0, done.stderr
    return Site(root)


def test_the_deck_shows_task_and_starter_and_folds_the_rest(site: Site) -> None:
    deck = BeautifulSoup((site.folder / "index.html").read_text("utf-8"), "html.parser")
    (box,) = deck.select("#one .exercise")
    folded = {fold.summary.text: fold.code.text for fold in box.select("details")}
    assert {name: "twice" in text for name, text in folded.items()} == {
        "Solution": True,
        "Check": False,
    }
    for fold in box.select("details"):
        fold.decompose()
    assert "Let double give twice" in box.text
    assert "return x" in box.text
    assert "2 * x" not in box.text
    assert "SOLUTION" not in deck.text
    assert "# YOUR CODE HERE" in deck.select_one("#two .exercise").text


def test_the_search_of_the_course_page_tells_no_solution(site: Site) -> None:
    page = (site.folder.parent / "index.html").read_text("utf-8")
    assert "return x" in page
    assert "# twice" not in page


def test_the_student_handout_has_solutions_on_its_last_pages(site: Site) -> None:
    *first, last = site.pages("handout")
    assert "return 2 * x" not in "".join(first)
    assert "Let double give twice" in "".join(first)
    assert "Solutions" in last
    assert "return 2 * x" in last
    assert "y = x / 2" in last


def test_the_instructor_handout_has_them_beside_the_task(site: Site) -> None:
    text = "".join(site.pages("instructor"))
    order = [text.index(part) for part in ("return x", "return 2 * x", "Two minutes.", "y = x / 2")]
    assert order == sorted(order)
    assert text.count("return 2 * x") == 1


def test_the_front_matter_keeps_solutions_out_of_the_student_handout(tmp_path: Path) -> None:
    front = "---\ntitle: X\nhandout: {solutions: false}\n---\n\n"
    make_course(tmp_path, front + slide(fence(DATA), DOUBLE))
    assert proofdeck(tmp_path, "build", "--to", "handout").returncode == 0
    site = Site(tmp_path)
    assert "2 * x" not in "".join(site.pages("handout"))
    assert "2 * x" in "".join(site.pages("instructor"))


# Notebooks, really executed ----------------------------------------------------------------------


def execute(notebook: Any, folder: Path) -> tuple[Any, str]:
    """The notebook after nbconvert, and what that complained of."""
    nbformat.write(notebook, folder / "given.ipynb")
    options = "--to notebook --execute --output done given.ipynb".split()
    command = [sys.executable, "-m", "nbconvert", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    made = folder / "done.ipynb"
    return nbformat.read(made, as_version=4) if made.is_file() else None, done.stderr


def sources(notebook: Any, kind: str = "code") -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == kind]


def texts(notebook: Any) -> list[str]:
    """What each code cell printed."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return ["".join(o.text for o in c.outputs if o.output_type == "stream") for c in cells]


def test_the_student_notebook_has_no_solution_and_no_outputs_of_exercises(site: Site) -> None:
    notebook = site.notebook("student")
    assert "twice\n" not in (site.folder / "x-student.ipynb").read_text("utf-8")
    open_cells = [c for c in notebook.cells if "exercise" in c.metadata.get("tags", [])]
    assert [cell.source.splitlines()[-1].strip() for cell in open_cells] == [
        "return x",
        "assert double(random.random()) > 0 and double(2) == 4, 'double(2) is not yet 4'",
        "...",
        "assert half(4) == 2, f'half(4) is {half(4)}'",
    ]
    assert [(cell.outputs, cell.execution_count) for cell in open_cells] == [([], None)] * 4


def test_the_instructor_notebook_runs_clean_and_gives_what_the_build_gave(
    site: Site, tmp_path: Path
) -> None:
    notebook = site.notebook("instructor")
    again, complaints = execute(notebook, tmp_path)
    assert again, complaints
    assert texts(again) == texts(notebook)
    assert texts(notebook).count("Well done: the check passes.\n") == 2
    assert sum("return x" in text for text in sources(notebook, "markdown")) == 1


def test_the_student_notebook_stops_at_the_first_check_and_says_plainly_why(
    site: Site, tmp_path: Path
) -> None:
    notebook = site.notebook("student")
    stopped, complaints = execute(notebook, tmp_path)
    assert stopped is None
    cells = sources(notebook)
    first = next(n for n, source in enumerate(cells) if "with checking():" in source)
    assert cells[first] in complaints
    assert "\nNot yet: double(2) is not yet 4\n" in complaints
    assert 'Traceback (most recent call last):\n  File "<' not in complaints.split("---")[-1]
    # All before it run: stopped before the first check, it comes to its end.
    position = next(n for n, cell in enumerate(notebook.cells) if cell.source == cells[first])
    notebook.cells = notebook.cells[:position]
    assert execute(notebook, tmp_path)[0]


def test_a_student_who_writes_the_solution_gets_what_the_build_got(
    site: Site, tmp_path: Path
) -> None:
    student, instructor = site.notebook("student"), site.notebook("instructor")
    solved = dict(zip(sources(student), sources(instructor), strict=True))
    for cell in student.cells:
        if cell.cell_type == "code":
            cell.source = solved[cell.source]
    done, complaints = execute(student, tmp_path)
    assert done, complaints
    assert texts(done) == texts(instructor)


def test_a_check_that_names_nothing_shows_the_line_that_fails() -> None:
    with pytest.raises(AssertionError) as raised, checking():
        assert sum([1, 1]) == 3
    said = raised.value._render_traceback_()  # type: ignore[attr-defined]
    assert "sum([1, 1])" in said[0]


# Who else knows of them --------------------------------------------------------------------------


def test_the_reports_know_them(site: Site) -> None:
    report = json.loads((site.root / "build/report.json").read_text("utf-8"))
    first, _ = report["lectures"][0]["exercises"]
    assert (first["id"], first["status"]) == ("one-exercise-1", "ok")
    assert (first["path"], first["line"], first["slide"]) == ("slides/x.md", 9, "one")
    assert first["says"] == "double(2) is not yet 4"
    page = BeautifulSoup((site.root / "build/report.html").read_text("utf-8"), "html.parser")
    rows = [row.text for row in page.select("tr[data-kind=exercise]")]
    assert "The starter fails (“half(4) is None”), the solution passes." in rows[1]


def test_explain_says_why_each_part_ran(site: Site) -> None:
    done = proofdeck(site.root, "explain", "x")
    ids = ("half-starter", "half-check-of-starter", "half-solution", "half-check")
    for id in ids:
        assert f": {id}: ran: it is new\n" in done.stdout


@pytest.mark.parametrize("option", [(), ("--fast",)])
def test_check_fails_with_the_line(option: tuple[str, ...], tmp_path: Path) -> None:
    make_course(tmp_path, slide(FAULTS["the starter passes"][0]))
    done = proofdeck(tmp_path, "check", *option)
    assert done.returncode == 1
    assert "slides/x.md:6: the check lets the starter pass" in done.stderr


def test_verify_sees_a_solution_that_gives_something_else_now(tmp_path: Path) -> None:
    """As one that reads a file in a way which nobody can observe."""
    solution = "import subprocess\nprint(subprocess.getoutput('cat other.txt'))\ny = 1"
    text = slide(exercise("y = 0", solution, "assert y, 'no'"))
    make_course(tmp_path, text, **{"other.txt": "one"})
    assert proofdeck(tmp_path, "check").returncode == 0
    assert proofdeck(tmp_path, "check", "--verify").returncode == 0
    (tmp_path / "other.txt").write_text("two")
    done = proofdeck(tmp_path, "check", "--verify")
    assert done.returncode == 1
    assert "slides/x.md:11: 'one-exercise-1-solution' gives something else" in done.stderr


def test_pytest_has_a_test_for_each(tmp_path: Path) -> None:
    make_course(tmp_path, slide(fence(DATA), DOUBLE, FAULTS["the solution fails"][0]))
    command = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", "slides"]
    command += ["-p", "proofdeck.pytest_plugin"]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert "PASSED slides/x.md::one::exercise-1" in done.stdout
    assert "FAILED slides/x.md::one::exercise-2" in done.stdout
    assert "the check, after the solution: AssertionError: y is 1" in done.stdout
    assert done.stdout.index("::one-1") < done.stdout.index("::exercise-1")
