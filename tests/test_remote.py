"""Lectures on a Dask cluster of real worker processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers import fence, make_course, proofdeck, site_files, slide

distributed: Any = pytest.importorskip("distributed")

WAIT = """
import pathlib, time
marker = pathlib.Path({marker!r})
if not marker.exists():
    marker.touch()
    time.sleep(600)
x = 5"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as running:
        yield running


def lecture(n: int) -> str:
    code = f"import random\nfrom tools import twice\nx = twice({n}) + random.random()"
    data = "rows = open('data.txt').read()\nprint(rows, x > 0)"
    seeded = '::: {.claim check="x > 0" show="x" seeds=3}\nIt is.\n:::'
    return slide(fence(code), fence(data), seeded)


def course(root: Path, count: int, **files: str) -> None:
    lectures = {f"slides/{n:03}.md": lecture(n) for n in range(count)}
    module = "def twice(x):\n    return 2 * x\n"
    make_course(root, **{**lectures, "figures/tools.py": module, "data.txt": "abc", **files})


def build(root: Path, *more: str) -> str:
    done = proofdeck(root, "build", "--to", "deck", *more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_cluster_runs_the_frames_of_a_sweep(tmp_path: Path, cluster: Any) -> None:
    above = "from tools import twice\nbase = twice(1)"
    code = "import matplotlib.pyplot as plt\nn = 1\nplt.plot([0, base**n])\nplt.show()"
    over = '::: {.claim check="base**n > n" sweep="s"}\nIt is.\n:::'
    text = slide(fence(above), fence(code, "label: s", "sweep: {n: [1, 2, 3]}"), over)
    for name in ("here", "far"):
        course(tmp_path / name, 0, **{"slides/x.md": text})
    build(tmp_path / "here")
    build(tmp_path / "far", "--scheduler", cluster.scheduler_address)
    assert site_files(tmp_path / "far") == site_files(tmp_path / "here")


def test_a_cluster_runs_every_framework_and_what_compares_them(
    tmp_path: Path, cluster: Any
) -> None:
    tabs = '::: {.panel-tabset group="framework"}\n### A\n\n%s\n\n### B\n\n%s\n:::'
    draws = "import random\nx = n + random.random()"
    over = '::: {.claim check="A.x < B.x" show="B.x - A.x" seeds=3}\nIt is `{python} B.x`.\n:::'
    text = slide(fence("n = 1"), tabs % (fence(draws), fence(draws + " + 1")), over)
    for name in ("here", "far"):
        course(tmp_path / name, 0, **{"slides/x.md": text})
    build(tmp_path / "here")
    build(tmp_path / "far", "--scheduler", cluster.scheduler_address)
    assert site_files(tmp_path / "far") == site_files(tmp_path / "here")


def test_a_cluster_gives_what_this_machine_gives(tmp_path: Path, cluster: Any) -> None:
    course(tmp_path / "here", 3)
    course(tmp_path / "far", 3)
    build(tmp_path / "here")
    build(tmp_path / "far", "--scheduler", cluster.scheduler_address)
    assert site_files(tmp_path / "far") == site_files(tmp_path / "here")


def test_a_failure_far_away_is_told_with_its_line(tmp_path: Path, cluster: Any) -> None:
    make_course(tmp_path, slide(fence("x = 1\n1 / 0"), fence("print(2)")))
    done = proofdeck(tmp_path, "check", "--scheduler", cluster.scheduler_address)
    assert done.returncode == 1
    assert "slides/x.md:5: ZeroDivisionError" in done.stdout + done.stderr


def test_a_worker_that_is_killed_loses_nothing(tmp_path: Path, cluster: Any) -> None:
    marker = tmp_path / "marker"
    slow = slide(fence(WAIT.format(marker=str(marker))), fence("print(x)"))
    course(tmp_path / "far", 2, **{"slides/900.md": slow})
    command = [sys.executable, "-m", "proofdeck", "build", "--to", "deck", "--scheduler"]
    building = subprocess.Popen(
        [*command, cluster.scheduler_address],
        cwd=tmp_path / "far",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while not marker.exists():
        assert building.poll() is None
        time.sleep(0.05)
    with distributed.Client(cluster) as client:
        busy = [worker for worker, tasks in client.processing().items() if tasks]
        pids = client.run(os.getpid, workers=busy)
    for pid in pids.values():
        os.kill(pid, signal.SIGKILL)
    said, _ = building.communicate(timeout=120)
    assert building.returncode == 0, said
    assert "<code>5" in (tmp_path / "far/build/site/900/index.html").read_text()


def test_mutants_on_a_cluster_fare_as_they_do_here(tmp_path: Path, cluster: Any) -> None:
    check = '::: {.claim check="0 < x < 2" show="x" seeds=3}\nIt is.\n:::'
    code = "import random\nfrom tools import twice\nx = twice(random.random()) - 0"
    text = slide(fence(code), check)
    module = "def twice(x):\n    return x + x\n"
    reports = []
    for name, more in (("here", []), ("far", ["--scheduler", cluster.scheduler_address])):
        make_course(tmp_path / name, text, **{"figures/tools.py": module})
        done = proofdeck(tmp_path / name, "mutate", *more)
        assert done.returncode == 0, done.stdout + done.stderr
        reports.append((tmp_path / name / "build/mutations.json").read_text())
    assert reports[0] == reports[1]
    assert '"figures/tools.py"' in reports[0]
