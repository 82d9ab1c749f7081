"""Lectures run in real processes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from helpers import Ran, fence, run, slide
from proofdeck.output import Display, Output, Stream


def out(text: str) -> Stream:
    return Stream("stdout", text)


def err(text: str) -> Stream:
    return Stream("stderr", text)


def value(text: str) -> Display:
    return Display({"text/plain": text})


def outputs(root: Path, code: str, *options: str) -> tuple[Output, ...]:
    """What a lecture of this one snippet puts out."""
    ran = run(root, slide(fence(code, *options)))
    assert ran.statuses == {"one-1": "ok"}, ran["one-1"].failure
    return ran.outputs()


def kinds(found: tuple[Output, ...]) -> list[str]:
    """Streams as their text, other outputs as their richest MIME type."""
    return [o.text if isinstance(o, Stream) else min(o.data) for o in found]


def test_text_errors_values_and_figures_keep_the_order_in_which_they_came(tmp_path: Path) -> None:
    code = """
import sys
import matplotlib.pyplot as plt
from IPython.display import HTML, display
print("1")
print("2", file=sys.stderr)
display(HTML("<b>3</b>"))
print("4")
fig = plt.figure(); plt.plot([1, 2])
plt.show()
print("6")
plt.plot([3])
7"""
    assert kinds(outputs(tmp_path, code)) == [
        "1\n",
        "2\n",
        "text/html",
        "4\n",
        "image/svg+xml",
        "6\n",
        "text/plain",
        "image/svg+xml",
    ]


def test_what_c_code_and_child_processes_write_comes_in_its_place(tmp_path: Path) -> None:
    code = """
import ctypes, os, subprocess, sys
libc = ctypes.CDLL(None)
print("python")
os.write(1, b"descriptor\\n")
print("again")
libc.printf(b"printf\\n")
os.write(2, "größer\\n".encode())
print(end="")
os.system("echo shell")
subprocess.run([sys.executable, "-c", "print('child')"])
sys.stdout.buffer.write(b"bytes\\n")
print("last")"""
    assert outputs(tmp_path, code.replace("subprocess.run(", "_ = subprocess.run(")) == (
        out("python\ndescriptor\nagain\nprintf\n"),
        err("größer\n"),
        out("shell\nchild\nbytes\nlast\n"),
    )


def test_text_is_as_a_terminal_would_show_it_with_colours(tmp_path: Path) -> None:
    code = r"""
import time
for n in range(3):
    print(f"\rstep {n}", end="", flush=True)
print("\n12\b3")
print("\x1b[31mred\x1b[0m")"""
    assert outputs(tmp_path, code) == (out("step 2\n13\n\x1b[31mred\x1b[0m\n"),)


VALUES: dict[str, tuple[Output, ...]] = {
    "1 + 1": (value("2"),),
    "1 + 1;": (),
    "x = 3": (),
    "None": (),
    "1\n2": (value("2"),),
    "'a\\nb'": (value("'a\\nb'"),),
    "if True:\n    5": (),
    "display(1, 2)\n3": (value("1"), value("2"), value("3")),
    "": (),
    "# nothing": (),
    "_": (value("3"),),
    "async def f():\n    return 4\nawait f()": (value("4"),),
    "%precision 2\n3.14159": (value("3.14"),),
    "\n%%capture\nprint(1)": (),
    "!echo shell": (out("shell\n"),),
    "for n in range(2): display(n)": (value("0"), value("1")),
    "get_ipython().user_ns['x']": (value("3"),),
}


def test_the_last_expression_is_shown_as_jupyter_shows_it(tmp_path: Path) -> None:
    ran = run(tmp_path, slide(*map(fence, VALUES)))
    assert set(ran.statuses.values()) == {"ok"}
    assert dict(zip(VALUES, map(ran.outputs, ran.statuses), strict=True)) == VALUES


def test_values_are_shown_in_all_their_rich_forms(tmp_path: Path) -> None:
    code = """
class Rich:
    def __repr__(self): return "plain"
    def _repr_html_(self): return "<i>html</i>"
    def _repr_svg_(self): return "<svg/>"
    def _repr_png_(self): return b"\\x89PNG"
    def _repr_latex_(self): return "$x$"
    def _repr_markdown_(self): return "*md*"
    def _repr_json_(self): return {"a": 1}
