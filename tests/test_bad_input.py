"""What users see when a lecture is at fault, through the real command line."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from helpers import TICKS, fence, make_course, proofdeck, site_files, slide
from proofdeck.build import build
from proofdeck.check import Checked
from proofdeck.config import Config, Options

GOOD = "## Good {#good}\n\nAs it was.\n"


@dataclass(frozen=True)
class Bad:
    """A lecture at fault, and what must be said of it."""

    text: str | bytes
    message: str
    """First line, after `slides/NAME.md:`."""
    contains: str
    """Somewhere in the lines that follow: what to do."""
    files: Mapping[str, str | bytes] = field(default_factory=dict)


RAISES = "x = 1\nif x:\n    raise ValueError('too steep')"
BAD = {
    "raises": Bad(
        slide(fence(RAISES, "echo: false")),
        "7: ValueError: too steep",
        "on slide 'One': raise ValueError('too steep')",
    ),
    "script-raises": Bad(
        slide(fence("", "file: figures/steep.py")),
        "3: figures/steep.py:3: ValueError: too steep",
        "on slide 'One': raise ValueError('too steep')",
        {"figures/steep.py": RAISES},
    ),
    "syntax": Bad(
        slide(fence("x = 1\nfor:", "echo: false")),
        "6: syntax error on slide 'one': invalid syntax",
        "Mend the line.",
    ),
    "script-syntax": Bad(
        slide(fence("", "file: figures/wrong.py")),
        "3: figures/wrong.py:2: syntax error on slide 'one': invalid syntax",
        "Mend the line.",
        {"figures/wrong.py": "\nfor:\n"},
    ),
    "no-script": Bad(
        slide(fence("", "file: figures/none.py")),
        "3: figure script 'figures/none.py' does not exist or is not UTF-8 text",
        "Create it, or mend `#| file:`",
    ),
    "no-data": Bad(
        slide(fence("1", "data: none.csv")),
        "3: data file 'none.csv' does not exist",
        "Put it there, or mend `#| data:`",
    ),
    "tex": Bad(
        slide("$x$", "$$\n\\begin{aligned}\nx &= 1\n\\end{aligned}\n$$", r"$\frac{1}$"),
        "11: TeX does not parse:",
        "Mend the formula.",
    ),
    "second-tex": Bad(
        slide(
            "$$\n\\begin{aligned}\nx &= 1\n\\end{aligned}\n$$",
            "$$\n\\begin{aligned}\nx &= \\nonsense\n\\end{aligned}\n$$",
        ),
        "10: TeX does not parse:",
        "Mend the formula.",
    ),
    "yaml": Bad(
        "---\ntitle: A\nauthor: [Ada\n---\n\n## A\n",
        "3: the front matter is not YAML: expected ',' or ']'",
        "Check indentation",
    ),
    "empty": Bad("---\ntitle: A\n---\n\n", "4: the lecture is empty", "a line `## Title`"),
    "nothing": Bad(b"\n", "1: the lecture is empty", "a line `## Title`"),
    "same-label": Bad(
        slide(fence("1", "label: a"), fence("2", "label: a")),
        "9: label 'a' is taken by the snippet at slides/same-label.md:3",
        "Give each snippet a label of its own.",
    ),
    "citation": Bad(
        "---\nbibliography: all.bib\n---\n\n## A\n\nAs [@known] and @unknown said.\n",
        "7: citation @unknown is not in the bibliography",
        "Add its entry, or mend the key.",
        {"slides/all.bib": "@book{known, title = {T}}\n"},
    ),
    "image": Bad(
        slide("text", "![A picture](none.png)"),
        "5: image 'none.png' does not exist",
        "Put it at slides/none.png, or mend its name.",
    ),
    "bibliography": Bad(
        "---\ntitle: A\nbibliography: none.bib\n---\n\n## A\n",
        "3: bibliography 'none.bib' does not exist",
        "Create slides/none.bib, or mend `bibliography:`",
    ),
    "encoding": Bad(
        "## Größe\n\nna\xefve\n".encode("latin-1"),
        "1: byte 0xf6 is not UTF-8",
        "Save the file with the encoding UTF-8.",
    ),
    "package": Bad(
        slide(fence("1\nimport no_such_package.deep")),
        "5: ModuleNotFoundError: No module named 'no_such_package'",
        "Package 'no_such_package' is not installed: add it to pyproject.toml and `make setup`.",
    ),
    "name": Bad(
        slide("`{python} 1` and", "`{python} undefined_value`"),
        "5: NameError: name 'undefined_value' is not defined",
        "Define the name in a snippet above",
    ),
    "crash": Bad(
        slide(fence("import os\nos._exit(1)")),
        "3: Crash: the snippet ended its process (exit code 1)",
        "Remove what ends the process",
    ),
    "late": Bad(
        slide(fence("import threading\nthreading.Event().wait()", "timeout: 1")),
        "3: Timeout: still running after 1 s",
        "`#| timeout:`",
    ),
    "excerpt": Bad(
        slide(fence("def f(): pass", "show: g")),
        "3: `show` names 'g', which the code does not define",
        "It defines: f.",
    ),
    "magic-excerpt": Bad(
        slide(fence("%time 1\ndef f(): pass", "show: f")),
        "3: `show` cannot be used with IPython's magics",
        "Move the magics into a snippet of their own.",
    ),
    "include": Bad("{{< include none.md >}}\n", "1: slides/none.md cannot be read", "Check the"),
    "figure": Bad(
        slide(fence("import matplotlib.pyplot as plt\nplt.title('$\\\\frac$')\nplt.show()")),
        "3: ValueError:",
        "on slide 'One'",
    ),
}
OTHERS = {
    "good": "## Good {#good}\n\nNew words.\n",
    "warned": slide(fence("'shown'", "ehco: true"), "New words."),
}


@dataclass(frozen=True)
class Outcome:
    """Two builds: one where all lectures were good, then one where most are bad."""

    root: Path
    before: Mapping[str, bytes]
    after: Mapping[str, bytes]
    done: subprocess.CompletedProcess[str]

    @property
    def report(self) -> Any:
        return json.loads((self.root / "build" / "report.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    root = tmp_path_factory.mktemp("bad")
    names = [*BAD, *OTHERS]
    make_course(root, **{f"slides/{name}.md": GOOD for name in names})
    first = proofdeck(root, "build", "--to", "deck")
    assert first.returncode == 0, first.stderr
    before = site_files(root)
    for name, bad in BAD.items():
        make_course(root, **{f"slides/{name}.md": bad.text, **bad.files})
    make_course(root, **{f"slides/{name}.md": text for name, text in OTHERS.items()})
    done = proofdeck(root, "build", "--to", "deck")
    return Outcome(root, before, site_files(root), done)


def of(name: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of one lecture."""
    return {path: data for path, data in files.items() if path.startswith(f"{name}/")}


