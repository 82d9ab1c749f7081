"""A snippet that fails: what is said, and what still runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers import fence, out, run, slide, value
from proofdeck.output import Stream


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
