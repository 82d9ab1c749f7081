"""Snippets that do their worst: one clear failure, the rest runs, no process stays."""

from __future__ import annotations

import os
import select
from pathlib import Path

import pytest

from helpers import fence, run, slide
from proofdeck.output import Stream

FAULTS = {
    "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)": "Crash",
    "import os\nos._exit(0)": "Crash",
    "import ctypes\nctypes.string_at(0)": "Crash",
    "import sys\nsys.exit()": "SystemExit",
    "raise KeyboardInterrupt": "KeyboardInterrupt",
    "def f(): return f()\nf()": "RecursionError",
    "input()": "EOFError",
    "import matplotlib\nmatplotlib.use('nonsense')": "ValueError",
    "import warnings\nwarnings.simplefilter('error')\nwarnings.warn('no')": "UserWarning",
    "import builtins\nbuiltins.len = None": "Crash",
    "import random\nrandom.getstate = None": "Broken",
}

HARMLESS = [
    "import sys\nsys.stdout.close()",
    "import os\nos.close(1)",
    "import os\nos.makedirs('away', exist_ok=True)\nos.chdir('away')",
    "import atexit\natexit.register(lambda: 1 / 0);",
    "import threading\nthreading.Thread(target=threading.Event().wait).start()",
    "import time, json, pickle\ntime.time = time.perf_counter = json.dumps = pickle.dumps = None",
    "x = []\nx.append(x)",
    "x = list(range(10**6)) * 20",
    "class A:\n    def __getattr__(self, n): 1 / 0\n    __eq__ = __repr__ = None\na = A()",
    "class B:\n    @property\n    def __class__(self): 1 / 0\nb = B()",
    "print('</script>\\0\\ud800')\nimport os\n_ = os.write(1, bytes([255, 254]))",
    "print('x' * 10**7)",
    "import matplotlib.pyplot as plt\nplt.rcParams['font.family'] = 'No Such Font'\nplt.plot([1]);",
    "import matplotlib.pyplot as plt\nfor _ in range(300): plt.figure(figsize=(1, 1))",
    "import warnings\nwarnings.simplefilter('error')",
]

AFTER = "print('after')"


@pytest.mark.parametrize("code", FAULTS)
def test_a_fault_is_told_and_what_does_not_need_it_runs(tmp_path: Path, code: str) -> None:
    ran = run(tmp_path, slide(fence("print('before')"), fence(code), fence(AFTER)))
    failure = ran["one-2"].failure
    assert failure
    assert failure.kind == FAULTS[code]
    assert ran.outputs("one-1") == (Stream("stdout", "before\n"),)
    assert ran.outputs("one-3") == (Stream("stdout", "after\n"),)


@pytest.mark.parametrize("code", HARMLESS)
def test_what_is_odd_but_allowed_runs_and_so_does_what_follows(tmp_path: Path, code: str) -> None:
    ran = run(tmp_path, slide(fence(code), fence(AFTER)))
    assert ran.statuses == {"one-1": "ok", "one-2": "ok"}, ran["one-1"].failure
    assert ran.outputs("one-2") == (Stream("stdout", "after\n"),)


@pytest.mark.parametrize(
    "code",
    [
        "import subprocess, sys\npid = subprocess.Popen([sys.executable, '-c', PAUSE]).pid",
        "import os, time\npid = os.fork()\nif not pid:\n    time.sleep(1000)",
    ],
)
def test_processes_that_a_lecture_leaves_end_with_it(tmp_path: Path, code: str) -> None:
    pause = "PAUSE = 'import signal; signal.pause()'"
    ran = run(tmp_path, slide(fence(pause), fence(f"{code}\nprint(pid)")))
    (output,) = ran.outputs("one-2")
    assert isinstance(output, Stream)
    assert ends(int(output.text))


def ends(pid: int) -> bool:
    """Whether a process ends soon; a signal takes a moment to arrive."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with os.fdopen(process):
        return bool(select.select([process], [], [], 30)[0])