@pytest.mark.parametrize("name", BAD)
def test_a_fault_is_one_message_that_starts_with_its_place_and_says_what_to_do(
    outcome: Outcome, name: str
) -> None:
    lines = outcome.done.stderr.splitlines()
    place = f"slides/{name}.md:"
    (first,) = [n for n, line in enumerate(lines) if re.match(re.escape(place) + r"\d+: ", line)]
    following = []
    for line in lines[first + 1 :]:
        if not line.startswith("  "):
            break
        following.append(line)
    assert lines[first].startswith(place + BAD[name].message)
    assert BAD[name].contains in "\n".join(following)


@pytest.mark.parametrize("name", BAD)
def test_the_previous_output_of_a_bad_lecture_is_untouched(outcome: Outcome, name: str) -> None:
    assert of(name, outcome.after) == of(name, outcome.before)
    assert f"{name}/index.html" in outcome.after


@pytest.mark.parametrize("name", OTHERS)
def test_the_other_lectures_are_built(outcome: Outcome, name: str) -> None:
    assert b"New words." in outcome.after[f"{name}/index.html"]


def test_the_exit_code_is_1(outcome: Outcome) -> None:
    assert outcome.done.returncode == 1


def test_no_traceback_of_ours_and_no_path_of_this_machine_is_shown(outcome: Outcome) -> None:
    said = outcome.done.stdout + outcome.done.stderr
    assert "Traceback" not in said
    assert str(outcome.root) not in said
    assert "site-packages" not in said


def test_the_report_has_an_account_of_every_lecture(outcome: Outcome) -> None:
    errors = {lecture["name"]: lecture["errors"] for lecture in outcome.report["lectures"]}
    assert sorted(errors) == sorted([*BAD, *OTHERS])
    assert {name for name, found in errors.items() if not found} == set(OTHERS)
    assert all(
        found[0].startswith(f"slides/{name}.md:{BAD[name].message}")
        for name, found in errors.items()
        if found
    )


def test_an_unknown_option_is_a_warning_with_the_nearest_known_one(outcome: Outcome) -> None:
    warning = "slides/warned.md:3: warning: unknown option 'ehco'; did you mean 'echo'?"
    assert warning in outcome.done.stderr.splitlines()
    (lecture,) = [one for one in outcome.report["lectures"] if one["name"] == "warned"]
    assert (lecture["errors"], lecture["warnings"]) == ([], [warning])


