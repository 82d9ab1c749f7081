from __future__ import annotations

from pathlib import Path

import pytest

from helpers import TICKS, fence, make_course, read, slide
from proofdeck.config import Config
from proofdeck.errors import Notice, Place
from proofdeck.options import check_options, with_defaults

PLACE = Place("slides/x.md", 3)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("ehco", "unknown option 'ehco'; did you mean 'echo'?"),
        ("fig-captoin", "unknown option 'fig-captoin'; did you mean 'fig-cap'?"),
        ("qqqqq", "unknown option 'qqqqq'; see the authoring guide"),
        ("lst-cap", "option 'lst-cap' has no effect here"),
        ("fig-width", "option 'fig-width' has no effect here"),
    ],
)
def test_an_option_without_effect_is_warned_of_with_the_nearest_known_one(
    option: str, message: str
) -> None:
    assert check_options({option: 1}, PLACE) == [Notice(PLACE, message)]


def test_an_option_that_is_not_a_word_is_warned_of_too() -> None:
    assert check_options({3: 1}, PLACE) == [  # type: ignore[dict-item]
        Notice(PLACE, "unknown option 3; see the authoring guide")
    ]


def test_a_known_option_is_silent() -> None:
    assert check_options({"echo": False, "label": "a"}, PLACE) == []


def test_a_cell_wins_over_its_lecture_and_the_lecture_over_the_course() -> None:
    config = Config(root=Path(), execute={"warning": False, "eval": False, "error": True})
    meta = {"execute": {"eval": True, "error": False, "jupyter": "python3"}}
    assert with_defaults({"error": True}, meta, config, quarto=False) == {
        "echo": True,
        "warning": False,
        "eval": True,
        "error": True,
    }


@pytest.mark.parametrize(
    ("config_echo", "quarto", "echo"),
    [(True, False, True), (True, True, False), (False, False, False), (False, True, False)],
)
def test_code_is_shown_by_default_in_our_dialect_and_hidden_in_quartos(
    config_echo: bool, quarto: bool, echo: bool
) -> None:
    config = Config(root=Path(), echo=config_echo)
    assert with_defaults({}, {}, config, quarto) == {"echo": echo}


def test_plain_python_fences_run_in_our_dialect_and_are_shown_in_quartos(tmp_path: Path) -> None:
    text = slide(f"{TICKS}python\na = 1\n{TICKS}", fence("b = 2"))
    assert [snippet.code for snippet in read(tmp_path, text).snippets] == ["a = 1", "b = 2"]
    from proofdeck.parse import parse

    config = make_course(tmp_path, **{"slides/q.qmd": text})
    assert [snippet.code for snippet in parse(config, "slides/q.qmd").snippets] == ["b = 2"]
