"""A figure for the dark theme: the same drawing in other colours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from proofdeck.contrast import contrast, parse_hex, to_hex
from proofdeck.dark import INK, PAPER, dark_svg
from proofdeck.figures import render


@pytest.fixture(autouse=True)
def _defaults() -> Iterator[None]:
    with mpl.rc_context():
        mpl.rcdefaults()
        yield


def darkened(draw: Callable[[Axes], Any]) -> str:
    """A figure as it is for the dark theme."""
    made = Figure(figsize=(4, 3))
    draw(made.subplots())
    svg = dark_svg(render(made)[1])
    assert svg
    return svg.decode()


def strokes(svg: str) -> set[str]:
    return set(re.findall(r"stroke: (#\w{6})", svg))


def group(svg: str, comment: str, original: str) -> str:
    """The fill of the text that says `comment`; comments do not survive, so by its number."""
    number = re.findall(r'<g id="text_(\d+)">\s*<!-- (.*?) -->', original)
    id = next(n for n, text in number if text == comment)
    found = re.search(rf'<g id="text_{id}">\s*<g [^>]*style="fill: (#\w{{6}})', svg)
    assert found
    return found[1]


def text_fills(draw: Callable[[Axes], Any], text: str) -> str:
    made = Figure(figsize=(4, 3))
    draw(made.subplots())
    light = render(made)[1]
    dark = dark_svg(light)
    assert dark
    return group(dark.decode(), text, light.decode())


def test_paper_is_transparent_and_ink_is_light() -> None:
    svg = darkened(lambda ax: ax.plot([1, 2], color="black"))
    assert "#ffffff" not in svg
    assert "#000000" not in svg
    assert f'fill="{to_hex(INK)}"' in svg
    assert to_hex(INK) in strokes(svg)


def test_a_grid_stays_faint() -> None:
    svg = darkened(lambda ax: ax.grid(color="#d9d9d9"))
    faint = [c for c in strokes(svg) if contrast(parse_hex(c), PAPER) < 2]
    assert len(faint) == 1


@pytest.mark.parametrize("color", ["#e69f00", "#56b4e9"])
def test_data_keep_a_colour_that_stands_out(color: str) -> None:
    assert color in strokes(darkened(lambda ax: ax.plot([1, 2], color=color)))


def test_data_get_a_lighter_colour_where_theirs_would_be_lost() -> None:
    svg = darkened(lambda ax: ax.plot([1, 2], color="#332288"))
    assert "#332288" not in strokes(svg)
    assert all(contrast(parse_hex(c), PAPER) >= 3 for c in strokes(svg))


def test_colours_that_differ_in_lightness_still_do() -> None:
    def two(axes: Axes) -> None:
        axes.plot([1, 2], color="#0072b2")
        axes.plot([2, 1], color="#2e96d3")

    assert {"#0072b2", "#2e96d3"} <= strokes(darkened(two))


def test_text_on_a_bar_is_readable_on_that_bar() -> None:
    def bar(axes: Axes) -> None:
        axes.bar([0], [1], color="#e69f00")
        axes.text(-0.1, 0.5, "on it")
        axes.set_title("above it")

    on_bar, above = (parse_hex(text_fills(bar, text)) for text in ("on it", "above it"))
    assert contrast(on_bar, parse_hex("#e69f00")) >= 4.5
    assert contrast(above, PAPER) >= 4.5


def test_text_on_a_picture_keeps_its_colour() -> None:
    def cells(axes: Axes) -> None:
        axes.imshow(np.eye(2), cmap="gray")
        axes.text(0, 0, "one", color="#000000")
        axes.text(1, 0, "nought", color="#ffffff")

    assert text_fills(cells, "one") == "#000000"
    assert text_fills(cells, "nought") == "#ffffff"


def embedded(svg: str) -> list[str]:
    """The pictures in a figure, as base64."""
    return re.findall(r'href="data:image/png;base64,([^"]*)"', svg.replace("\n", ""))


def test_a_photograph_stays_as_it_is_and_a_colour_bar_follows_its_lines() -> None:
    def grey(axes: Axes) -> None:
        axes.imshow(np.eye(4), cmap="gray")

    def coloured(axes: Axes) -> None:
        axes.imshow(np.eye(4), cmap="viridis")

    for draw, is_same in ((grey, True), (coloured, False)):
        made = Figure(figsize=(4, 3))
        draw(made.subplots())
        light = render(made)[1]
        dark = dark_svg(light)
        assert dark
        before, after = (pixels(embedded(svg.decode())[0]) for svg in (light, dark))
        assert (before == after).all() == is_same


def test_points_drawn_as_pixels_get_the_colours_of_their_colour_bar() -> None:
    def many(axes: Axes) -> None:
        numbers = np.linspace(0, 1, 9000)
        axes.scatter(numbers, np.sin(60 * numbers), c=numbers, s=6)

    made = Figure(figsize=(4, 3))
    many(made.subplots())
    light = render(made)[1]
    dark = dark_svg(light)
    assert dark
    (points,) = embedded(dark.decode())
    solid = pixels(points)[pixels(points)[..., 3] == 255][:, :3] / 255
    assert len(solid) > 1000
    weakest = min(contrast(tuple(color), PAPER) for color in np.unique(solid, axis=0).tolist())
    assert weakest > 2.9


def pixels(encoded: str) -> Any:
    import base64
    import io

    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGBA"))


def test_what_matplotlib_did_not_draw_has_no_dark_twin() -> None:
    assert dark_svg(b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M 0 0"/></svg>') is None


@pytest.mark.parametrize("color", ["black", "#1e1e2e"])
def test_a_figure_on_a_dark_ground_is_left_alone(color: str) -> None:
    made = Figure(figsize=(4, 3), facecolor=color)
    made.subplots().plot([1, 2])
    with mpl.rc_context({"savefig.facecolor": color}):
        assert dark_svg(render(made)[1]) is None


def test_the_same_figure_gives_the_same_bytes() -> None:
    assert darkened(lambda ax: ax.plot([1])) == darkened(lambda ax: ax.plot([1]))