def test_the_course_page_keeps_its_cards(outcome: Outcome) -> None:
    page = outcome.after["index.html"].decode()
    assert [name for name in [*BAD, *OTHERS] if f'href="{name}/index.html"' not in page] == []


def test_a_fault_of_proofdeck_fails_its_lecture_only_and_its_traceback_goes_to_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make_course(tmp_path, GOOD, **{"slides/y.md": GOOD})

    def broken(config: Config, checked: Checked, *_: object) -> dict[str, bytes]:
        if checked.lecture.name == "x":
            raise ZeroDivisionError("ours")
        return {"index.html": b"built"}

    monkeypatch.setattr("proofdeck.documents.render_documents", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with patch.dict(os.environ):
        outcome = build(config, ["slides/x.md", "slides/y.md"], Options(), lambda *_: None)
    x, y = outcome.lectures
    (kept,) = tmp_path.glob("proofdeck-*.txt")
    assert x.errors == (
        "slides/x.md:1: proofdeck itself failed; this is not your lecture's fault\n"
        f"  Report {kept}.",
    )
    assert "ZeroDivisionError: ours" in kept.read_text()
    assert (y.errors, site_files(tmp_path)["y/index.html"]) == ((), b"built")


def test_a_mended_lecture_is_built_again(outcome: Outcome, tmp_path: Path) -> None:
    make_course(tmp_path, slide(fence("1 / 0")))
    assert proofdeck(tmp_path, "build", "--to", "deck").returncode == 1
    make_course(tmp_path, slide(fence("'mended'")))
    assert proofdeck(tmp_path, "build", "--to", "deck").returncode == 0
    assert b"mended" in site_files(tmp_path)["x/index.html"]


def test_a_formula_that_does_not_parse_is_told_before_anything_runs(tmp_path: Path) -> None:
    make_course(tmp_path, slide(r"$\frac{1}$", fence("open('ran', 'w').close()")))
    assert "TeX does not parse" in proofdeck(tmp_path, "build").stderr
    assert not (tmp_path / "ran").exists()


def test_a_formula_that_only_print_cannot_set_is_told_at_its_line(tmp_path: Path) -> None:
    make_course(tmp_path, slide("fine", r"$\htmlClass{a}{x}$"))
    done = proofdeck(tmp_path, "build")
    assert done.returncode == 1
    assert "slides/x.md:5: TeX does not parse" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("pyproject", "message"),
    [
        ("[tool.proofdeck\n", "pyproject.toml:1: "),
        ("[tool.proofdeck]\ntitel = 1\n", "pyproject.toml:1: [tool.proofdeck] has an unknown key"),
    ],
)
def test_settings_that_cannot_be_read_are_a_usage_error(
    tmp_path: Path, pyproject: str, message: str
) -> None:
    make_course(tmp_path, GOOD)
    (tmp_path / "pyproject.toml").write_text(pyproject)
    done = proofdeck(tmp_path, "build")
    assert (done.returncode, done.stderr.startswith(message)) == (2, True), done.stderr
    assert "Traceback" not in done.stderr


WAITING = slide(
    "New words.",
    fence("open('waiting', 'w').close()\nopen('go').read()"),
)


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)]
)
def test_a_build_that_is_killed_leaves_the_last_good_site(
    tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    make_course(tmp_path, GOOD)
    assert proofdeck(tmp_path, "build", "--to", "deck").returncode == 0
    before = site_files(tmp_path)
    make_course(tmp_path, WAITING)
    for name in ("waiting", "go"):
        os.mkfifo(tmp_path / name)
    command = [sys.executable, "-m", "proofdeck", "build", "--to", "deck"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as build:
        (tmp_path / "waiting").read_text()  # until the snippet runs
        build.send_signal(sent)
        _, said = build.communicate(timeout=60)
    assert build.returncode == code
    assert "Traceback" not in said
    assert site_files(tmp_path) == before


def test_a_message_on_one_lecture_does_not_hide_another_of_the_same_lecture(tmp_path: Path) -> None:
    make_course(tmp_path, slide(fence("1 / 0"), fence("print(unknown)"), f"{TICKS}r\n1\n{TICKS}"))
    done = proofdeck(tmp_path, "check")
    assert [line for line in done.stderr.splitlines() if line.startswith("slides/x.md")] == [
        "slides/x.md:4: ZeroDivisionError: division by zero",
        "slides/x.md:9: NameError: name 'unknown' is not defined",
    ]
