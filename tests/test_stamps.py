"""Whether a build can tell early that something will run."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers import fence, make_course, proofdeck, slide
from proofdeck import stamps
from proofdeck.cache import Cache

CLAIM = '::: {.claim check="a > 0"}\nIt is `{python} a`.\n:::'
TEXT = slide("Prose.", fence("a = 1"), CLAIM)


@pytest.mark.parametrize(
    ("old", "new", "runs"),
    [
        ("Prose.", "Prose.", False),
        ("Prose.", "Other prose, with `code`.", False),
        ("It is", "This is", False),
        ("a = 1", "a = 2", True),
        ("a > 0", "a > 1", True),
        ("} a`", "} a + 1`", True),
        ("Prose.", fence("b = 2"), True),
    ],
)
def test_an_edit_of_what_runs_is_told_from_one_of_prose(
    tmp_path: Path, old: str, new: str, runs: bool
) -> None:
    config = make_course(tmp_path, TEXT)
    assert proofdeck(tmp_path, "build").returncode == 0
    make_course(tmp_path, TEXT.replace(old, new))
    stamp = stamps.load(Cache(config.cache), "x")
    assert stamp
    assert stamps.will_run(config, "slides/x.md", stamp) is runs


def test_a_lecture_that_was_never_built_or_whose_module_is_new_runs(tmp_path: Path) -> None:
    text = slide(fence("import tools"))
    config = make_course(tmp_path, text, **{"figures/tools.py": "a = 1"})
    assert stamps.will_run(config, "slides/x.md", None)
    assert proofdeck(tmp_path, "build").returncode == 0
    make_course(tmp_path, text, **{"figures/tools.py": "a = 2"})
    assert stamps.will_run(config, "slides/x.md", stamps.load(Cache(config.cache), "x"))
