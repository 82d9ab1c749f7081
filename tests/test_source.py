from __future__ import annotations

from pathlib import Path

import pytest

from helpers import TICKS, fence, make_course, read, read_errors, slide
from proofdeck.errors import Place
from proofdeck.model import Lecture
from proofdeck.pandoc import stringify, walk
from proofdeck.source import Source, read_source, unmark


def source(root: Path, text: str | bytes, **files: str | bytes) -> Source:
    make_course(root, text, **files)
    return read_source(root, "slides/x.md")


def everything(lecture: Lecture) -> str:
    """All that a lecture's syntax tree holds, as text."""
    return repr((lecture.slides, lecture.captions, lecture.steps))


def test_front_matter_is_taken_off_and_lines_keep_their_numbers(tmp_path: Path) -> None:
    made = source(tmp_path, "---\ntitle: T\nseed: 7\n---\n\n## A\n")
    assert made.meta == {"title": "T", "seed": 7}
    assert made.lines == ("", "## A")
    assert made.places == (Place("slides/x.md", 5), Place("slides/x.md", 6))


@pytest.mark.parametrize("text", ["## A\n", "\ufeff## A\n", "---\n---\n## A\n"])
def test_front_matter_may_be_missing_or_empty_and_a_byte_order_mark_is_no_text(
    tmp_path: Path, text: str
) -> None:
    made = source(tmp_path, text)
    assert (dict(made.meta), made.lines) == ({}, ("## A",))


def test_windows_line_ends_read_as_unix_ones(tmp_path: Path) -> None:
    text = "---\ntitle: T\n---\n" + slide(fence("x = 1\ny = 2", "label: a"))
    unix, windows = read(tmp_path, text), read(tmp_path, text.replace("\n", "\r\n"))
    assert windows == unix


def test_includes_stand_in_their_place_and_keep_their_own_lines(tmp_path: Path) -> None:
    made = source(
        tmp_path,
        "## A\n\n{{< include parts/_b.md >}}\nlast\n",
        **{
            "slides/parts/_b.md": "b1\n{{< include ../_c.md >}}\n",
            "slides/_c.md": "c1\n",
        },
    )
    assert [(line, str(place)) for line, place in zip(made.lines, made.places, strict=True)] == [
        ("## A", "slides/x.md:1"),
        ("", "slides/x.md:2"),
        ("b1", "slides/parts/_b.md:1"),
        ("c1", "slides/_c.md:1"),
        ("last", "slides/x.md:4"),
    ]
    assert made.files == ("slides/x.md", "slides/parts/_b.md", "slides/_c.md")


def test_a_snippet_in_an_include_is_found_at_its_line_there(tmp_path: Path) -> None:
    lecture = read(
        tmp_path,
        "## A\n\n{{< include _b.md >}}\n",
        **{"slides/_b.md": "text\n\n" + fence("a = 1", "echo: false")},
    )
    (snippet,) = lecture.snippets
    assert (snippet.place, snippet.code_place) == (
        Place("slides/_b.md", 3),
        Place("slides/_b.md", 5),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("## A\n\n{{< include no.md >}}\n", "slides/x.md:3: slides/no.md cannot be read"),
        ("## A\n\n{{< include /no/such.md >}}\n", "slides/x.md:3: /no/such.md cannot be read"),
        ("## A\n\n{{< include x.md >}}\n", "slides/x.md:3: slides/x.md includes itself"),
        ("", ""),
    ],
)
def test_an_include_that_cannot_be_followed_is_named_at_its_line(
    tmp_path: Path, text: str, expected: str
) -> None:
    errors = read_errors(tmp_path, text) if text else [""]
    assert [error.splitlines()[0] if error else "" for error in errors] == [expected]


def test_circular_includes_are_an_error_at_the_line_that_closes_the_circle(tmp_path: Path) -> None:
    errors = read_errors(
        tmp_path,
        "{{< include _a.md >}}\n",
        **{"slides/_a.md": "\n{{< include _b.md >}}\n", "slides/_b.md": "{{< include _a.md >}}\n"},
    )
    assert errors == ["slides/_b.md:1: slides/_a.md includes itself\n  Remove one of the includes."]


