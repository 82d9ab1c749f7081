"""Lectures run in real processes, from the same state every time."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from helpers import Ran, count_in, err, fence, out, outputs, run, slide, value
from proofdeck.forks import prepare
from proofdeck.output import Display, Stream


def test_what_any_library_changes_when_it_is_loaded_is_not_the_lectures_doing(
    tmp_path: Path,
) -> None:
    """Each adds to `sys.modules`, and scikit-learn to `warnings.filters`."""
    loads = fence("import sklearn.datasets\nimport fractions")
    ran = run(tmp_path, slide(fence("import sys, warnings, copyreg, linecache"), loads))
    assert ran["one-2"].facts.patched == frozenset()


def test_a_path_of_its_own_scratch_folder_is_no_setting(tmp_path: Path) -> None:
    """A library may name one in the environment, as torch does: it is another in each process."""
    log = count_in("runs.txt")
    name = "import os, tempfile\ndef put(name):\n    os.environ[name] = tempfile.gettempdir()\n"
    first = fence(f"{name}{log}for each in ['FOLDER_OF_A_LIBRARY']:\n    put(each)")
    for number in (1, 2):
        run(tmp_path, slide(first, fence(f"print({number})"), fence(f"x = {number}")))
    assert (tmp_path / "runs.txt").read_text() == "."


def test_what_a_library_changes_in_itself_is_not_the_lectures_doing(tmp_path: Path) -> None:
    """PyTorch's compiler, once it is loaded, wraps a function of PyTorch."""
    loads = fence("import torch._dynamo")
    ran = run(tmp_path, slide(fence("import torch"), loads, fence("torch.typename = len")))
    assert [sorted(ran[id].facts.patched) for id in ("one-1", "one-2", "one-3")] == [
        [],
        [],
        ["typename"],
    ]


def test_settings_of_a_lecture_hold_to_its_end_but_not_in_another(tmp_path: Path) -> None:
    change = "import matplotlib as mpl\nmpl.rcParams['lines.linewidth'] = 9"
    look = "import matplotlib as mpl\nmpl.rcParams['lines.linewidth']"
    ran = run(tmp_path / "a", slide(fence(change), fence(look)))
    assert ran.outputs("one-2") == (value("9.0"),)
    assert run(tmp_path / "b", slide(fence(look))).outputs() == (value("1.5"),)


DRAW = "import random\nimport numpy as np\n(random.random(), float(np.random.rand()))"


def numbers(ran: Ran) -> dict[str, str]:
    return {
        id: output.data["text/plain"]
        for id, result in ran.run.results.items()
        for output in result.outputs
        if isinstance(output, Display)
    }


def test_random_numbers_are_the_same_in_every_run_and_others_in_every_snippet(
    tmp_path: Path,
) -> None:
    text = slide(fence(DRAW), fence(DRAW, "label: named")) + slide(fence(DRAW), id="two")
    first, second = (numbers(run(tmp_path / name, text)) for name in "ab")
    assert first == second
    assert len(set(first.values())) == 3
    other = numbers(run(tmp_path / "c", "---\nseed: 2\n---\n" + text))
    assert set(other.values()) & set(first.values()) == set()


def test_an_insertion_a_comment_or_an_inline_value_leaves_random_numbers_as_they_were(
    tmp_path: Path,
) -> None:
    plain = numbers(run(tmp_path / "a", slide(fence(DRAW), id="two")))
    edited = slide(fence(DRAW)) + slide(
        "`{python} __import__('random').random()`", fence(f"# why\n{DRAW}"), id="two"
    )
    changed = numbers(run(tmp_path / "b", edited))
    assert changed["two-1"] == plain["two-1"]


def test_a_snippet_that_draws_is_known(tmp_path: Path) -> None:
    ran = run(tmp_path, slide(fence(DRAW), fence("1"), "`{python} random.random()`"))
    assert {id: result.drew for id, result in ran.run.results.items()} == {
        "one-1": True,
        "one-2": False,
        "one~1": True,
    }


def test_a_seed_holds_in_its_snippet_and_a_later_draw_is_warned_of_once(tmp_path: Path) -> None:
    ran = run(
        tmp_path,
        slide(
            fence(f"import numpy as np\nnp.random.seed(3)\n{DRAW}"),
            fence("1"),
            fence(DRAW),
            fence(DRAW),
        ),
    )
    assert [result.warnings for result in ran.run.results.values()] == [
        (),
        (),
        (
            "draws random numbers, but the seed set in 'one-1' holds only there: "
            "every snippet is seeded from the lecture's seed",
        ),
        (),
    ]


def test_a_lecture_runs_with_one_thread_unless_it_says_otherwise(tmp_path: Path) -> None:
    look = fence("import os\nos.environ['OMP_NUM_THREADS']")
    assert run(tmp_path / "a", slide(look)).outputs() == (value("'1'"),)
    more = "---\nthreads: 2\n---\n" + slide(look)
    assert run(tmp_path / "b", more).outputs() == (value("'2'"),)


def test_a_lecture_runs_also_where_nothing_can_be_forked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = fence("'spawn_main' in open('/proc/self/cmdline').read()")
    assert run(tmp_path / "forked", slide(look)).outputs() == (value("False"),)
    monkeypatch.setattr("proofdeck.forks.FORKS", False)
    assert run(tmp_path / "fresh", slide(look)).outputs() == (value("True"),)


