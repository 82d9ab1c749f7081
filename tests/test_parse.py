from __future__ import annotations

from pathlib import Path

import pytest

from helpers import TICKS, fence, read, read_errors, slide
from proofdeck.errors import Notice, Place
from proofdeck.model import InlineValue, Snippet
from proofdeck.pandoc import stringify


def place(line: int) -> Place:
    return Place("slides/x.md", line)


def test_a_slide_is_a_section_a_heading_or_a_rule(tmp_path: Path) -> None:
    lecture = read(
        tmp_path,
        "before\n\n# Part\n\n## One `code` {#one .c minutes=2.5 data-x=y}\n\n### Inside\n\n"
        "---\n\nx\n",
    )
    assert [(s.id, s.title, s.level, s.place.line, s.minutes) for s in lecture.slides] == [
        ("slide-1", "", 2, 1, 0.0),
        ("part", "Part", 1, 3, 0.0),
        ("one", "One code", 2, 5, 2.5),
        ("one-slide-2", "", 2, 9, 0.0),
    ]
    assert lecture.slides[2].attributes == (("c",), (("data-x", "y"),))
    assert stringify(lecture.slides[2].blocks) == "Inside"


def test_an_insertion_renames_no_slide_without_a_title(tmp_path: Path) -> None:
    text = "---\n\na\n\n---\n\nb\n"
    before = [one.id for one in read(tmp_path, f"## A\n\n{text}").slides]
    after = [one.id for one in read(tmp_path, f"## New\n\n---\n\nx\n\n## A\n\n{text}").slides]
    assert before == ["a", "a-slide-2", "a-slide-3"]
    assert after == ["new", "new-slide-2", *before]


def test_the_slide_level_of_the_front_matter_decides_what_a_slide_is(tmp_path: Path) -> None:
    text = "---\nslide-level: {}\n---\n# A\n\n## B\n\n### C\n"
    assert [
        [one.id for one in read(tmp_path, text.format(level)).slides] for level in (1, 2, 3)
    ] == [["a"], ["a", "b"], ["a", "b", "c"]]


def test_a_rule_at_the_end_is_no_slide(tmp_path: Path) -> None:
    assert [one.id for one in read(tmp_path, "## A\n\nx\n\n---\n").slides] == ["a"]


def test_speaker_notes_are_taken_from_the_slide(tmp_path: Path) -> None:
    text = slide("shown", "::: {.notes}\nsaid\n:::", "more", "::: notes\nlast\n:::")
    (one,) = read(tmp_path, text).slides
    assert (stringify(one.blocks), stringify(one.notes)) == ("shown more", "said last")


def test_a_snippet_is_known_by_its_label_or_its_slide_and_place_there(tmp_path: Path) -> None:
    lecture = read(
        tmp_path,
        slide(fence("a"), fence("b", "label: fig-b"), fence("c"))
        + slide(fence("d", "id: last"), id="two"),
    )
    assert [snippet.id for snippet in lecture.snippets] == ["one-1", "fig-b", "one-3", "last"]


def test_an_insertion_on_one_slide_renames_no_snippet_of_another(tmp_path: Path) -> None:
    first, second = slide(fence("a")), slide(fence("b"), id="two")
    plain = {one.id for one in read(tmp_path, first + second).snippets}
    longer = {one.id for one in read(tmp_path, first + "\n" + fence("new") + second).snippets}
    assert longer == plain | {"one-2"}


def test_a_snippet_is_its_code_without_option_lines_and_knows_both_lines(tmp_path: Path) -> None:
    (snippet,) = read(
        tmp_path, "\n" + slide(fence("x = 1\n\n#| no option", "echo: false", "timeout: 3"))
    ).snippets
    assert snippet == Snippet(
        id="one-1",
        place=place(4),
        slide="one",
        code="x = 1\n\n#| no option",
        code_place=place(7),
        options={"echo": False, "timeout": 3},
    )


def test_snippets_run_in_lists_quotes_columns_and_deeper_divs(tmp_path: Path) -> None:
    lecture = read(
        tmp_path,
        slide(
            "- item\n\n    " + fence("a = 1\nif a:\n    b = 2").replace("\n", "\n    ").rstrip(),
            "> " + fence("c = 3", "echo: false").rstrip().replace("\n", "\n> "),
            f":::: {{.columns}}\n::: {{.column}}\n{fence('d = 4')}:::\n::::",
        ),
    )
    assert [(s.code, s.code_place.line) for s in lecture.snippets] == [
        ("a = 1\nif a:\n    b = 2", 6),
        ("c = 3", 13),
        ("d = 4", 19),
    ]


def test_a_figure_script_is_the_code_of_its_snippet(tmp_path: Path) -> None:
    lecture = read(
        tmp_path,
        slide(fence("", "file: figures/a.py", "fig-cap: A")),
        **{"figures/a.py": "x = 1\n"},
    )
    (snippet,) = lecture.snippets
    assert (snippet.code, snippet.script) == ("x = 1\n", "figures/a.py")
    assert snippet.code_place == Place("figures/a.py", 1)
    assert lecture.sources == ("slides/x.md", "figures/a.py")


