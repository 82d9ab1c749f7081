"""Reading only what changed gives what reading all gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers import fence, make_course, slide
from proofdeck.parse import parse
from proofdeck.reread import Memo, Reading, changed_part
from proofdeck.source import read_source

BIB = "@book{k, author = {Knuth, Donald}, title = {T}, year = {1974}}\n@book{l, title = {L}}\n"
FRONT = "---\ntitle: T\nbibliography: b.bib\n---\n\n"
ONE = slide("See [@k, p. 3] and $x$.", fence("a = 1"), id="one")
TWO = slide(
    "Value `{python} a`.", "---", "Untitled.", fence("b = 2", "fig-cap: A *caption*"), id="two"
)
THREE = slide(fence("", "file: figures/s.py").replace("\n\n", "\n"), "Three.", id="three")
REFS = slide("::: {#refs}\n:::", id="refs")
START = [ONE, TWO, THREE, REFS]
RICH = """::: {.notes}
Say `{python} a`.
:::

- one
- two^[Foot.]

::: {.claim check="a == 1"}
It is.
:::"""

ALONE = {
    "a word": [ONE, TWO, THREE.replace("Three.", "Other."), REFS],
    "beside a citation": [ONE.replace("See", "Look at"), TWO, THREE, REFS],
    "code": [ONE, TWO.replace("b = 2", "b = 3"), THREE, REFS],
    "lines more": [ONE, TWO.replace("Untitled.", f"Untitled.\n\n{RICH}"), THREE, REFS],
    "a slide more": [ONE, slide("New.", id="new"), TWO, THREE, REFS],
    "a slide less": [ONE, THREE, REFS],
    "an untitled slide more": [
        ONE,
        TWO.replace("Untitled.", "Untitled.\n\n---\n\nMore."),
        THREE,
        REFS,
    ],
    "two places": [ONE.replace("See", "Look"), TWO, THREE.replace("Three", "Other"), REFS],
}
WHOLE = {
    "another order": [TWO, ONE, THREE, REFS],
    "another citation": [ONE.replace("@k", "@l"), TWO, THREE, REFS],
    "a fence that stays open": [ONE, TWO.replace("Untitled.", "```\nUntitled."), THREE, REFS],
    "a comment that stays open": [ONE, TWO.replace("Untitled.", "<!--"), THREE, REFS],
    "a div that stays open": [ONE, TWO.replace("Untitled.", "::: {.notes}\nHm"), THREE, REFS],
    "a definition": [ONE, TWO.replace("Untitled.", "[x]\n\n[x]: https://example.org"), THREE, REFS],
    "a heading without a blank line": [ONE, TWO.rstrip() + "\nText\n", THREE, REFS],
    "ids that repeat": [ONE, "## One\n\nA.\n", "## One\n\nB.\n", TWO, THREE, REFS],
    "the last slide": [*START, "More.\n"],
}


def read_twice(root: Path, then: list[str], now: list[str]) -> tuple[object, object, bool]:
    """What reading again gives, what reading all gives, and whether only a part was read."""
    files = {"slides/b.bib": BIB, "figures/s.py": "c = 3\n"}
    config = make_course(root, FRONT + "\n".join(then), **files)
    memo = Memo()
    parse(config, "slides/x.md", memo)
    (root / "slides" / "x.md").write_text(FRONT + "\n".join(now))
    assert isinstance(memo.last, Reading)
    part = changed_part(config, memo.last, read_source(root, "slides/x.md"))
    again = outcome(lambda: parse(config, "slides/x.md", memo))
    return again, outcome(lambda: parse(config, "slides/x.md")), part is not None


def outcome(read: object) -> object:
    try:
        return read()  # type: ignore[operator]
    except Exception as error:
        return str(error)


@pytest.mark.parametrize("now", ALONE.values(), ids=ALONE)
def test_a_slide_is_read_alone_as_in_its_lecture(tmp_path: Path, now: list[str]) -> None:
    again, whole, alone = read_twice(tmp_path, START, now)
    assert again == whole
    assert alone


@pytest.mark.parametrize("now", WHOLE.values(), ids=WHOLE)
def test_what_reaches_beyond_its_slide_has_all_read(tmp_path: Path, now: list[str]) -> None:
    again, whole, _ = read_twice(tmp_path, START, now)
    assert again == whole


@pytest.mark.parametrize("first", ALONE.values(), ids=ALONE)
@pytest.mark.parametrize("second", [*ALONE.values(), *WHOLE.values()], ids=[*ALONE, *WHOLE])
@pytest.mark.slow
def test_any_edit_after_any_other(tmp_path: Path, first: list[str], second: list[str]) -> None:
    again, whole, _ = read_twice(tmp_path, first, second)
    assert again == whole


def test_a_figure_script_is_read_again(tmp_path: Path) -> None:
    files = {"slides/b.bib": BIB, "figures/s.py": "c = 3\n"}
    config = make_course(tmp_path, FRONT + "\n".join(START), **files)
    memo = Memo()
    parse(config, "slides/x.md", memo)
    (tmp_path / "figures" / "s.py").write_text("c = 4\n")
    again = parse(config, "slides/x.md", memo)
    assert [step.code for step in again.snippets] == ["a = 1", "b = 2", "c = 4\n"]
    assert again == parse(config, "slides/x.md")


def test_a_bibliography_is_read_again(tmp_path: Path) -> None:
    config = make_course(
        tmp_path, FRONT + "\n".join(START), **{"slides/b.bib": BIB, "figures/s.py": ""}
    )
    memo = Memo()
    parse(config, "slides/x.md", memo)
    (tmp_path / "slides" / "b.bib").write_text(BIB.replace("Knuth", "Turing"))
    again = parse(config, "slides/x.md", memo)
    assert "Turing" in str(again.slides)
    assert again == parse(config, "slides/x.md")
