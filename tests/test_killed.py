"""Builds that are killed, disturb each other, or may not write."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from helpers import fence, make_course, proofdeck, site_files, slide

COMMAND = [sys.executable, "-m", "proofdeck", "build"]
PLOT = "import matplotlib.pyplot as plt\nplt.plot([{n}]);"
PRINTS = slide(fence("print([NUMBER] * 5000)"))
LINKED = re.compile(r'(?:src|href)="([^"#:]+)"')


def text(number: int) -> str:
    return slide(fence(PLOT.format(n=number)), f"Edited {number} times.", fence("print('end')"))


def missing(root: Path) -> set[str]:
    """What the site's pages link to and what is not there."""
    pages = (root / "build/site").rglob("*.html")
    links = [(page, link) for page in pages for link in LINKED.findall(page.read_text())]
    return {link for page, link in links if not (page.parent / link.split("?")[0]).exists()}


@pytest.mark.parametrize("kills", [30, pytest.param(100, marks=pytest.mark.slow)])
def test_a_build_that_is_killed_leaves_a_whole_site_and_the_next_succeeds(
    tmp_path: Path, kills: int
) -> None:
    root = tmp_path / "killed"
    make_course(root, text(0))
    started = time.monotonic()
    assert proofdeck(root, "build").returncode == 0
    long = time.monotonic() - started
    moments = random.Random(kills)
    for number in range(1, kills + 1):
        make_course(root, text(number))
        building = subprocess.Popen(COMMAND, cwd=root, stdout=subprocess.DEVNULL)
        try:
            building.wait(timeout=moments.uniform(0, long))
        except subprocess.TimeoutExpired:
            building.kill()
            building.wait()
        assert not missing(root)
    assert proofdeck(root, "build").returncode == 0
    make_course(tmp_path / "whole", text(kills))
    assert proofdeck(tmp_path / "whole", "build").returncode == 0
    pages = {name: data for name, data in site_files(root).items() if name.endswith(".html")}
    whole = site_files(tmp_path / "whole")
    assert {name: whole.get(name) for name in pages} == pages


def test_builds_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    make_course(tmp_path, text(1))
    many = [
        subprocess.Popen(COMMAND, cwd=tmp_path, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    said = [build.communicate(timeout=120)[0] for build in many]
    assert [build.returncode for build in many] == [0] * 4, said
    assert not missing(tmp_path)


def test_a_cache_from_elsewhere_gives_a_fresh_checkout_nothing_to_run(tmp_path: Path) -> None:
    for name in ("one", "other"):
        make_course(tmp_path / name, text(1))
    assert proofdeck(tmp_path / "one", "check").returncode == 0
    (tmp_path / "other/build").mkdir()
    (tmp_path / "one/build/cache").rename(tmp_path / "other/build/cache")
    assert proofdeck(tmp_path / "other", "check").returncode == 0
    told = proofdeck(tmp_path / "other", "explain", "x").stdout.splitlines()
    assert all("reused" in line for line in told)


def test_a_damaged_cache_is_told_and_made_anew(tmp_path: Path) -> None:
    make_course(tmp_path, text(1))
    assert proofdeck(tmp_path, "check").returncode == 0
    for number, entry in enumerate(sorted((tmp_path / "build/cache/results").iterdir())):
        entry.write_bytes([b"", entry.read_bytes()[:-5], b"foreign"][number % 3])
    done = proofdeck(tmp_path, "check")
    assert done.returncode == 0
    assert "2 damaged entries dropped and made anew" in done.stdout + done.stderr
    assert "0 damaged" not in proofdeck(tmp_path, "check").stdout


def test_a_folder_that_is_a_file_is_one_clear_error(tmp_path: Path) -> None:
    make_course(tmp_path, text(1))
    (tmp_path / "build").write_text("")
    done = proofdeck(tmp_path, "build")
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert "build" in done.stdout + done.stderr


def with_mounts(root: Path, mounts: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command line of ours where some folders are mounted so."""
    own = ["unshare", "--map-root-user", "--mount", "sh", "-ec"]
    if not shutil.which("unshare") or subprocess.run([*own, "true"], check=False).returncode:
        pytest.skip("this machine lets nobody mount")
    script = f'{mounts}; exec "$@"'
    command = [*own, script, "-", sys.executable, "-m", "proofdeck", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("full", ["build/site", "build/cache/results"])
def test_a_full_disk_is_one_clear_error_and_keeps_what_there_was(tmp_path: Path, full: str) -> None:
    make_course(tmp_path, PRINTS.replace("NUMBER", "1"))
    assert proofdeck(tmp_path, "build", "--to", "deck").returncode == 0
    before = site_files(tmp_path)
    make_course(tmp_path, PRINTS.replace("NUMBER", "2"))
    done = with_mounts(tmp_path, f"mount -t tmpfs -o size=4k none {full}", "build", "--to", "deck")
    assert done.returncode == 1
    assert f"cannot write {full}" in done.stderr
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert site_files(tmp_path) == before
    assert not list(tmp_path.rglob("*.tmp"))
    assert proofdeck(tmp_path, "build", "--to", "deck").returncode == 0


def test_a_folder_that_may_not_be_written_is_one_clear_error(tmp_path: Path) -> None:
    make_course(tmp_path, PRINTS.replace("NUMBER", "1"))
    assert proofdeck(tmp_path, "build", "--to", "deck").returncode == 0
    before = site_files(tmp_path)
    make_course(tmp_path, PRINTS.replace("NUMBER", "2"))
    mounts = "mount --bind build/site build/site; mount -o remount,ro,bind build/site"
    done = with_mounts(tmp_path, mounts, "build", "--to", "deck")
    assert done.returncode == 1
    assert "cannot write build/site/x/index.html" in done.stderr
    assert "Read-only file system" in done.stderr
    assert site_files(tmp_path) == before