def test_a_run_goes_on_where_another_needs_a_module_that_no_server_has_loaded(
    tmp_path: Path,
) -> None:
    """As in the preview, where another lecture is saved while one trains."""
    wait = (
        "from pathlib import Path\nPath('began').touch()\nwhile not Path('go').exists():\n    pass"
    )
    with ThreadPoolExecutor() as pool:
        running = pool.submit(run, tmp_path, slide(fence(wait), fence("'done'")))
        while not (tmp_path / "began").exists() and not running.done():
            pass
        prepare([frozenset({"numpy", "scipy"})])
        other = run(tmp_path / "other", slide(fence("import sys\n'scipy' in sys.modules")))
        (tmp_path / "go").touch()
    assert other.outputs() == (value("True"),)
    assert running.result().outputs("one-2") == (value("'done'"),)


def test_how_a_framework_greets_is_not_what_a_snippet_says(tmp_path: Path) -> None:
    """In a process that loads it itself, since it has more threads than the server."""
    text = "---\nthreads: 2\n---\n" + slide(fence("import keras"))
    assert run(tmp_path, text).outputs() == ()


@pytest.mark.parametrize("front_matter", ["", "---\nthreads: 2\n---\n"])
def test_sets_and_hashes_have_the_same_order_in_every_run(
    tmp_path: Path, front_matter: str
) -> None:
    look = fence("import sys\nsys.flags.hash_randomization")
    assert run(tmp_path, front_matter + slide(look)).outputs() == (value("0"),)


def test_snippets_run_in_the_courses_folder_and_import_from_its_figures(tmp_path: Path) -> None:
    code = "import os\nimport tools\nprint(tools.NAME, open('data.txt').read())\nos.getcwd()"
    ran = run(
        tmp_path, slide(fence(code)), **{"figures/tools.py": "NAME = 'tools'", "data.txt": "data"}
    )
    assert ran.outputs() == (out("tools data\n"), value(repr(str(tmp_path))))
    assert ran.run.surroundings.files == ("data.txt", "figures/tools.py")


def test_a_snippet_cannot_wait_for_somebody_at_the_keyboard(tmp_path: Path) -> None:
    failure = run(tmp_path, slide(fence("name = input('who?')")))["one-1"].failure
    assert failure
    assert failure.kind in ("EOFError", "StdinNotImplementedError")


def test_a_python_warning_is_shown_and_told_without_a_path_of_this_machine(tmp_path: Path) -> None:
    ran = run(
        tmp_path,
        slide(fence("import warnings\nwarnings.warn('old')"), fence("from tools import f\nf()")),
        **{"figures/tools.py": "import warnings\n\ndef f():\n    warnings.warn('deep')\n"},
    )
    assert [result.warnings for result in ran.run.results.values()] == [
        ("<one-1>:2: UserWarning: old",),
        ("figures/tools.py:4: UserWarning: deep",),
    ]
    assert ran.outputs("one-1") == (err("<one-1>:2: UserWarning: old\n"),)


def test_streams_that_a_snippet_closes_or_replaces_are_put_back(tmp_path: Path) -> None:
    ran = run(
        tmp_path,
        slide(
            fence("import io, sys\nsys.stdout = io.StringIO()\nprint('away')"),
            fence("sys.stderr.close()"),
            fence("print('here')\nprint('there', file=sys.stderr)"),
        ),
    )
    assert ran.outputs("one-3") == (out("here\n"), err("there\n"))


def test_endless_text_is_cut(tmp_path: Path) -> None:
    code = "for n in range(12):\n    print('x' * 99_999)\nimport os\n_ = os.write(1, b'y')"
    first, second = outputs(tmp_path, code)
    assert isinstance(first, Stream)
    assert (len(first.text), second) == (
        1 << 20,
        err("\n[cut: more than 1 MiB of text]\n"),
    )


def test_inline_values_are_python_expressions_as_text(tmp_path: Path) -> None:
    ran = run(
        tmp_path,
        slide(
            fence("x = 2 / 3\nname = 'n'"),
            '`{python} x`, `{python} f"{x:.2f}"`, `{python} name`',
            "`{python} len([1 for _ in name])`",
            "`{python} print(1)`, `{python} missing`",
        ),
    )
    results = ran.run.results
    assert [results[f"one~{n}"].value for n in range(1, 6)] == [
        "0.6666666666666666",
        "0.67",
        "n",
        "1",
        "None",
    ]
    failure = results["one~6"].failure
    assert failure
    assert (failure.kind, failure.message) == ("NameError", "name 'missing' is not defined")


TOLD = """
import sys
from pathlib import Path
from helpers import fence, run, slide
from proofdeck import forks

forks.begin()
forks.prepare([frozenset({"numpy"})])
look = "import sys; sorted({'IPython', 'numpy', 'scipy'} & sys.modules.keys())"
print(run(Path(sys.argv[1]), slide(fence(look))).outputs()[0].data["text/plain"])
print(len(forks._servers), len(forks._begun))
"""


def test_a_server_that_began_early_is_told_what_to_import(tmp_path: Path) -> None:
    command = [sys.executable, "-c", TOLD, str(tmp_path)]
    here = Path(__file__).parent
    told = subprocess.run(command, cwd=here, capture_output=True, text=True, check=True)
    assert told.stdout == "['IPython', 'numpy']\n1 0\n"


SERVER = """
import atexit, os, sys
server = os.getpid()
atexit.register(lambda: print("torn down:", "server" if os.getpid() == server else "fork"))
import proofdeck.loading
if os.fork() == 0:
    sys.exit(3)
print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""


def test_a_server_is_not_torn_down_but_what_it_forks_ends_as_python_does() -> None:
    command = [sys.executable, "-c", SERVER]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert told.stdout == "torn down: fork\n3\n"