def test_an_unknown_shortcode_is_shown_and_warned_of(tmp_path: Path) -> None:
    lecture = read(tmp_path, "## A\n\n{{< video x.mp4 >}}\n")
    assert [str(notice) for notice in lecture.notices] == [
        "slides/x.md:3: warning: unknown shortcode 'video': shown as text"
    ]


CODE_LIKE_MARKUP = [
    "# a comment",
    "# a comment with trailing blank ",
    "## {#a}",
    "# a {brace}",
    "# empty {}",
    'd = {"a": 1}  # x',
    '"""\n## Heading {#id .c}\n"""',
    '"""\n::: {.notes}\ntext\n:::\n"""',
    '"""\n::: {.a}{.b}\n"""',
    '"""\n~~~ {python}\n~~~\n"""',
]


def test_code_that_looks_like_markup_comes_out_as_it_was_written(tmp_path: Path) -> None:
    lecture = read(tmp_path, slide(*map(fence, CODE_LIKE_MARKUP)))
    assert [snippet.code for snippet in lecture.snippets] == CODE_LIKE_MARKUP


MARKUP = {
    "a paragraph's line that starts with #": "text\n# of things",
    "a line with attributes that is no heading": "text\n# of things {#a .b}",
    "a list item's line": "- item\n## no heading",
    "a div inside a paragraph": "text\n::: {.x}\nfoo\n:::",
    "a raw block": "<pre>\n# comment\n</pre>",
    "a comment": "<!--\n## no heading\n-->",
    "a formula": "$$\n# x\n$$",
    "inline code": "`a\n## b`",
    "a heading in a quote": "> ## Quoted\n> text",
    "a heading in a list": "- a\n\n  ## Deep",
    "a heading with closing signs": "## Title ##",
    "a heading in a div": "::: {.x}\n## In\n:::",
    "a lower heading": "### Low {.c}",
    "a heading after code": f"{TICKS}\nc\n{TICKS}\n## H",
    "a setext heading": "Title\n=====",
    "a shown language": f"{TICKS}{{r}}\n# x\n{TICKS}",
    "a shown fence": f"{TICKS}{TICKS}\n{fence('# x')}{TICKS}{TICKS}",
    "nested divs": ":::: {.a}\n::: {.b}\nx\n:::\n::::",
    "a callout": '::: {.callout-tip title="A {t}"}\nx\n:::',
    "a caption": fence("x = 1", "fig-cap: A *caption*"),
    "a fence in a list": "- item\n\n    " + fence("x = 1").replace("\n", "\n    "),
    "a fence in a quote": "> " + fence("x = 1").rstrip().replace("\n", "\n> "),
}


def test_no_mark_of_ours_is_left_in_a_lecture(tmp_path: Path) -> None:
    slides = [f"# S {{#s{n}}}\n\n{markup}\n" for n, markup in enumerate(MARKUP.values())]
    lecture = read(tmp_path, "---\nslide-level: 1\n---\n" + "\n".join(slides))
    marked = {one.id for one in lecture.slides if "pd-" in repr(one)}
    assert [name for n, name in enumerate(MARKUP) if f"s{n}" in marked] == []
    assert {f"s{n}" for n in range(len(MARKUP))} <= {one.id for one in lecture.slides}
    assert "pd-" not in everything(lecture)


def test_a_line_that_only_looks_like_a_heading_keeps_its_words(tmp_path: Path) -> None:
    (only,) = read(tmp_path, "## A\n\ntext\n# of things\n").slides
    assert stringify(only.blocks) == "text # of things"


@pytest.mark.parametrize("rule", ["---", "***", "- - -", "_____"])
def test_a_slide_without_a_title_stands_at_its_rule_not_at_what_resembles_one(
    tmp_path: Path, rule: str
) -> None:
    text = f"## A {{#a}}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n{rule}\n\nx\n"
    assert [str(one.place) for one in read(tmp_path, text).slides] == [
        "slides/x.md:1",
        "slides/x.md:7",
    ]


def test_a_block_between_rules_is_a_slide_not_metadata(tmp_path: Path) -> None:
    lecture = read(tmp_path, "## A\n\nx\n\n---\ntitle: shown\n\n---\n\nb\n")
    assert "shown" in everything(lecture)


