"""Files that snippets leave for those below, however they write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers import fence, out, run, slide

READ = "print(open('kept').read())"
WAYS = {
    "Python": ("_ = open('kept', 'w').write('{n}')", READ),
    "another program": ("!echo {n} > kept", READ),
    "PyTorch": (
        "import torch\ndef keep():\n    torch.save(torch.tensor({n}), 'kept')\nkeep()",
        "print(torch.load('kept'))",
    ),
    "HDF5": (
        "import h5py\nwith h5py.File('kept', 'w') as file:\n    file['x'] = {n}",
        "with h5py.File('kept') as file:\n    print(file['x'][()])",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_file_that_a_snippet_wrote_is_as_it_wrote_it(tmp_path: Path, way: str) -> None:
    def outputs(n: int, more: str = "") -> tuple[object, ...]:
        write, read = WAYS[way]
        ran = run(tmp_path, slide(fence(write.format(n=n)), fence(read + more)))
        assert not any(result.failure for result in ran.run.results.values())
        return ran.outputs("one-2")

    first, other = outputs(1), outputs(2)
    assert first != other
    assert outputs(1) == first  # the file is still the other
    (tmp_path / "kept").unlink()  # as in a fresh checkout with a cache
    assert outputs(1) == first
    assert outputs(1, "\n1")[:1] == first


OPEN = {
    "text": ("f = open('kept', 'w')", "f.write('x')\nf.close()", READ, "x"),
    "log": (
        "import logging\nlog = logging.getLogger('t')\n"
        "log.addHandler(logging.FileHandler('kept', mode='w'))",
        "log.warning('hi')",
        READ,
        "hi\n",
    ),
    "memory map": (
        "import numpy as np\nm = np.memmap('kept', dtype='i4', mode='w+', shape=2)",
        "m[0] = 7\nm.flush()",
        "print(np.fromfile('kept', dtype='i4'))",
        "[7 0]",
    ),
}


@pytest.mark.parametrize("kind", OPEN)
def test_a_file_that_stays_open_is_what_the_last_snippet_made_of_it(
    tmp_path: Path, kind: str
) -> None:
    begin, write, read, expected = OPEN[kind]
    for more in ("", "\n1;"):
        ran = run(tmp_path, slide(fence(begin), fence(f"{write};"), fence(read + more)))
        assert ran.outputs("one-3") == (out(f"{expected}\n"),)


def test_a_package_of_the_course_counts_with_all_its_modules(tmp_path: Path) -> None:
    text = slide(fence("from tools.inner import f"), fence("print(f())"))
    for n in (1, 2):
        source = f"def f():\n    return {n}\n"
        files = {"figures/tools/__init__.py": "", "figures/tools/inner.py": source}
        assert run(tmp_path, text, **files).outputs("one-2") == (out(f"{n}\n"),)


def test_a_file_that_is_gone_makes_nothing_run_that_wrote_or_read_it(tmp_path: Path) -> None:
    write, read = WAYS["another program"]
    text = slide(fence(write.format(n=1)), fence(read))
    run(tmp_path, text)
    (tmp_path / "kept").unlink()
    assert run(tmp_path, text).run.cached
    assert not (tmp_path / "kept").exists()


def test_a_file_that_grows_with_each_build_is_told(tmp_path: Path) -> None:
    append = "_ = open('log', 'a').write('+')"
    warned = "changes log as the last build left it, so that each build gives another"
    begin = fence("_ = open('log', 'w').write('');")
    (found,) = run(tmp_path / "a", slide(fence(append))).run.results["one-1"].warnings
    assert warned in found
    begun = run(tmp_path / "b", slide(begin, fence(append))).run.results
    assert begun["one-1"].warnings == begun["one-2"].warnings == ()


def test_a_database_in_memory_is_no_file(tmp_path: Path) -> None:
    text = slide(fence("import sqlite3\nwith sqlite3.connect(':memory:'):\n    pass"))
    assert run(tmp_path, text).run.results["one-1"].warnings == ()
    assert run(tmp_path, text).run.cached


def test_a_call_that_is_watched_says_itself_what_is_wrong_with_it(tmp_path: Path) -> None:
    text = slide(fence("import torch\ntorch.save(1)"))
    failure = run(tmp_path, text).run.results["one-1"].failure
    assert failure
    assert failure.message == "save() missing 1 required positional argument: 'f'"


def test_a_file_that_is_asked_for_counts_when_it_comes(tmp_path: Path) -> None:
    text = slide(fence("import os\nprint(os.access('data', os.R_OK))"))
    assert "False" in str(run(tmp_path, text).outputs("one-1"))
    (tmp_path / "data").touch()
    assert "True" in str(run(tmp_path, text).outputs("one-1"))


def test_what_a_value_reads_is_nothing_that_the_next_snippet_reads(tmp_path: Path) -> None:
    text = slide(fence("1;"), "It says `{python} open('data').read()`.", fence("print(2)"))
    ran = run(tmp_path, text, data="1")
    assert [result.facts.read for result in ran.run.results.values()] == [(), ("data",), ()]
    again = run(tmp_path, text, data="2").run.results
    assert [result.cached for result in again.values()] == [True, False, True]
