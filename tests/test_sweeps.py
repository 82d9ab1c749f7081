"""Figures with a dial: what a sweep runs, what claims over it say, what readers get of it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from threading import Semaphore
from typing import Any
from unittest.mock import patch
from xml.etree import ElementTree

import pytest

from helpers import fence, make_course, proofdeck, read, read_errors, slide
from proofdeck.cache import Cache
from proofdeck.check import Checked, check
from proofdeck.dial import loop
from proofdeck.execute import Workers
from proofdeck.model import Frame, Snippet
from proofdeck.output import Display
from proofdeck.parse import parse
from proofdeck.sweeps import code_for, said, sweep_of
from proofdeck.views import begin

PLOT = "import matplotlib.pyplot as plt\nplt.plot([0, n], [0, n**2])\nplt.show()"


def swept(code: str, sweep: str = "{n: [1, 2, 3]}", *more: str) -> str:
    return fence(code, "label: s", f"sweep: {sweep}", *more)


def claim(check: str, **attributes: object) -> str:
    pairs = " ".join(f'{k}="{v}"' for k, v in {"sweep": "s", **attributes}.items())
    return f'::: {{.claim check="{check}" {pairs}}}\nSo it is.\n:::\n'


def checked(root: Path, *parts: str, ran: list[str] | None = None, **files: str) -> Checked:
    """A lecture of one slide, run with its frames; `ran` takes the names of those that did run."""
    config = make_course(root, slide(*parts), **files)
    lecture = parse(config, "slides/x.md")

    def progress(_: str, event: str, __: object) -> None:
        if ran is not None and ": ran " in event:
            ran.append(event.partition(": ran ")[2])

    with patch.dict(os.environ):
        workers = Workers(config, Cache(config.cache), progress, Semaphore(2))
        return check(workers, begin(workers, lecture), fast=False)


def texts(frames: tuple[Frame, ...]) -> dict[str, str]:
    return {
        said(frame.chosen): "".join(getattr(o, "text", "") for o in frame.result.outputs).strip()
        for frame in frames
    }


def ticks(frame: Frame) -> list[str]:
    """What stands at the ticks of a frame's figure, as Matplotlib notes it in comments."""
    (svg,) = (o.data["image/svg+xml"] for o in frame.result.outputs if isinstance(o, Display))
    return re.findall(r"<!-- (.*?) -->", str(svg))


# What is swept ------------------------------------------------------------------------------------


def test_a_sweep_runs_the_snippet_for_each_combination(tmp_path: Path) -> None:
    done = checked(
        tmp_path,
        fence("import math\nbase = 10\ndef power(n):\n    return base**n"),
        swept(
            "n = 2\nkind = 'minus'\nsign = -1 if kind == 'minus' else 1\nprint(sign * power(n))",
            "{n: [3, 2], kind: [plus, minus]}",
        ),
        fence("print(n, kind, sign)"),
    )
    assert done.errors == {}
    assert texts(done.run.frames["s"]) == {
        "n = 2, kind = plus": "100",
        "n = 2, kind = minus": "-100",
        "n = 3, kind = plus": "1000",
        "n = 3, kind = minus": "-1000",
    }
    # What the snippet itself says is what the lecture goes on with.
    assert [o.text for o in done.run.results["one-3"].outputs] == ["2 minus -1\n"]  # type: ignore[union-attr]


def test_a_frame_draws_the_random_numbers_of_its_snippet(tmp_path: Path) -> None:
    done = checked(
        tmp_path,
        swept("import random\nn = 1\nprint(random.random())"),
    )
    found = texts(done.run.frames["s"])
    assert len(set(found.values())) == 1
    assert found["n = 1"] == done.run.results["s"].outputs[0].text.strip()  # type: ignore[union-attr]


def test_frames_are_kept_one_by_one(tmp_path: Path) -> None:
    ran: list[str] = []
    checked(tmp_path, swept("n = 1\nprint(n)"), ran=ran)
    assert set(ran) == {"n = 1", "n = 2", "n = 3"}
    ran.clear()
    checked(tmp_path, swept("n = 1\nprint(n)", "{n: [1, 2, 3, 4]}"), ran=ran)
    assert set(ran) == {"n = 4"}
    ran.clear()
    checked(tmp_path, "Prose.", swept("n = 1\nprint(n)", "{n: [1, 2, 3, 4]}"), ran=ran)
    assert ran == []


def snippet(root: Path, code: str, sweep: str) -> Snippet:
    return read(root, slide(swept(code, sweep))).snippets[0]