Rich()"""
    assert outputs(tmp_path, code) == (
        Display(
            {
                "text/plain": "plain",
                "text/html": "<i>html</i>",
                "image/svg+xml": "<svg/>",
                "image/png": b"\x89PNG",
                "text/latex": "$x$",
                "text/markdown": "*md*",
            }
        ),
    )


def test_a_text_of_the_lectures_own_class_is_shown(tmp_path: Path) -> None:
    code = """
class Safe(str):
    pass
class Page:
    def _repr_html_(self): return Safe("<b>1</b>")
    def __repr__(self): return "page"
Page()"""
    assert outputs(tmp_path, code) == (Display({"text/plain": "page", "text/html": "<b>1</b>"}),)


FIGURES = """
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(3, 2))
ax.plot([0, 1], [0, 1], label="line")
ax.set(title="Title", xlabel="x", ylabel="y", xlim=(0, 1), ylim=(0, 1))
ax.legend();"""
ALT = "Line plot “Title”; y (0 to 1) against x (0 to 1); series: line."


def test_figures_appear_once_at_show_or_at_the_end_of_their_snippet(tmp_path: Path) -> None:
    ran = run(
        tmp_path,
        slide(
            fence(FIGURES),
            fence(FIGURES + "\nplt.show()\nprint('after')"),
            fence("print('none')"),
            fence(FIGURES + "\nplt.close()"),
            fence(FIGURES + "\nfig"),
            fence(FIGURES + "\ndisplay(fig)\nplt.close(fig)"),
            fence(FIGURES + "\nplt.figure(); plt.plot([1]);"),
        ),
    )
    svg = "image/svg+xml"
    assert {id: kinds(ran.outputs(id)) for id in ran.statuses} == {
        "one-1": [svg],
        "one-2": [svg, "after\n"],
        "one-3": ["none\n"],
        "one-4": [],
        "one-5": [svg, svg],
        "one-6": [svg],
        "one-7": [svg, svg],
    }
    (figure,) = ran.outputs("one-1")
    assert isinstance(figure, Display)
    assert (figure.alt, figure.width > 200) == (ALT, True)


def test_a_figure_that_stays_open_does_not_appear_under_the_next_snippet(tmp_path: Path) -> None:
    leave = "import matplotlib.pyplot as plt\nplt.ioff()\nplt.plot([1]);"
    ran = run(tmp_path, slide(fence(leave), fence("plt.ion()\nplt.get_fignums()")))
    assert ran.outputs("one-2") == (value("[]"),)


def test_the_same_figure_has_the_same_bytes_in_every_run(tmp_path: Path) -> None:
    first, second = (run(tmp_path / name, slide(fence(FIGURES))).outputs() for name in "ab")
    assert first == second


def test_a_large_figure_keeps_its_data_as_a_picture(tmp_path: Path) -> None:
    code = """
