"""The command line, in processes of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from helpers import count_in, fence, make_course, proofdeck, site_files, slide

DECK = ("build", "--to", "deck")


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Three lectures without snippets."""
    names = ("01-first", "02-second", "05-in-depth", "_draft")
    make_course(tmp_path, **{f"slides/{name}.md": f"## {name}\n" for name in names})
    return tmp_path


def built(root: Path) -> list[str]:
    """Names of the lectures in the site."""
    return sorted(name.split("/")[0] for name in site_files(root) if name.endswith("/index.html"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--help",), ("build", "check", "clean", "LECTURE", "Exit code 1", "--version")),
        (("build", "--help"), ("--to", "--single-file", "--jobs", "[LECTURE]...")),
        (("check", "-h"), ("[LECTURE]...", "no documents")),
        (("clean", "--help"), ("--cache",)),
        ((), ("Usage:", "build")),
    ],
)
def test_help_is_enough_to_work_from(
    tmp_path: Path, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    done = proofdeck(tmp_path, *arguments, COLUMNS="100")
    said = done.stdout + done.stderr
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ((), ["01-first", "02-second", "05-in-depth"]),
        (("05",), ["05-in-depth"]),
        (("02-second", "01"), ["01-first", "02-second"]),
        (("slides/05-in-depth.md",), ["05-in-depth"]),
        (("0",), ["01-first", "02-second", "05-in-depth"]),
    ],
)
def test_lectures_are_chosen_by_name_or_how_it_begins(
    course: Path, wanted: tuple[str, ...], expected: list[str]
) -> None:
    done = proofdeck(course, *DECK, *wanted)
    assert (done.returncode, built(course)) == (0, expected)
    assert [line.split()[0] for line in done.stderr.splitlines() if "index.html" in line] == (
        expected if len(wanted) < 2 else ["02-second", "01-first"]
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("build", "07"),
            "no lecture is called '07'\n  There are: 01-first, 02-second, 05-in-depth.\n",
        ),
        (("build", "--to", "film"), "Invalid value for '--to'"),
        (("build", "--jobs", "0"), "Invalid value for '--jobs'"),
        (("biuld",), "No such command 'biuld'"),
        (("build", "--fats"), "No such option"),
    ],
)
def test_a_usage_error_is_exit_code_2_and_builds_nothing(
    course: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = proofdeck(course, *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (course / "build").exists()


def test_a_folder_without_lectures_or_settings_is_a_usage_error(tmp_path: Path) -> None:
    outside = proofdeck(tmp_path, "build")
    assert (outside.returncode, outside.stderr.splitlines()[0]) == (
        2,
        "no pyproject.toml here or above",
    )
    make_course(tmp_path)
    empty = proofdeck(tmp_path, "build")
    assert (empty.returncode, empty.stderr.splitlines()[0]) == (2, "there are no lectures")


def test_two_lectures_of_one_name_are_a_usage_error(course: Path) -> None:
    make_course(course, **{"slides/05-in-depth.qmd": "## Again\n"})
    done = proofdeck(course, "build")
    assert (done.returncode, done.stderr) == (
        2,
        "slides/05-in-depth.md and slides/05-in-depth.qmd would be one lecture\n"
        "  Rename one of them.\n",
    )


def test_a_course_is_found_from_a_folder_in_it(course: Path) -> None:
    assert proofdeck(course / "slides", *DECK, "01").returncode == 0
    assert built(course) == ["01-first"]


def test_without_a_terminal_progress_is_plain_lines_and_a_table_at_the_end(tmp_path: Path) -> None:
    make_course(tmp_path, slide(fence("1"), fence("2", "label: second")))
    done = proofdeck(tmp_path, *DECK)
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[:3] == ["x: one-1 (slides/x.md:3)", "x: second (slides/x.md:8)", "x: built"]
    assert lines[3].split()[:3] == ["lecture", "slides", "snippets"]
    name, slides, snippets, *_, where = lines[4].split()
    assert (name, slides, snippets, where) == ("x", "1", "2", "build/site/x/index.html")
    assert " s · build/report" in lines[5]
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize("threads", [1, 2])
def test_processes_of_a_run_do_not_run_what_the_build_was_started_with(
    tmp_path: Path, threads: int
) -> None:
    """Python would have them import it: pytest, Dask's worker or, as here, somebody's script."""
    script = "print('started')\nfrom proofdeck.cli import main\n\nmain()\n"
    lecture = f"---\nthreads: {threads}\n---\n{slide(fence('1'))}"
    make_course(tmp_path, lecture, **{"start.py": script})
    command = [sys.executable, "start.py", *DECK]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "started\n"), done.stderr


def test_check_runs_everything_and_writes_only_the_report(tmp_path: Path) -> None:
    make_course(tmp_path, slide(fence("open('ran', 'w').close()")))
    done = proofdeck(tmp_path, "check")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "ran").exists()
    assert (tmp_path / "build/report.json").exists()
    assert not (tmp_path / "build/site").exists()


def test_clean_removes_what_builds_wrote_and_keeps_results_unless_told(tmp_path: Path) -> None:
    make_course(tmp_path, slide(fence(count_in("ran"))))

    def build_again() -> str:
        assert proofdeck(tmp_path, *DECK).returncode == 0
        return (tmp_path / "ran").read_text()

    assert build_again() == "."
    assert proofdeck(tmp_path, "clean").returncode == 0
    assert not (tmp_path / "build/site").exists()
    assert not (tmp_path / "build/report.json").exists()
    assert build_again() == "."
    assert proofdeck(tmp_path, "clean", "--cache").returncode == 0
    assert build_again() == ".."
    assert proofdeck(tmp_path, "clean").returncode == proofdeck(tmp_path, "clean").returncode == 0


def test_a_folder_that_cannot_be_written_is_told_without_a_traceback(course: Path) -> None:
    (course / "build").write_text("a file where a folder should be")
    done = proofdeck(course, *DECK)
    assert done.returncode == 1
    assert "build" in done.stderr
    assert "Traceback" not in done.stderr
