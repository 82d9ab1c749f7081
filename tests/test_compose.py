"""Slides with what a run gave; the runs are made up here, so that no process is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from helpers import PNG, fence, read, slide
from proofdeck.compose import Composer, make_composer
from proofdeck.errors import ProofdeckError
from proofdeck.model import Block, Result, Run
from proofdeck.output import Display, Output, Stream
from proofdeck.outputs import Target, figure_files
from proofdeck.pandoc import pandoc, stringify, to_json, walk
from proofdeck.sections import Slides

SVG = Display({"image/svg+xml": "<svg/>", "text/plain": "<Figure>"}, alt="Line plot.", width=400)
OUT, ERR = Stream("stdout", "printed\n"), Stream("stderr", "careful\n")


def compose(
    root: Path,
    text: str,
    outputs: Mapping[str, Sequence[Output]] | None = None,
    target: Target = "html",
    **files: str | bytes,
) -> Composer:
    lecture = read(root, text, **files)
    given = outputs or {}
    results = {
        step.id: Result(step.id, "ok", tuple(given.get(step.id, ())), value=f"<{step.code}>")
        for step in lecture.steps
    }
    run = Run(results)
    figures = figure_files(lecture, run)
    return make_composer(lecture, run, {}, target, figures, "figures", {"dot.png": "media/d.png"})


def blocks(composer: Composer) -> list[Block]:
    return composer.blocks(composer.lecture.slides[0].blocks)


def shown(composer: Composer) -> list[str]:
    """What a slide shows: code, outputs and figures, in their order."""
    found = []
    for node in walk(blocks(composer)):
        if node["t"] == "CodeBlock":
            found.append(node["c"][1])
        elif node["t"] == "RawBlock":
            found.append(node["c"][1].replace("<pre><code>", "").replace("</code></pre>", ""))
        elif node["t"] == "Image":
            found.append(node["c"][2][0].split(".")[0])
    return found


ALL = {"one-1": [OUT, ERR, SVG]}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), ["x = 1", "printed", "careful", "figures/one-1-2"]),
        (("echo: false",), ["printed", "careful", "figures/one-1-2"]),
        (("warning: false",), ["x = 1", "printed", "figures/one-1-2"]),
        (("output: false",), ["x = 1"]),
        (("include: false",), []),
        (("echo: false", "output: false"), []),
    ],
)
def test_options_say_what_of_a_snippet_is_shown(
    tmp_path: Path, options: tuple[str, ...], expected: list[str]
) -> None:
    assert shown(compose(tmp_path, slide(fence("x = 1", *options)), ALL)) == expected


@pytest.mark.parametrize(("target", "code"), [("html", "y = 2"), ("typst", "x = 1\ny = 2")])
def test_an_excerpt_is_for_the_slide_and_all_of_the_code_for_the_handout(
    tmp_path: Path, target: Target, code: str
) -> None:
    text = slide(fence("x = 1\ny = 2", "show: y"))
    assert shown(compose(tmp_path, text, target=target)) == [code]


def test_an_excerpt_of_nothing_is_an_error_at_the_snippet(tmp_path: Path) -> None:
    with pytest.raises(ProofdeckError) as raised:
        blocks(compose(tmp_path, slide(fence("x = 1", "show: [x, y]"))))
    assert str(raised.value) == (
        "slides/x.md:3: `show` names 'y', which the code does not define\n  It defines: x."
    )


def test_printed_markdown_is_part_of_the_slide_where_output_is_asis(tmp_path: Path) -> None:
    text = slide(fence("x = 1", "output: asis", "echo: false"))
    composer = compose(tmp_path, text, {"one-1": [Stream("stdout", "**bold** $x$\n"), ERR]})
    assert stringify(blocks(composer)) == "bold x"
    assert [n["t"] for n in walk(blocks(composer))].count("Strong") == 1


@pytest.mark.parametrize(
    ("data", "html", "typst"),
    [
        ({"text/plain": "a", "text/html": "<b>h</b>"}, "<b>h</b>", "h"),
        ({"text/plain": "a", "text/markdown": "*m*"}, "m", "m"),
        ({"text/plain": "a", "text/latex": "$$\\displaystyle x^2$$"}, "x^2", "x^2"),
        ({"text/plain": "a"}, "<pre><code>a</code></pre>", "a"),
        ({"application/json": "{}"}, "", ""),
    ],
)
def test_each_document_shows_the_richest_form_that_it_can(
    tmp_path: Path, data: dict[str, str], html: str, typst: str
) -> None:
    text = slide(fence("x = 1", "echo: false"))
    for target, expected in (("html", html), ("typst", typst)):
        made = blocks(compose(tmp_path, text, {"one-1": [Display(data)]}, target))
        raws = [node["c"][1] for node in walk(made) if node["t"] == "RawBlock"]
        assert "".join(raws) or stringify(made) == expected
        assert expected in ("".join(raws), stringify(made))


def test_an_inline_value_is_text_in_its_place(tmp_path: Path) -> None:
    composer = compose(tmp_path, slide("a `{python} 1 + 1`, b"))
    assert stringify(blocks(composer)) == "a <1 + 1>, b"


def image(composer: Composer) -> tuple[str, str, dict[str, str]]:
    """Alt text, file and attributes of the only image."""
    (node,) = [node for node in walk(blocks(composer)) if node["t"] == "Image"]
    attributes, alt, (target, _) = node["c"]
    return stringify(alt), target, dict(attributes[2])


@pytest.mark.parametrize(
    ("options", "alt"),
    [
        ((), "Line plot."),
        (("fig-alt: What it shows",), "What it shows"),
        (("fig-alt: [First, Second]",), "First"),
    ],
)
def test_a_figure_has_the_authors_alt_text_or_the_one_of_its_axes(
    tmp_path: Path, options: tuple[str, ...], alt: str
) -> None:
    found, target, attributes = image(
        compose(tmp_path, slide(fence("x = 1", *options)), {"one-1": [SVG]})
    )
    assert (found, attributes) == (alt, {"width": "400px"})
    assert target.startswith("figures/one-1-0.")
    assert target.endswith(".svg")


def test_an_image_of_the_lecture_is_found_in_the_site(tmp_path: Path) -> None:
    composer = compose(
        tmp_path,
        slide("text ![A dot](dot.png){fig-alt='One dot' width=20%}"),
        **{"slides/dot.png": PNG},
    )
    assert image(composer) == ("One dot", "media/d.png", {"width": "20%"})


def test_a_figure_is_numbered_and_referred_to_by_its_label(tmp_path: Path) -> None:
    text = slide(
        fence("1", "label: fig-a", "fig-cap: First *one*"),
        fence("2", "label: fig-b", "fig-cap: Second"),
        "See @fig-b and [-@fig-a].",
    )
    composer = compose(tmp_path, text, {"fig-a": [SVG], "fig-b": [SVG]})
    made = blocks(composer)
    captions = [stringify(n["c"][1][1]) for n in walk(made) if n["t"] == "Figure"]
    assert captions == ["Figure 1: First one", "Figure 2: Second"]
    assert stringify(made[-1]) == "See Figure 2 and 1."
    assert [n["c"][2][0] for n in walk(made) if n["t"] == "Link"] == ["#fig-b", "#fig-a"]


@pytest.mark.parametrize(("target", "seen"), [("html", "a c"), ("typst", "b d")])
def test_content_is_for_the_formats_that_it_names(
    tmp_path: Path, target: Target, seen: str
) -> None:
    text = slide(
        '::: {.content-visible when-format="revealjs"}\na\n:::',
        '::: {.content-visible when-format="pdf"}\nb\n:::',
        '::: {.content-hidden when-format="typst"}\nc\n:::',
        '::: {.content-hidden when-format="html"}\nd\n:::',
    )
    assert stringify(blocks(compose(tmp_path, text, target=target))) == seen


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ('::: {.callout-note title="Given"}\nx\n:::', "Given"),
        ("::: {.callout-warning}\n### Heading\nx\n:::", "Heading"),
        ("::: {.callout-important}\nx\n:::", "Important"),
    ],
)
def test_a_callout_has_a_title_of_its_own_or_of_its_kind(
    tmp_path: Path, markup: str, title: str
) -> None:
    assert stringify(blocks(compose(tmp_path, slide(markup)))) == f"{title} x"


@pytest.mark.parametrize(
    ("location", "html"),
    [
        ("fragment", '<div class="fragment">'),
        ("column", '</div><div class="column">'),
        ("column-fragment", '</div><div class="column">\n<div class="fragment">'),
        ("slide", '<section id="one-output-1"'),
    ],
)
def test_outputs_stand_where_output_location_wants_them(
    tmp_path: Path, location: str, html: str
) -> None:
    text = slide(fence("x = 1", f"output-location: {location}"))
    made = "\n".join(Slides().of(compose(tmp_path, text, {"one-1": [OUT]})))
    assert html in made
    before, after = made.split(html, 1)
    assert "sourceCode" in before
    assert "printed" in after


def test_a_cells_code_can_be_folded_stepped_through_and_given_classes(tmp_path: Path) -> None:
    text = slide(
        fence("x = 1", "code-fold: true", "code-summary: Look", "classes: .small wide"),
        fence("y = 2", 'code-line-numbers: "|1"'),
    )
    made = "\n".join(Slides().of(compose(tmp_path, text)))
    assert '<div id="cell-one-1" class="cell small wide">' in made
    assert '<details class="code-fold"><summary>Look</summary>' in made
    assert 'data-code-line-numbers="|1"' in made


def test_text_output_is_escaped_and_coloured(tmp_path: Path) -> None:
    text = slide(fence("x = 1", "echo: false"))
    assert shown(compose(tmp_path, text, {"one-1": [Stream("stdout", "<b> & c")]})) == [
        "&lt;b&gt; &amp; c"
    ]
    written = Stream("stdout", "<b> & \x1b[31mred\x1b[0m\n")
    (html,) = shown(compose(tmp_path, text, {"one-1": [written]}))
    assert html.startswith("&lt;b&gt; &amp; <span")
    assert html.endswith("red</span>")
    assert shown(compose(tmp_path, text, {"one-1": [written]}, "typst")) == ["<b> & red"]


def test_a_skipped_snippet_shows_its_code_alone(tmp_path: Path) -> None:
    assert shown(compose(tmp_path, slide(fence("x = 1", "eval: false")))) == ["x = 1"]


def test_composed_blocks_are_a_pandoc_document(tmp_path: Path) -> None:
    composer = compose(tmp_path, slide(fence("x = 1"), "$x$"), ALL)
    html, warnings = pandoc(to_json(blocks(composer)), "--from=json", "--to=html")
    assert "careful" in html
    assert warnings == ""