import matplotlib.pyplot as plt
import numpy as np
plt.scatter(np.arange(30_000), np.sin(np.arange(30_000)));"""
    (figure,) = outputs(tmp_path, code)
    assert isinstance(figure, Display)
    svg = figure.data["image/svg+xml"]
    assert isinstance(svg, str)
    assert svg.count("<image") == 1
    assert len(svg) < 300_000
    assert figure.alt.startswith("Scatter plot")


def test_figures_are_drawn_the_same_where_matplotlib_comes_in_unseen(tmp_path: Path) -> None:
    code = "import importlib\nplt = importlib.import_module('matplotlib.pyplot')\nplt.plot([1]);"
    (figure,) = outputs(tmp_path, code)
    assert isinstance(figure, Display)
    assert set(figure.data) == {"image/svg+xml", "text/plain"}
    assert figure.alt.startswith("Line plot")


def test_a_figure_that_cannot_be_drawn_fails_its_snippet(tmp_path: Path) -> None:
    code = "import matplotlib.pyplot as plt\nplt.title(r'$\\frac$')\nplt.show()"
    failure = run(tmp_path, slide(fence(code)))["one-1"].failure
    assert failure
    assert failure.kind == "ValueError"
    assert r"\frac" in failure.message


def test_a_value_that_cannot_be_shown_fails_its_snippet_at_its_line(tmp_path: Path) -> None:
    code = "class Bad:\n    def _repr_html_(self):\n        return 1 / 0\nBad()"
    failure = run(tmp_path, slide(fence(code)))["one-1"].failure
    assert failure
    assert (failure.kind, failure.line) == ("ZeroDivisionError", 3)


def test_a_path_of_its_own_scratch_folder_is_no_setting(tmp_path: Path) -> None:
    """A library may name one in the environment, as torch does: it is another in each process."""
    log = "with open('runs.txt', 'a') as log:\n    log.write('.')\n"
    name = "import os, tempfile\ndef put(name):\n    os.environ[name] = tempfile.gettempdir()\n"
    first = fence(f"{name}{log}for each in ['FOLDER_OF_A_LIBRARY']:\n    put(each)")
    for number in (1, 2):
        run(tmp_path, slide(first, fence(f"print({number})"), fence(f"x = {number}")))
    assert (tmp_path / "runs.txt").read_text() == "."


def test_settings_of_a_lecture_hold_to_its_end_but_not_in_another(tmp_path: Path) -> None:
    change = "import matplotlib as mpl\nmpl.rcParams['lines.linewidth'] = 9"
    look = "import matplotlib as mpl\nmpl.rcParams['lines.linewidth']"
    ran = run(tmp_path / "a", slide(fence(change), fence(look)))
    assert ran.outputs("one-2") == (value("9.0"),)
    assert run(tmp_path / "b", slide(fence(look))).outputs() == (value("1.5"),)


def test_an_error_that_is_wanted_is_shown_and_the_lecture_goes_on(tmp_path: Path) -> None:
    code = "def f():\n    return 1 / 0\nprint('before')\nf()"
    ran = run(tmp_path, slide(fence(code, "error: true"), fence("2")))
    assert ran.statuses == {"one-1": "ok", "one-2": "ok"}
    before, shown = ran.outputs("one-1")
    assert before == out("before\n")
    assert isinstance(shown, Stream)
    assert shown.text.splitlines()[-1] == "ZeroDivisionError: division by zero"
    assert str(tmp_path) not in shown.text


def test_after_a_failure_what_does_not_need_it_still_runs(tmp_path: Path) -> None:
    ran = run(
        tmp_path,
        slide(
            fence("a = 1"),
            fence("print('half')\nb = a / 0"),
            fence("c = b + 1"),
            fence("d = c"),
            "`{python} b` and `{python} a`",
            fence("a + 1"),
            fence("undefined"),
            fence("never", "eval: false"),
        ),
    )
    assert ran.statuses == {
        "one-1": "ok",
        "one-2": "failed",
        "one-3": "skipped",
        "one-4": "skipped",
        "one~1": "skipped",
        "one~2": "ok",
        "one-5": "ok",
        "one-6": "failed",
        "one-7": "skipped",
    }
    assert ran.outputs("one-2") == (out("half\n"),)


FAILURES = {
    "\nraise ValueError('why')": ("ValueError", 2),
    "def f():\n    g()\ndef g():\n    return {}[1]\n\nf()": ("KeyError", 4),
    "import sys\nsys.exit(3)": ("SystemExit", 2),
    "exit()": ("SystemExit", 1),
    "raise KeyboardInterrupt": ("KeyboardInterrupt", 1),
    "%time 1\nif True print": ("SyntaxError", 2),
    "import no_such_package": ("ModuleNotFoundError", 1),
    "from tools import broken\n\nbroken()": ("ZeroDivisionError", 3),
    "import broken_module": ("NameError", 1),
}


def test_a_failure_says_what_and_on_which_line_of_the_snippet(tmp_path: Path) -> None:
    ran = run(
        tmp_path,
        slide(*map(fence, FAILURES)),
        **{
            "figures/tools.py": "def broken():\n    1 / 0\n",
            "figures/broken_module.py": "\n\nundefined\n",
        },
    )
    found = {}
    for code, id in zip(FAILURES, ran.statuses, strict=True):
        failure = ran[id].failure
        found[code] = (failure.kind, failure.line) if failure else None
    assert found == FAILURES


def test_a_traceback_shows_the_lectures_own_frames_and_no_path_of_this_machine(
    tmp_path: Path,
) -> None:
    ran = run(
        tmp_path,
        slide(fence("import json\nfrom tools import parse\nparse('{')")),
        **{"figures/tools.py": "import json\n\ndef parse(text):\n    return json.loads(text)\n"},
    )
    failure = ran["one-1"].failure
    assert failure
    assert failure.traceback.splitlines() == [
        '  File "<one-1>", line 3, in <module>',
        "    parse('{')",
        '  File "figures/tools.py", line 4, in parse',
        "    return json.loads(text)",
        "json.decoder.JSONDecodeError: Expecting property name enclosed in double quotes: "
        "line 1 column 2 (char 1)",
    ]


def test_after_a_failure_a_snippet_that_binds_its_own_names_runs(tmp_path: Path) -> None:
    ran = run(
        tmp_path,
        slide(fence("fig = 1 / 0"), fence("fig = 2\nfig + 1"), fence("fig"), fence("1 / 0")),
    )
    assert ran.statuses == {"one-1": "failed", "one-2": "ok", "one-3": "ok", "one-4": "failed"}


def test_temporary_files_of_a_run_are_removed_with_it(tmp_path: Path) -> None:
    code = "import tempfile\nprint(tempfile.mkdtemp())"
    ran = run(tmp_path, slide(fence(code)))
    (said,) = ran.outputs()
    assert isinstance(said, Stream)
    left = Path(said.text.strip())
    assert left.is_absolute() and not left.exists() and not left.parent.exists()


def test_a_snippet_that_takes_too_long_is_ended_with_all_it_started(tmp_path: Path) -> None:
    code = """
