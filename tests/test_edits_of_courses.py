"""Edits of what lies around a lecture, between builds of its whole course."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from unittest.mock import patch

import pytest

from helpers import fence, make_course, slide
from proofdeck.build import build, find_lectures
from proofdeck.config import Options
from proofdeck.report import LectureReport

DOCUMENTS = frozenset({"notebook"})


def built(root: Path, text: str, files: Mapping[str, str]) -> LectureReport:
    """What a build says of a lecture, in a course that has these files and no others."""
    lasting = {root / "slides/x.md", root / "pyproject.toml", *(root / name for name in files)}
    for file in [*root.rglob("*")]:
        inside = "build" in file.parts or file.suffix == ".out"
        if file.is_file() and file not in lasting and not inside:
            file.unlink()
    config = make_course(root, text, **files)
    with patch.dict(os.environ):
        options = Options(documents=DOCUMENTS, jobs=1)
        (report,) = build(config, find_lectures(config), options, lambda *_: None).lectures
    assert not report.errors, report.errors
    return report


def values(report: LectureReport) -> list[str]:
    return [value["value"] for value in report.values]


VALUE = "It says `{python} %s`."
ASKS = {
    "a value": ("1;", "open('n.txt').read()"),
    "a function": ("def n():\n    return open('n.txt').read()", "n()"),
    "a module's function": ("from tools import n", "n()"),
    "a folder": ("import glob", "len(glob.glob('d/*'))"),
}
TOOLS = {"figures/tools.py": "def n():\n    return open('n.txt').read()\n"}


@pytest.mark.parametrize("way", ASKS)
def test_a_value_that_reads_a_file_is_new_where_the_file_is(tmp_path: Path, way: str) -> None:
    code, asked = ASKS[way]
    text = slide(fence(code), VALUE % asked)
    first = built(tmp_path, text, {**TOOLS, "n.txt": "1", "d/1": ""})
    other = built(tmp_path, text, {**TOOLS, "n.txt": "2", "d/1": "", "d/2": ""})
    assert (values(first), values(other)) == (["1"], ["2"])


def test_a_claim_that_reads_a_file_is_judged_anew_where_the_file_is(tmp_path: Path) -> None:
    claim = '::: {.claim check="k < int(open(\'n.txt\').read())" show="k"}\nIt is.\n:::'
    text = slide(fence("k = 1"), claim)
    built(tmp_path, text, {"n.txt": "3"})
    with pytest.raises(AssertionError, match="It is"):
        built(tmp_path, text, {"n.txt": "0"})


def test_a_value_reads_a_file_as_the_snippet_above_wrote_it(tmp_path: Path) -> None:
    def said(n: int) -> list[str]:
        write = fence(f"_ = open('w.out', 'w').write('{n}')")
        return values(built(tmp_path, slide(write, VALUE % "open('w.out').read()"), {}))

    assert [said(n) for n in (1, 2, 1)] == [["1"], ["2"], ["1"]]
    text = "open('w.out').read() + '!'"  # the file is still that of another build
    write = fence("_ = open('w.out', 'w').write('2')")
    assert values(built(tmp_path, slide(write, VALUE % text), {})) == ["2!"]


SWEPT = ("sweep: {k: [1, 2, 3]}", "label: swept")


def test_frames_read_a_file_as_the_snippet_above_wrote_it_after_an_undo(tmp_path: Path) -> None:
    def shown(n: int, more: str = "") -> str:
        write = fence(f"a = {n}\nfor i in '123':\n    _ = open(i + '.out', 'w').write(str(a))")
        read = fence(f"k = 1\nprint('read', open(f'{{k}}.out').read()){more}", *SWEPT)
        built(tmp_path, slide(write, read), {})
        return (tmp_path / "build/site/x/x-student.ipynb").read_text()

    first, _ = shown(1), shown(2)
    assert shown(1) == first
    assert shown(2, "\n3;")
    assert "read 1" not in shown(2, "\n3;")


def test_a_seeded_claim_runs_what_wrote_the_file_that_it_depends_on(tmp_path: Path) -> None:
    claim = '::: {.claim check="0 < v < 1" show="v" seeds=8}\nIt varies.\n:::'
    draw = "import numpy as np\n_ = open('w.out', 'w').write(str(np.random.rand()))"
    read = "v = float(open('w.out').read())"
    report = built(tmp_path, slide(fence(draw), fence(read), claim, VALUE % "v"), {})
    (judged,) = report.claims
    assert judged["low"] < judged["median"] < judged["high"]
    assert [(tmp_path / "w.out").read_text()] == values(report)  # as the lecture's own seed has it


ADDED = {
    "in vain": (
        "try:\n    import extra\nexcept ImportError:\n    extra = None",
        "getattr(extra, 'v', 1)",
        {},
        {"figures/extra.py": "v = 2\n"},
    ),
    "by a module in vain": (
        "import tools",
        "tools.v",
        {"figures/tools.py": "try:\n    from extra import v\nexcept ImportError:\n    v = 1\n"},
        {"figures/extra.py": "v = 2\n"},
    ),
    "beside": (
        "import tools",
        "tools.v",
        {"figures/tools.py": "v = 1\n"},
        {"figures/tools/__init__.py": "v = 2\n"},
    ),
    "the standard library's": (
        "import tabnanny",
        "getattr(tabnanny, 'v', 1)",
        {},
        {"figures/tabnanny.py": "v = 2\n"},
    ),
}


@pytest.mark.parametrize("way", ADDED)
def test_a_module_that_is_added_counts_where_it_is_found_first(tmp_path: Path, way: str) -> None:
    code, asked, files, more = ADDED[way]
    text = slide(fence(code), VALUE % asked)
    said = [values(built(tmp_path, text, each)) for each in (files, {**files, **more}, files)]
    assert said == [["1"], ["2"], ["1"]]


def test_a_file_that_only_a_further_seed_reads_counts_too(tmp_path: Path) -> None:
    draw = fence("import numpy as np\nv = np.random.rand()")
    (own,) = values(built(tmp_path, slide(draw, VALUE % "v"), {}))
    read = fence(f"w = 0 if abs(v - {own}) < 1e-9 else float(open('n.txt').read())")
    claim = '::: {.claim check="w < 9" show="w" seeds=3}\nIt varies.\n:::'
    text = slide(draw, read, claim)
    for n in (1, 2):
        assert built(tmp_path, text, {"n.txt": str(n)}).claims[0]["high"] == n


def test_a_file_that_only_a_claim_over_frames_reads_counts_too(tmp_path: Path) -> None:
    swept = fence("k = 1\nprint(k)", "sweep: {k: [1, 2]}", "label: swept")
    check = "k < 2 or int(open('n.txt').read()) > 1"
    text = slide(swept, f'::: {{.claim check="{check}" sweep=swept}}\nIt is.\n:::')
    built(tmp_path, text, {"n.txt": "2"})
    with pytest.raises(AssertionError, match="It is"):
        built(tmp_path, text, {"n.txt": "1"})


KINDS = {
    "os.path.isdir": "__import__('os').path.isdir('d')",
    "os.path.exists": "__import__('os').path.exists('d/a')",
    "is_dir": "__import__('pathlib').Path('d').is_dir()",
}


@pytest.mark.parametrize("way", KINDS)
def test_what_asks_for_a_folder_is_new_where_it_is_a_file_or_gone(tmp_path: Path, way: str) -> None:
    text = slide(fence(f"print({KINDS[way]})"), VALUE % KINDS[way])
    files: list[dict[str, str]] = [{"d/a/1": ""}, {"d": ""}, {"d/a/1": ""}, {}]
    said = []
    for each in files:
        shutil.rmtree(tmp_path / "d", ignore_errors=True)
        said += values(built(tmp_path, text, each))
    assert said == ["True", "False", "True", "False"]


def test_a_folder_that_a_snippet_made_is_there_for_those_below(tmp_path: Path) -> None:
    make = fence("import os\nos.makedirs('d', exist_ok=True)")
    for more in ("", " or 2"):
        shutil.rmtree(tmp_path / "d", ignore_errors=True)
        asks = f"os.path.isdir('d'){more}"
        assert values(built(tmp_path, slide(make, VALUE % asks), {})) == ["True"]


FOUND = {
    "find_spec": ("import importlib.util", "int(importlib.util.find_spec('extra') is not None)"),
    "import_module": ("import tools", "tools.get('extra')"),
}
GET = """import importlib
def get(name):
    try:
        return importlib.import_module(name).v
    except ImportError:
        return 0
"""


@pytest.mark.parametrize("way", FOUND)
def test_a_module_that_is_looked_for_by_its_name_counts(tmp_path: Path, way: str) -> None:
    code, asks = FOUND[way]
    tools = {"figures/tools.py": GET}
    text = slide(fence(code), VALUE % asks)
    said = [
        values(built(tmp_path, text, {**tools, **more}))
        for more in ({}, {"figures/extra.py": "v = 1\n"}, {})
    ]
    assert said == [["0"], ["1"], ["0"]]


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("import p.c", "Package 'p' has no module 'c'"),
        ("from figures.mod import f", "are imported by their own names: `from mod import f`"),
        ("import nowhere.at.all", "Package 'nowhere' is not installed"),
    ],
)
def test_a_module_that_is_missing_is_told_with_what_to_do(
    tmp_path: Path, code: str, hint: str
) -> None:
    files = {"figures/p/__init__.py": "", "figures/mod.py": ""}
    with pytest.raises(AssertionError, match=re.escape(hint)):
        built(tmp_path, slide(fence(code)), files)