def test_only_the_parameter_s_own_assignment_changes(tmp_path: Path) -> None:
    code = 'word = "é"; n = 1.0  # n = 1.0\nkeep: bool = False\nif n:\n    n = n + 1'
    found = snippet(tmp_path, code, "{n: [1, 1e-3, .inf], keep: [off, on], word: [é, b]}")
    assert sweep_of(found).start == (("n", 1), ("keep", False), ("word", "é"))
    changed = code_for(found, (("n", float("inf")), ("keep", True), ("word", "b")))
    assert changed.splitlines()[:2] == [
        "word = 'b'; n = float(\"inf\")  # n = 1.0",
        "keep: bool = True",
    ]
    assert code_for(found, sweep_of(found).start) == code


def test_sliders_ascend_and_words_keep_their_order(tmp_path: Path) -> None:
    found = sweep_of(snippet(tmp_path, "n = 5\nw = 'z'", "{n: [5, 1e-1, 2], w: [z, a]}"))
    assert dict(found.values) == {"n": (0.1, 2, 5), "w": ("z", "a")}


@pytest.mark.parametrize(
    ("code", "sweep", "message"),
    [
        ("n = 1", "[1, 2]", "`sweep` names no parameters with their values"),
        ("n = 1", "{n: [1]}", "'n' in `sweep` has a single value"),
        ("n = 1", "{n: [1, 1]}", "the values of 'n' in `sweep` are not different numbers or words"),
        ("n = 1", "{n: [1, [2]]}", "the values of 'n' in `sweep` are not different numbers or"),
        ("n = 1", "{my n: [1, 2]}", "'my n' in `sweep` is no name of Python's"),
        ("print(2)", "{n: [1, 2]}", "the swept snippet does not say a value of 'n'"),
        ("if True:\n    n = 1", "{n: [1, 2]}", "the swept snippet does not say a value of 'n'"),
        ("n = 1\nn = 2", "{n: [1, 2]}", "the swept snippet does not say a value of 'n'"),
        ("n = 3", "{n: [1, 2]}", "the swept snippet says `n = 3`, which `sweep` does not list"),
        ("n = len('a')", "{n: [1, 2]}", "the swept snippet says `n = len('a')`, which `sweep`"),
        ("n = 0", f"{{n: {list(range(101))}}}", "the sweep has 101 frames"),
    ],
)
def test_a_sweep_that_cannot_be_made_is_an_error(
    tmp_path: Path, code: str, sweep: str, message: str
) -> None:
    (error,) = read_errors(tmp_path, slide(swept(code, sweep)))
    assert error.startswith(f"slides/x.md:3: {message}")


def test_a_choice_for_print_that_is_not_swept_is_an_error(tmp_path: Path) -> None:
    (error,) = read_errors(tmp_path, slide(swept("n = 1", "{n: [1, 2]}", "sweep-print: {n: [3]}")))
    assert error.startswith("slides/x.md:3: `sweep-print` names n: 3, which `sweep` does not list")


# What a frame starts from -------------------------------------------------------------------------


def test_an_object_from_above_is_an_error_that_names_it(tmp_path: Path) -> None:
    done = checked(
        tmp_path,
        fence("import random\ndraw = random.Random(1)", "label: make"),
        swept("n = 1\nprint(draw.random() * n)"),
    )
    (error,) = map(str, done.errors.values())
    assert error.startswith(
        "slides/x.md:10: the swept snippet cannot run in frames: it reads `draw`"
    )
    assert "left by 'make' (slides/x.md:3): an object" in error
    assert "Make it in the swept snippet" in error


def test_a_frame_has_definitions_settings_and_plain_values(tmp_path: Path) -> None:
    done = checked(
        tmp_path,
        fence("import numpy as np\nnp.set_printoptions(precision=1)\nrows = np.ones(2) / 3"),
        fence("import tools\nrest = [tools.twice(4)]"),
        swept("n = 1\nprint(rows * n, rest, tools.twice(n))"),
        **{"figures/tools.py": "def twice(x):\n    return 2 * x\n"},
    )
    assert done.errors == {}
    assert texts(done.run.frames["s"])["n = 3"] == "[1. 1.] [8] 6"


def test_a_frame_has_settings_that_were_made_in_the_midst_of_other_code(tmp_path: Path) -> None:
    done = checked(
        tmp_path,
        fence(
            "import numpy as np\nfor digits in (3, 1):\n    np.set_printoptions(precision=digits)"
        ),
        swept("n = 1\nprint(np.ones(1) * n / 3)"),
    )
    assert done.errors == {}
    assert texts(done.run.frames["s"])["n = 1"] == "[0.3]"