import subprocess, sys, threading
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
open("pid", "w").write(str(child.pid))
print("before")
threading.Event().wait()"""
    ran = run(tmp_path, slide(fence("1"), fence(code, "timeout: 1"), fence("2")))
    assert ran.statuses == {"one-1": "ok", "one-2": "failed", "one-3": "ok"}
    failure = ran["one-2"].failure
    assert failure
    assert (failure.kind, failure.message) == ("Timeout", "still running after 1 s")
    pid = int((tmp_path / "pid").read_text())
    assert not _is_running(pid)


def _is_running(pid: int) -> bool:
    """Whether a process lives; one that ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("import os\nos._exit(3)", "exit code 3"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
    ],
)
def test_a_snippet_that_ends_its_process_fails_and_what_ran_before_is_known(
    tmp_path: Path, code: str, how: str
) -> None:
    ran = run(tmp_path, slide(fence("1"), fence(code), fence("2")))
    assert ran.statuses == {"one-1": "ok", "one-2": "failed", "one-3": "ok"}
    failure = ran["one-2"].failure
    assert failure
    assert (failure.kind, failure.message) == (
        "Crash",
        f"the snippet ended its process ({how})",
    )
    assert ran.outputs("one-1") == (value("1"),)


def test_a_snippet_that_takes_too_much_memory_is_ended_and_the_rest_runs(tmp_path: Path) -> None:
    greedy = "parts = []\nwhile True:\n    parts.append(bytearray(b'x' * 2**26))"
    ran = run(tmp_path, "---\nmemory: 0.5\n---\n" + slide(fence(greedy), fence("print(1)")))
    failure = ran["one-1"].failure
    assert failure
    assert (failure.kind, failure.message) == ("Memory", "more than 0.5 GiB in memory")
    assert ran.outputs("one-2") == (out("1\n"),)


def test_a_short_timeout_does_not_count_the_start_of_the_process(tmp_path: Path) -> None:
    ran = run(
        tmp_path,
        "---\ntimeout: 0.0001\n---\n" + slide(fence("import threading\nthreading.Event().wait()")),
    )
    assert ran.statuses == {"one-1": "failed"}
    assert ran.progress[0] == ("running", "one-1")


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


def test_progress_is_told_step_by_step_and_a_second_run_comes_from_the_cache(
    tmp_path: Path,
) -> None:
    text = slide(fence("open('ran', 'a').write('x')"), fence("2"))
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
    assert (tmp_path / "ran").read_text() == "x"


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


def test_a_lecture_that_failed_runs_again(tmp_path: Path) -> None:
    text = slide(fence("1 / 0"))
    run(tmp_path, text)
    assert not run(tmp_path, text).run.cached