def test_steps_stand_in_the_order_of_the_text(tmp_path: Path) -> None:
    lecture = read(
        tmp_path,
        "## T `{python} 0` {#t}\n\n"
        + fence("a = 1", "fig-cap: C `{python} a`")
        + "\n`{python} a + 1` and\n\n- `{python} a`\n\n::: {.notes}\n`{python} a * 2`\n:::\n",
    )
    assert [(step.id, step.code, step.place.line) for step in lecture.steps] == [
        ("t~1", "0", 1),
        ("t-1", "a = 1", 3),
        ("t~2", "a", 4),
        ("t~3", "a + 1", 8),
        ("t~4", "a", 10),
        ("t~5", "a * 2", 13),
    ]
    assert isinstance(lecture.steps[0], InlineValue)
    assert [stringify(lecture.captions["t-1"])] == ["C {python} a"]


def test_another_language_is_shown_and_warned_of(tmp_path: Path) -> None:
    lecture = read(tmp_path, slide(f"{TICKS}{{r, echo=TRUE}}\nx <- 1\n{TICKS}"))
    assert lecture.steps == ()
    assert lecture.notices == (Notice(place(3), "'r' is shown, not run: only Python runs"),)


def test_all_faults_of_a_lecture_are_told_at_once_in_the_order_of_its_lines(tmp_path: Path) -> None:
    errors = read_errors(
        tmp_path,
        "---\nbibliography: a.bib\n---\n\n## A {minutes=long}\n\n[@none]\n\n![p](no.png)\n\n"
        + fence("x = ", "label: a")
        + fence("1", "label: a")
        + fence("", "file: figures/no.py")
        + "\n`{python} 1 +`\n",
        **{"slides/a.bib": "@book{some, title = {T}}\n"},
    )
    assert [error.splitlines()[0] for error in errors] == [
        "slides/x.md:5: minutes='long' is not a number",
        "slides/x.md:7: citation @none is not in the bibliography",
        "slides/x.md:9: image 'no.png' does not exist",
        "slides/x.md:13: syntax error on slide 'a': invalid syntax",
        "slides/x.md:15: label 'a' is taken by the snippet at slides/x.md:11",
        "slides/x.md:19: figure script 'figures/no.py' does not exist or is not UTF-8 text",
        "slides/x.md:24: syntax error on slide 'a': invalid syntax",
    ]
    assert all(len(error.splitlines()) >= 2 for error in errors)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "---\nbibliography: a.bib\n---\n\n@some2020\n\n@some20\n",
            "slides/x.md:7: citation @some20 is not in the bibliography",
        ),
        ("## A {#a}\n\n## B {#a}\n", "slides/x.md:3: two slides have the id 'a'"),
        (
            slide(fence("x = 1", "file: figures/a.py")),
            "slides/x.md:3: the snippet has both code and a figure script",
        ),
        (
            slide(fence("1", "label: my plot")),
            "slides/x.md:3: label 'my plot' cannot be part of a link and a file name",
        ),
        (
            slide(fence("1", "label: ../a")),
            "slides/x.md:3: label '../a' cannot be part of a link and a file name",
        ),
        (
            slide(fence("1", "fig-cap: 'a")),
            "slides/x.md:4: the cell's options are not YAML: found unexpected end of stream",
        ),
        (
            slide(fence("1", "echo: true", "fig-cap: a: b")),
            "slides/x.md:5: the cell's options are not YAML: mapping values are not allowed here",
        ),
        (slide(fence("1", "echo")), "slides/x.md:4: the cell's options are not `key: value` lines"),
        (
            slide(f"{TICKS}{{python, x=[1}}\n1\n{TICKS}"),
            "slides/x.md:4: the cell's options are not YAML: expected ',' or ']', "
            "but got '<stream end>'",
        ),
        (
            "---\nbibliography: no.bib\n---\n\n## A\n",
            "slides/x.md:2: bibliography 'no.bib' does not exist",
        ),
        (
            "---\nbibliography: bad.bib\n---\n\n## A\n",
            "slides/x.md:1: Pandoc cannot convert this lecture: "
            "Error reading bibliography file slides/bad.bib:",
        ),
        (
            "---\ncsl: no.csl\n---\n\n## A\n",
            "slides/x.md:1: Pandoc cannot convert this lecture: "
            "File no.csl not found in resource path",
        ),
    ],
)
def test_a_fault_is_told_at_its_line(tmp_path: Path, text: str, error: str) -> None:
    errors = read_errors(
        tmp_path,
        text,
        **{
            "slides/a.bib": "@book{some2020, title = {T}}\n",
            "slides/bad.bib": "@book{a, title={x",
            "figures/a.py": "",
        },
    )
    assert [one.splitlines()[0] for one in errors] == [error]
