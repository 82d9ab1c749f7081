"""After an edit: which steps run, and the reason that is given for each."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from threading import Semaphore
from unittest.mock import patch

import pytest

from helpers import fence, make_course, proofdeck, slide
from proofdeck.cache import Cache
from proofdeck.execute import Workers
from proofdeck.explain import Trace, keep_account
from proofdeck.parse import parse
from proofdeck.plan import Inputs
from proofdeck.supervise import Session

SETUP = fence(
    "import random\n\nimport matplotlib.pyplot as plt\nfrom tools import scale", "label: setup"
)
DATA = fence("rows = open('data.txt').read().split()\ncount = len(rows)", "label: data")
TRAIN = fence("def loss(w):\n    return scale(w) + count\n\n\nw = random.random()", "label: train")
PLOT = fence("plt.plot([w, loss(w)])\nplt.gca().set_title(f'{count} rows');", "label: plot")
CLAIM = '::: {.claim check="count > 1"}\nThere are rows.\n:::'
TEXT = slide("Prose.", SETUP, DATA, TRAIN, PLOT, CLAIM)
FILES = {
    "data.txt": "1 2 3",
    "figures/tools.py": "def scale(x):\n    return 2 * x\n",
}


def reasons(root: Path, text: str, **files: str) -> Mapping[str, str]:
    """Why steps ran, by id; those that were reused are not in it."""
    config = make_course(root, text, **{**FILES, **files})
    with patch.dict(os.environ):
        workers = Workers(config, Cache(config.cache), lambda *_: None, Semaphore(1))
        run = workers.begin(parse(config, "slides/x.md"))
        run.go()
        keep_account(workers.cache, run.lecture, run.account)
    assert not any(result.failure for result in run.results.values())
    return run.reasons


EDITS: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
    "prose": (TEXT.replace("Prose.", "Other prose."), {}, {}),
    "what is shown": (TEXT.replace("#| label: plot", "#| label: plot\n#| echo: false"), {}, {}),
    "a comment": (
        TEXT.replace("count = len(rows)", "count = len(rows)  # lines"),
        {},
        {"data": "its code is new in line 17 of slides/x.md"},
    ),
    "another plot": (
        TEXT.replace("rows')", "lines')"),
        {},
        {"plot": "its code is new in line 34 of slides/x.md"},
    ),
    "a line above": (
        TEXT.replace("count = len(rows)", "count = len(rows) + 1"),
        {},
        {
            "data": "its code is new in line 17 of slides/x.md",
            "plot": "`count` is another, left by 'data'",
            "one-claim-1": "`count` is another, left by 'data'",
        },
    ),
    "a function": (
        TEXT.replace("scale(w) + count", "scale(w) - count"),
        {},
        {
            "train": "its code is new in line 24 of slides/x.md",
            "plot": "`loss` is another, left by 'train'",
        },
    ),
    "a data file that counts the same": (
        TEXT,
        {"data.txt": "4 5 6"},
        {"data": "the file data.txt is new"},
    ),
    "a module": (
        TEXT,
        {"figures/tools.py": "def scale(x):\n    return 3 * x\n"},
        {
            "setup": "a module of the course that it imports is new; "
            "the file figures/tools.py is new",
            "plot": "`scale` is another, left by 'setup'",
        },
    ),
    "the seed": (
        "---\nseed: 5\n---\n" + TEXT,
        {},
        {
            "train": "it draws random numbers and the lecture's seed is new",
            "plot": "`w` is another, left by 'train'",
        },
    ),
    "a claim": (
        TEXT.replace("count > 1", "count > 2"),
        {},
        {"one-claim-1": "its code is new in line 38 of slides/x.md"},
    ),
    "a setting": (
        TEXT.replace("import scale\n", "import scale\n\nplt.rcParams['lines.linewidth'] = 3\n"),
        {},
        {
            "setup": "its code is new in line 11 of slides/x.md",
            "data": "settings are new (rcParams lines.linewidth)",
            "train": "settings are new (rcParams lines.linewidth)",
            "plot": "settings are new (rcParams lines.linewidth)",
            "one-claim-1": "settings are new (rcParams lines.linewidth)",
        },
    ),
    "an insertion": (
        TEXT.replace(PLOT, fence("more = count + 1", "label: more") + "\n" + PLOT),
        {},
        {"more": "it is new"},
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_only_what_depends_on_an_edit_runs_and_the_reason_is_told(
    tmp_path: Path, edit: str
) -> None:
    text, files, expected = EDITS[edit]
    reasons(tmp_path, TEXT)
    assert reasons(tmp_path, text, **files) == {
        id: f"ran: {reason}" for id, reason in expected.items()
    }


def test_nothing_runs_where_nothing_is_new(tmp_path: Path) -> None:
    assert set(reasons(tmp_path, TEXT)) == {"setup", "data", "train", "plot", "one-claim-1"}
    assert reasons(tmp_path, TEXT) == {}


LOG = fence("_ = open('log.txt', 'a').write('.')", "label: log")


def test_what_runs_again_though_nothing_is_new_says_why(tmp_path: Path) -> None:
    text = slide(LOG, fence("print(1)", "label: one"))
    for _ in range(2):
        found = reasons(tmp_path, text)
    assert found == {"log": "ran: it changes log.txt, on which it depends"}
    shutil.rmtree(tmp_path / "build/cache/results")
    assert reasons(tmp_path, text)["one"] == "ran: its result is no longer in the cache"


def test_what_was_undone_is_not_new_any_more(tmp_path: Path) -> None:
    edited = TEXT.replace("rows')", "lines')")
    for text in (TEXT, edited, TEXT):
        reasons(tmp_path, text)
    other = reasons(tmp_path, TEXT.replace("count = len(rows)", "count = len(rows) + 1"))
    assert other["plot"] == "ran: `count` is another, left by 'data'"


def test_what_shows_a_traceback_stays_where_something_is_inserted_above(tmp_path: Path) -> None:
    shown = [
        fence("def turn():\n    raise ValueError", "label: turn"),
        fence("turn()", "label: last\n#| error: true"),
    ]
    reasons(tmp_path, slide(*shown))
    above = fence("print(1)", "label: above")
    assert reasons(tmp_path, slide(above, *shown)) == {"above": "ran: it is new"}


def test_what_shows_a_traceback_runs_where_the_function_stands_on_another_line(
    tmp_path: Path,
) -> None:
    call = fence("f()", "error: true", "label: call")
    text = "def f():\n    raise ValueError"
    reasons(tmp_path, slide(fence(text, "label: f"), call))
    found = reasons(tmp_path, slide(fence(f"# More.\n{text}", "label: f"), call))
    assert found["call"] == "ran: it tells lines, and a function stands on another"


def test_a_name_of_keras_in_which_one_more_is_counted_says_so(tmp_path: Path) -> None:
    imports = fence("import keras", "label: keras")
    shown = fence("print(keras.layers.Dense(1).name)", "label: name")
    one, two = (
        fence(f"x = [keras.layers.Dense(1) for _ in '{n}']", "label: x") for n in ("a", "ab")
    )
    reasons(tmp_path, slide(imports, one, shown))
    found = reasons(tmp_path, slide(imports, two, shown))
    assert found["name"] == (
        "ran: it tells a name in which Keras counts, and does so from another number"
    )


def test_a_step_that_runs_again_in_a_process_without_keras_counts_no_names(tmp_path: Path) -> None:
    """Only what a stale step needs is loaded; else names would begin anew below it."""
    first = fence("import keras\n\na = keras.layers.Dense(1)", "label: first")
    shown = fence("print(keras.layers.Dense(1).name)", "label: name")
    for number in (1, 2):
        make_course(tmp_path, slide(first, fence(f"x = {number}", "label: x"), shown))
        assert proofdeck(tmp_path, "build", "--to", "deck").returncode == 0
    told = proofdeck(tmp_path, "explain", "x").stdout.splitlines()
    assert [line.split()[1] for line in told if " ran: " in line] == ["x:"]
    assert "dense_1" in (tmp_path / "build/site/x/index.html").read_text()


def test_what_another_version_of_proofdeck_kept_is_made_anew(tmp_path: Path) -> None:
    """What it kept may lack what this one asks of it."""
    text = slide(fence("x = 1", "label: x"))
    reasons(tmp_path, text)
    bare, get = object.__new__(Trace), Cache.get
    object.__setattr__(bare, "inputs", object.__new__(Inputs))

    def old(cache: Cache, kind: str, key: str) -> object:
        return bare if kind == "traces" else get(cache, kind, key)

    with patch("proofdeck.plan.own_code", lambda: "another"), patch.object(Cache, "get", old):
        assert reasons(tmp_path, text) == {"x": "ran: proofdeck itself is new"}


def test_what_tells_where_the_course_lies_runs_again_in_a_copy_elsewhere(tmp_path: Path) -> None:
    where = fence("import os\nwhere = os.path.abspath('data.txt')", "label: where")
    text = slide(where, fence("x = 1", "label: x"))
    reasons(tmp_path / "here", text)
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    assert reasons(tmp_path / "there", text) == {
        "where": "ran: it tells in which folder the course lies, and that is another"
    }


def test_explain_says_it_with_the_line_of_each_step(tmp_path: Path) -> None:
    text = slide(fence("a = 1"), fence("b = a"))
    make_course(tmp_path, text)
    assert proofdeck(tmp_path, "check", "x").returncode == 0
    make_course(tmp_path, text.replace("b = a", "b = a + 1"))
    assert proofdeck(tmp_path, "check", "x").returncode == 0
    assert proofdeck(tmp_path, "explain", "x").stdout.splitlines() == [
        "slides/x.md:3: one-1: reused: all that it depends on is as it was",
        "slides/x.md:8: one-2: ran: its code is new in line 9 of slides/x.md",
    ]


def test_a_definition_finds_what_is_imported_again_below_it(tmp_path: Path) -> None:
    """Else its state could not be made from parts, and everything above would run again."""
    above = [
        fence("import math\n\n\ndef turn(by: math.floor):\n    return by", "label: turn"),
        fence("import math\n\ncount = 3", "label: count"),
    ]
    reasons(tmp_path, slide(*above, fence("print(turn(1), count, math.e)", "label: last")))
    edited = slide(*above, fence("print(math.e, turn(1), count)", "label: last"))
    with patch.object(Session, "run", autospec=True, side_effect=Session.run) as ran:
        assert list(reasons(tmp_path, edited)) == ["last"]
    assert [call.args[1].step.id for call in ran.call_args_list] == ["last"]


def test_a_step_that_needs_another_process_leaves_the_first_for_those_below(tmp_path: Path) -> None:
    codes = "a = iter([1, 2])", "b = iter([3, 4])", "x = next(b)", "y = next(a) + x", "next(b) + y"
    reasons(tmp_path, slide(*map(fence, codes)))
    edited = codes[0], "b = iter([5, 6])", *codes[2:]
    with patch.object(Session, "run", autospec=True, side_effect=Session.run) as ran:
        reasons(tmp_path, slide(*map(fence, edited)))
    ids = [call.args[1].step.id for call in ran.call_args_list]
    assert ids == ["one-2", "one-3", "one-1", "one-4", "one-5"]
