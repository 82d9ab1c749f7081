from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from proofdeck.figures import LARGEST_SVG, describe, render


@pytest.fixture(autouse=True)
def _defaults() -> Iterator[None]:
    with mpl.rc_context():
        mpl.rcdefaults()
        yield


def figure(draw: Callable[[Axes], Any], **settings: Any) -> Figure:
    made = Figure(figsize=(4, 3))
    axes = made.subplots()
    draw(axes)
    axes.set(**settings)
    return made


def dots(axes: Axes) -> None:
    axes.scatter(np.arange(30_000), np.sin(np.arange(30_000)))


def test_a_figure_is_an_svg_of_the_same_bytes_every_time() -> None:
    def draw(axes: Axes) -> None:
        axes.plot([1, 2], label="a")
        axes.fill_between([0, 1], [1, 2], hatch="/")
        axes.legend()

    first, second = (render(figure(draw, title="T")) for _ in range(2))
    assert first == second
    mime, data, width = first
    assert mime == "image/svg+xml"
    assert b"<dc:date>" not in data
    assert b"Matplotlib" not in data
    assert width == pytest.approx(4 * 96, abs=60)


def test_a_figure_whose_svg_would_be_large_has_its_data_as_a_picture_and_text_as_text() -> None:
    made = figure(dots, title="Many")
    mime, data, width = render(made)
    assert mime == "image/svg+xml"
    assert data.count(b"<image") == 1
    assert b"<!-- Many -->" in data
    assert len(data) < LARGEST_SVG
    assert width == render(figure(lambda axes: axes.plot([0, 30_000], [-1, 1])))[2]
    assert made.axes[0].collections[0].get_rasterized() is False


def test_drawing_leaves_the_authors_settings_alone() -> None:
    before = dict(mpl.rcParams)
    render(figure(lambda axes: axes.plot([1])))
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(
    ("draw", "settings", "alt"),
    [
        (
            lambda ax: (ax.plot([0, 1], [1, 1000], label="loss"), ax.set_yscale("log")),
            {"title": "Training", "xlabel": "epoch", "ylabel": r"$\ell$", "ylim": (1, 1000)},
            "Line plot “Training”; \\ell (1 to 1e+03, log scale) against epoch (-0.05 to 1.05); "
            "series: loss.",
        ),
        (
            lambda ax: ax.bar(["a", "b"], [1, 2]),
            {"ylim": (0, 2)},
            "Bar chart; y axis (0 to 2) against x axis (-0.49 to 1.49).",
        ),
        (
            lambda ax: ax.errorbar([0, 1], [1, 2], yerr=0.1),
            {"xlim": (0, 1), "ylim": (1, 2)},
            "Plot with error bars; y axis (1 to 2) against x axis (0 to 1).",
        ),
        (
            lambda ax: ax.scatter([0, 1], [1, 2], label="all"),
            {"xlim": (0, 1), "ylim": (1, 2)},
            "Scatter plot; y axis (1 to 2) against x axis (0 to 1); series: all.",
        ),
        (lambda ax: ax.imshow(np.eye(2)), {"title": "Eye"}, "Image “Eye”."),
        (
            lambda ax: ax.pcolormesh(np.eye(2)),
            {},
            "Heat map; y axis (0 to 2) against x axis (0 to 2).",
        ),
        (lambda ax: None, {}, "An empty figure."),
    ],
    ids=["lines", "bars", "error bars", "scatter", "image", "heat map", "empty"],
)
def test_an_alt_text_says_kind_title_labels_ranges_and_series(
    draw: Callable[[Axes], Any], settings: dict[str, Any], alt: str
) -> None:
    assert describe(figure(draw, **settings)) == alt


def test_an_alt_text_of_several_axes_names_each_and_no_colour_bar() -> None:
    made = Figure()
    left, right = made.subplots(1, 2)
    left.plot([0, 1], [0, 1])
    left.set(xlim=(0, 1), ylim=(0, 1))
    made.colorbar(right.imshow(np.eye(2)))
    made.suptitle("Both")
    assert describe(made) == "Both. Line plot; y axis (0 to 1) against x axis (0 to 1). Image."


def window(svg: bytes) -> tuple[float, float, float, float]:
    """Left, top, width and height of what is seen of an SVG."""
    found = re.search(rb'viewBox="([-\d. ]+)"', svg)
    assert found
    left, top, width, height = map(float, found[1].split())
    return left, top, width, height


@pytest.mark.parametrize("outside", [False, True])
def test_a_figure_is_cut_to_what_is_drawn_as_matplotlib_cuts_it(outside: bool) -> None:
    def draw(axes: Axes) -> None:
        axes.plot([1, 2], label="a line")
        axes.legend(bbox_to_anchor=(1.05, 1.3) if outside else None)

    made, buffer = figure(draw, ylabel="two\nlines"), io.BytesIO()
    _, top, width, height = window(render(made)[1])
    made.savefig(buffer, format="svg", bbox_inches="tight")
    assert (width, height) == pytest.approx(window(buffer.getvalue())[2:], abs=0.01)
    assert (top < 0) == outside


def test_what_sticks_out_of_a_figure_stands_on_its_ground() -> None:
    made = figure(lambda axes: axes.text(1.5, 1.5, "far out"))
    made.set_facecolor("lightblue")
    svg = render(made)[1]
    left, top, width, height = window(svg)
    ground = re.search(rb'<g id="patch_1">\s*<path d="([^"]+)" style="fill: #add8e6"', svg)
    assert ground
    numbers = [float(number) for number in re.findall(rb"-?[\d.]+", ground[1])]
    assert min(numbers[::2]) <= left < left + width <= max(numbers[::2])
    assert min(numbers[1::2]) <= top < top + height <= max(numbers[1::2])
    assert made.patch.get_bbox().bounds == (0, 0, 1, 1)


def test_a_figure_with_a_frame_is_shown_to_its_frame() -> None:
    made = figure(lambda axes: axes.plot([1, 2]))
    made.set(linewidth=4, edgecolor="red")
    _, svg, width = render(made)
    assert window(svg) == (0, 0, 4 * 72, 3 * 72)
    assert b"stroke: #ff0000; stroke-width: 4" in svg
    assert width == 4 * 96
