"""What runs again in a lecture's next run, and what is kept."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from helpers import count_in, fence, out, run, slide
from proofdeck.output import Display


def test_progress_is_told_step_by_step_and_a_second_run_comes_from_the_cache(
    tmp_path: Path,
) -> None:
    text = slide(fence(count_in("ran")), fence("2"))
    first, second = run(tmp_path, text), run(tmp_path, text)
    assert first.progress == (
        ("running", "one-1"),
        ("done", "one-1"),
        ("running", "one-2"),
        ("done", "one-2"),
    )
    assert second.run.cached
    assert second.progress in ((), (("cached", None),))
    assert second.run.results == {
        id: replace(result, cached=True) for id, result in first.run.results.items()
    }
    assert (tmp_path / "ran").read_text() == "."


@pytest.mark.parametrize(
    ("edit", "runs_again"),
    [
        (lambda text: text.replace("prose", "other words"), False),
        (lambda text: text.replace("label: a", "label: a\n#| echo: false"), False),
        (lambda text: text.replace("x = 1", "x = 2"), True),
        (lambda text: text.replace("x = 1", "x = 1  # why"), True),
        (lambda text: "---\nseed: 2\n---\n" + text, False),
        (lambda text: "---\nthreads: 2\n---\n" + text, True),
    ],
)
def test_a_lecture_runs_again_when_what_it_runs_is_new(
    tmp_path: Path, edit: object, runs_again: bool
) -> None:
    assert callable(edit)
    text = slide("prose", fence("x = 1", "label: a"))
    run(tmp_path, text)
    assert run(tmp_path, edit(text)).run.cached is not runs_again


def test_a_lecture_runs_again_when_a_file_it_read_has_changed(tmp_path: Path) -> None:
    text = slide(fence("import tools\nopen('data.txt').read()"))
    files = {"figures/tools.py": "a = 1", "data.txt": "1"}
    run(tmp_path, text, **files)
    assert run(tmp_path, text, **files).run.cached
    assert not run(tmp_path, text, **files | {"data.txt": "2"}).run.cached
    assert not run(tmp_path, text, **files | {"figures/tools.py": "a = 2"}).run.cached


@pytest.mark.parametrize("option", ["data: numbers/a.txt", "data: [./numbers]", "data: numbers/"])
def test_data_counts_that_a_snippet_names_and_another_program_reads(
    tmp_path: Path, option: str
) -> None:
    show = (
        "import subprocess\nsubprocess.run('cat numbers/*', shell=True, capture_output=True).stdout"
    )

    def answer(*options: str, **files: str) -> str:
        (output,) = run(tmp_path, slide(fence(show, *options)), **files).outputs()
        assert isinstance(output, Display)
        return str(output.data["text/plain"])

    assert answer(**{"numbers/a.txt": "1"}) == "b'1'"
    assert answer(**{"numbers/a.txt": "2"}) == "b'1'"  # nothing shows that it is read
    assert answer(option) == "b'2'"
    assert run(tmp_path, slide(fence(show, option))).run.cached
    assert answer(option, **{"numbers/a.txt": "3"}) == "b'3'"
    if option != "data: numbers/a.txt":  # of a folder all counts
        assert answer(option, **{"numbers/b.txt": "4"}) == "b'34'"


def test_a_module_that_is_saved_twice_in_a_second_is_the_new_one(tmp_path: Path) -> None:
    text = slide(fence("import tools\ntools.a"))
    for number in "1", "2", "3":
        (output,) = run(tmp_path, text, **{"figures/tools.py": f"a = {number}"}).outputs()
        assert isinstance(output, Display)
        assert output.data["text/plain"] == number


def test_a_file_that_a_snippet_wrote_is_read_by_those_alone_that_open_it(tmp_path: Path) -> None:
    write = "with open('x.txt', 'w') as file:\n    file.write('1')"
    ran = run(tmp_path, slide(fence(write), fence("y = 1"), fence("y = open('x.txt').read()")))
    assert [ran[id].facts.read for id in ("one-1", "one-2", "one-3")] == [(), (), ("x.txt",)]


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.path.exists('data.txt')",
        "from pathlib import Path\nPath('data.txt').is_file()",
        "try:\n    there = bool(open('data.txt'))\nexcept OSError:\n    there = False\nthere",
    ],
)
def test_a_lecture_runs_again_when_a_file_is_there_that_it_looked_for(
    tmp_path: Path, code: str
) -> None:
    def answer(**files: str) -> str:
        (output,) = run(tmp_path, slide(fence(code)), **files).run.results["one-1"].outputs
        assert isinstance(output, Display)
        return str(output.data["text/plain"])

    assert answer() == "False"
    assert answer(**{"data.txt": "1"}) == "True"
    (tmp_path / "data.txt").unlink()
    assert answer() == "False"


def test_a_folder_that_is_made_where_it_is_missing_runs_nothing_again(tmp_path: Path) -> None:
    text = slide(fence("import os\nos.makedirs('made/deep', exist_ok=True)"))
    run(tmp_path, text)
    run(tmp_path, text)
    assert run(tmp_path, text).run.cached


def test_what_a_snippet_lists_is_told_once_it_makes_more_of_it(tmp_path: Path) -> None:
    text = slide(fence("import os\nfound = os.listdir('.')\nos.makedirs('out', exist_ok=True)"))
    (warning,) = run(tmp_path, text)["one-1"].warnings
    assert warning.startswith("changes . as the last build left it")
    assert not run(tmp_path, text)["one-1"].warnings  # it finds its folder, and leaves it so
    assert run(tmp_path, text).run.cached


def test_a_copy_of_the_course_elsewhere_has_nothing_to_run_but_what_tells_its_place(
    tmp_path: Path,
) -> None:
    listing = fence("import os\nfound = sorted(n for n in os.listdir('.') if n.endswith('.txt'))")
    place = fence("where = os.path.abspath('data.txt')")
    text = slide(listing, place, fence("print(open(where).read())"))
    here, there = tmp_path / "here", tmp_path / "there"
    run(here, text, **{"data.txt": "1"})
    shutil.copytree(here, there)
    again = run(there, text)
    assert again.statuses == dict.fromkeys(("one-1", "one-2", "one-3"), "ok")
    assert [again[f"one-{n}"].cached for n in (1, 2)] == [True, False]
    shutil.rmtree(here)
    assert run(there, text, **{"data.txt": "2"}).outputs("one-3") == (out("2\n"),)


def test_a_lecture_that_failed_runs_again(tmp_path: Path) -> None:
    text = slide(fence("1 / 0"))
    run(tmp_path, text)
    assert not run(tmp_path, text).run.cached