def test_a_first_line_with_a_percent_sign_is_text(tmp_path: Path) -> None:
    (only,) = read(tmp_path, "% of all\n").slides
    assert stringify(only.blocks) == "% of all"


def test_what_stands_in_a_comment_does_not_run(tmp_path: Path) -> None:
    assert read(tmp_path, slide(f"<!--\n{fence('1 / 0')}\n-->", fence("2"))).snippets[0].code == "2"


def test_a_fence_shown_in_a_longer_fence_is_text_as_the_author_wrote_it(tmp_path: Path) -> None:
    shown = fence("x = 1", "echo: false")
    lecture = read(tmp_path, slide(f"{TICKS}{TICKS}markdown\n{shown}{TICKS}{TICKS}"))
    assert lecture.snippets == ()
    (block,) = [node for node in walk(lecture.slides[0].blocks) if node["t"] == "CodeBlock"]
    assert block["c"][1] == shown.rstrip()


HEADERS: dict[str, dict[str, object]] = {
    "{python}": {},
    "{python setup}": {"label": "setup"},
    "{python intro, echo=FALSE}": {"label": "intro", "echo": False},
    '{python, fig.alt="a, b", fig.width=3}': {"fig-alt": "a, b", "fig-width": 3},
    "{py}": {},
    "python": {},
}


def test_options_in_a_fence_header_are_read_as_knitr_writes_them(tmp_path: Path) -> None:
    fences = [f"{TICKS}{header}\nx = 1\n{TICKS}" for header in HEADERS]
    assert [snippet.options for snippet in read(tmp_path, slide(*fences)).snippets] == [
        {"echo": True, **options} for options in HEADERS.values()
    ]


def test_option_lines_win_over_the_header(tmp_path: Path) -> None:
    (snippet,) = read(tmp_path, slide(f"{TICKS}{{python a}}\n#| label: b\n1\n{TICKS}")).snippets
    assert snippet.id == "b"


def test_unmark_leaves_text_without_marks_alone(tmp_path: Path) -> None:
    made = source(tmp_path, "## A\n")
    assert unmark("plain {text}", made) == "plain {text}"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("seed: abc", "`seed: abc` cannot be used"),
        ("seed: true", "`seed: True` cannot be used"),
        ("threads: many", "`threads: many` cannot be used"),
        ("slide-level: deep", "`slide-level: deep` cannot be used"),
        ("timeout: soon", "`timeout: soon` cannot be used"),
        ("execute: false", "`execute: False` cannot be used"),
        ("bibliography: 3", "`bibliography: 3` cannot be used"),
        ("csl: [a]", "`csl: ['a']` cannot be used"),
        ("title: [a", "the front matter is not YAML"),
        ("- a", "the front matter is not YAML"),
    ],
)
def test_front_matter_that_a_build_cannot_use_is_named_at_its_line(
    tmp_path: Path, line: str, problem: str
) -> None:
    (error,) = read_errors(tmp_path, f"---\nlang: en\n{line}\n---\n\n## A\n")
    assert error.startswith(f"slides/x.md:3: {problem}")


def test_a_key_of_the_front_matter_that_nothing_reads_is_named_at_its_line(tmp_path: Path) -> None:
    deck = "format:\n  html: default\n  revealjs:\n    width: 1280\n    logo: a.png\n"
    meta = f"---\ntitle: T\nsubtitel: Two\n{deck}---\n\n## A\n"
    lecture = read(tmp_path, meta)
    effect = "in the front matter has no effect here"
    assert [str(notice) for notice in lecture.notices] == [
        f"slides/x.md:3: warning: 'subtitel' {effect}; did you mean 'subtitle'?",
        f"slides/x.md:8: warning: 'logo' {effect}",
    ]


def test_front_matter_without_an_end_is_named_at_its_beginning(tmp_path: Path) -> None:
    (error,) = read_errors(tmp_path, "---\ntitle: T\n\n## A\n")
    assert error == ("slides/x.md:1: the front matter is not closed\n  End it with a line `---`.")