@pytest.mark.parametrize("code", ["n = 1\nexec('m = n')", "n = 1\nprint(globals()['n'])"])
def test_code_that_does_not_tell_what_it_reads_is_an_error(tmp_path: Path, code: str) -> None:
    (error,) = map(str, checked(tmp_path, swept(code)).errors.values())
    assert "its code does not tell what it reads" in error


def test_a_swept_snippet_writes_no_files(tmp_path: Path) -> None:
    code = "n = 1\nwith open('note.txt', 'w') as file:\n    file.write(str(n))"
    (error,) = map(str, checked(tmp_path, swept(code)).errors.values())
    assert "it writes note.txt, and frames run side by side" in error


def test_a_frame_that_fails_says_with_which_values(tmp_path: Path) -> None:
    done = checked(tmp_path, swept("n = 1\nprint(1 / (n - 2))"))
    (error,) = map(str, done.errors.values())
    assert error.startswith("slides/x.md:7: with n = 2: ZeroDivisionError: division by zero")


# Axes ---------------------------------------------------------------------------------------------


def test_axes_are_the_same_in_all_frames(tmp_path: Path) -> None:
    one, two, three = checked(tmp_path, swept(f"n = 1\n{PLOT}")).run.frames["s"]
    assert ticks(one) == ticks(two) == ticks(three)
    assert {"3.0", "8"} <= set(ticks(one))


def test_limits_that_the_author_sets_stay(tmp_path: Path) -> None:
    code = f"n = 1\n{PLOT}".replace("plt.show()", "plt.ylim(0, 5)\nplt.show()")
    one, _, three = checked(tmp_path, swept(code)).run.frames["s"]
    assert ticks(one) == ticks(three)
    assert "5" in ticks(one)
    assert "8" not in ticks(one)


SET = "plt.axis([0, 1, 0, 9])\nplt.show()"


@pytest.mark.parametrize(
    ("code", "times"),
    [(PLOT, 2), (PLOT.replace("plt.show()", SET), 1), ("print(n)", 1)],
    ids=["limits to be found", "limits set", "no figure"],
)
def test_a_frame_runs_twice_only_to_find_limits(tmp_path: Path, code: str, times: int) -> None:
    ran: list[str] = []
    checked(tmp_path, swept(f"n = 1\n{code}"), ran=ran)
    assert ran.count("n = 3") == times


def test_limits_that_only_some_frames_set_are_found_for_the_others(tmp_path: Path) -> None:
    code = PLOT.replace("plt.show()", "if n == 1:\n    plt.axis([0, 1, 0, 9])\nplt.show()")
    _, two, three = checked(tmp_path, swept(f"n = 1\n{code}")).run.frames["s"]
    assert ticks(two) == ticks(three)
    assert "8" in ticks(two)


def test_limits_that_the_author_moves_are_told(tmp_path: Path) -> None:
    code = f"n = 1\n{PLOT}".replace("plt.show()", "plt.ylim(bottom=0)\nplt.show()")
    (notice,) = checked(tmp_path, swept(code)).swept.notices
    assert notice.startswith(
        "slides/x.md:3: warning: the limits that the snippet sets for y differ between frames"
    )


def test_pictures_of_all_frames_have_one_size(tmp_path: Path) -> None:
    code = f"n = 1\n{PLOT}".replace("plt.show()", "plt.title('long ' * n)\nplt.show()")
    frames = checked(tmp_path, swept(code)).run.frames["s"]
    shown = [o for frame in frames for o in frame.result.outputs if isinstance(o, Display)]
    boxes = {ElementTree.fromstring(str(o.data["image/svg+xml"])).get("viewBox") for o in shown}
    assert len(boxes) == 1


# Claims over a sweep ------------------------------------------------------------------------------


def test_a_claim_ranges_over_the_frames(tmp_path: Path) -> None:
    done = checked(
        tmp_path,
        swept("n = 1\ny = n**2"),
        claim("y >= n", show="y"),
        claim("y > n", where="n > 1"),
        claim("y == n", expect="fails", where="n >= 2"),
    )
    assert [j.badge for j in done.judgements.values()] == [
        "holds in 3 of 3 frames · median 4 (1 to 9)",
        "holds in 2 of 2 frames (n > 1)",
        "fails in 2 of 2 frames (n >= 2)",
    ]
    assert done.errors == {}


def test_a_claim_that_one_frame_contradicts_is_an_error_that_names_it(tmp_path: Path) -> None:
    done = checked(tmp_path, swept("n = 1\ny = n**2"), claim("y > n"))
    (error,) = map(str, done.errors.values())
    assert "holds only in 2 of 3 frames" in error
    assert "not with n = 1" in error
    assert "y = 1" in error


def test_a_claim_without_a_frame_is_an_error(tmp_path: Path) -> None:
    done = checked(tmp_path, swept("n = 1\ny = n**2"), claim("y > n", where="n > 9"))
    (error,) = map(str, done.errors.values())
    assert "no frame of 's' has n > 9" in error


def test_a_claim_over_a_sweep_reads_what_no_frame_changes(tmp_path: Path) -> None:
    done = checked(
        tmp_path,
        fence("bound = 2"),
        swept("n = 1\ny = n**2"),
        fence("half = y / 2"),
        fence("other = 1"),
        claim("y >= bound - other"),
        claim("half > 0"),
    )
    (error,) = map(str, done.errors.values())
    assert "it reads `half`, which 'one-3' (slides/x.md:16) makes below the sweep" in error


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"sweep": "t"}, "the claim ranges over 't', which no swept snippet above it is called"),
        ({"seeds": 3}, "a claim over a sweep is made in each frame once"),
        ({"at-least": "50%"}, "a claim over a sweep is made in each frame once"),
        ({"sweep": "", "where": "n > 1"}, "where= chooses frames, and the claim has no sweep="),
    ],
)
def test_a_claim_that_cannot_range_is_an_error(
    tmp_path: Path, attributes: Mapping[str, Any], message: str
) -> None:
    (error,) = read_errors(tmp_path, slide(swept("n = 1\ny = n"), claim("y > 0", **attributes)))
    assert message in error


# Documents ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built lecture with a dial of two parameters."""
    root = tmp_path_factory.mktemp("dial")
    code = f"n = 2\nkind = 'a'\n{PLOT}"
    options = "sweep-print: {n: [1, 3]}", 'fig-alt: "A line to {n}."', 'fig-cap: "Squares."'
    make_course(root, slide(swept(code, "{n: [1, 2, 3], kind: [a, b]}", *options)))
    done = proofdeck(root, "build")
    assert done.returncode == 0, done.stdout + done.stderr
    return root / "build" / "site" / "x"


def test_a_deck_has_each_frame_light_and_dark_with_its_alt_text(site: Path) -> None:
    html = (site / "index.html").read_text("utf-8")
    frames = re.findall(r'<div class="frame"(.*?)>(.*?)</div>\s*</div>', html, re.DOTALL)
    assert [bool("hidden" in head) for head, _ in frames] == [True, True, False, True, True, True]
    alts = [re.findall(r'alt="(.*?)"', body) for _, body in frames]
    assert alts == [[f"A line to {n}."] * 2 for n in (1, 1, 2, 2, 3, 3)]
    for source in re.findall(r'<img src="(figures/.*?)"', html):
        assert (site / source).is_file()
    assert html.count("Squares.") == 1


def test_the_notebook_has_the_snippet_and_a_loop_before_it(site: Path) -> None:
    cells = json.loads((site / "x-instructor.ipynb").read_text("utf-8"))["cells"]
    looped, own = (cell for cell in cells if "plt.plot" in "".join(cell["source"]))
    assert "".join(looped["source"]).splitlines()[1:3] == [
        "for n, kind in [(1, 'a'), (3, 'a')]:",
        "    import matplotlib.pyplot as plt",
    ]
    assert len(looped["outputs"]) == 2
    assert "".join(own["source"]).splitlines()[:2] == ["n = 2", "kind = 'a'"]
    names: dict[str, Any] = {}
    exec("".join(looped["source"]).replace("plt.show()", "shown.append(n)"), {"shown": []}, names)
    assert names["n"] == 3


def test_a_snippet_that_is_nothing_but_its_parameter_has_a_loop_too(tmp_path: Path) -> None:
    lecture = read(tmp_path, slide(swept("n = 1", "{n: [1, 2]}")))
    assert loop(lecture.snippets[0], "") == "for n in [1, 2]:\n    pass"


def test_a_frame_has_its_functions_also_where_a_setting_is_another_in_each_process(
    tmp_path: Path,
) -> None:
    """Where what runs again for a setting does not find what it expects, the rest is still made."""
    functions = fence(
        "import os\n\n\ndef text(x):\n    return str(x)\n\n\ndef double(x):\n    return 2 * x"
    )
    setting = fence("for name in ['A']:\n    os.environ[name] = str(os.getpid())")
    below = fence("for name in ['B']:\n    os.environ[name] = text(2)")
    done = checked(tmp_path, functions, setting, below, swept(f"n = 1\nd = double(n)\n{PLOT}"))
    assert not done.errors
    assert len(done.run.frames["s"]) == 3
