"""Matplotlib figures as files: stable bytes, and an alt text made from the axes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from proofdeck.facts import Limits

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SVG_WIDTH = re.compile(rb'<svg[^>]* width="(?P<points>[0-9.]+)pt"')
SVG_SIZE = re.compile(rb'width="[^"]*" height="[^"]*" viewBox="[^"]*"')
POINTS = 72
"""In an inch."""

LARGEST_SVG = 1_000_000
"""Bytes; a figure whose SVG is larger keeps its data as a picture in it, its text as text."""

LETTERS = "xyz"
DOTS = 200
"""Per inch, of such a picture."""


def render(figure: Figure, whole: bool = False) -> tuple[str, bytes, int]:
    """MIME type, bytes and width in CSS pixels; the same figure gives the same bytes.

    Empty margins are cut off, but for a `whole` figure, or one with a frame.
    """
    whole = whole or _has_frame(figure)
    svg = _save(figure, whole)
    if len(svg) > LARGEST_SVG:
        with _data_as_pictures(figure):
            svg = _save(figure, whole)
    # Only the drawn figure knows its width: the layout may be made while it is drawn.
    points = SVG_WIDTH.search(svg)
    width = round(float(points["points"]) * 96 / 72) if points else 0
    return "image/svg+xml", svg, width


def limits(figure: Figure) -> tuple[Limits, ...]:
    """The limits of all axes; colour bars have those of their colours."""
    found: list[Limits] = []
    for number, axes in enumerate(figure.axes):
        for letter in LETTERS if axes.get_label() != "<colorbar>" else "":
            if get := getattr(axes, f"get_{letter}lim", None):
                low, high = map(float, get())
                given = not getattr(axes, f"get_autoscale{letter}_on")()
                found.append((number, letter, low, high, given))
    return tuple(found)


def set_limits(figure: Figure, wanted: tuple[Limits, ...]) -> None:
    """Give axes other limits, but where the author set them."""
    for number, letter, low, high, _ in wanted:
        if number >= len(figure.axes):
            continue
        axes = figure.axes[number]
        if getattr(axes, f"get_autoscale{letter}_on", bool)():
            getattr(axes, f"set_{letter}lim")(low, high)


def _save(figure: Figure, whole: bool) -> bytes:
    """The figure's SVG, cut to what is drawn on it.

    Matplotlib's `bbox_inches="tight"` draws a figure to see where that ends, and then once more.
    Here it is drawn once, on more ground than it needs, and seen through a window.
    """
    import matplotlib

    # A fixed salt makes the ids in the SVG the same in every run.
    own: dict[Any, str] = {"svg.hashsalt": "proofdeck", "savefig.bbox": "standard"}
    with matplotlib.rc_context(own), _wide_ground(figure):
        buffer = io.BytesIO()
        metadata: dict[str, Any] = {"Date": None, "Creator": None}
        figure.savefig(buffer, format="svg", metadata=metadata, dpi=DOTS)
    left, top, width, height = _window(figure, whole)
    size = f'width="{width:.6g}pt" height="{height:.6g}pt"'
    window = f'{size} viewBox="{left:.6g} {top:.6g} {width:.6g} {height:.6g}"'
    return SVG_SIZE.sub(window.encode(), buffer.getvalue(), count=1)


def _window(figure: Figure, whole: bool) -> tuple[float, float, float, float]:
    """Left, top, width and height, in points, of what a figure that was drawn holds."""
    from matplotlib import rcParams
    from matplotlib.backends.backend_svg import RendererSVG

    artists = [*figure.get_default_bbox_extra_artists(), figure.patch] if whole else None
    pad = 0 if whole else rcParams["savefig.pad_inches"]
    measure: Callable[..., Any] = RendererSVG  # untyped in Matplotlib
    dots = figure.dpi
    figure.dpi = POINTS
    try:
        width, height = figure.get_size_inches()
        ruler = measure(width * POINTS, height * POINTS, io.StringIO())
        box = figure.get_tightbbox(ruler, bbox_extra_artists=artists).padded(pad)
    finally:
        figure.dpi = dots
    sides = box.x0, height - box.y1, box.width, box.height
    left, top, wide, high = (float(side) * POINTS for side in sides)
    return left, top, wide, high


def _has_frame(figure: Figure) -> bool:
    return float(figure.get_linewidth()) > 0


@contextmanager
def _wide_ground(figure: Figure) -> Iterator[None]:
    """Let the figure's ground reach beyond it, as what is drawn may; but for a frame's."""
    bounds = figure.patch.get_bbox().bounds
    if not _has_frame(figure):
        figure.patch.set_bounds(-1, -1, 3, 3)
    try:
        yield
    finally:
        figure.patch.set_bounds(bounds)


@contextmanager
def _data_as_pictures(figure: Figure) -> Iterator[None]:
    """Let what stands for data be drawn as pixels, and leave the figure as it was."""
    artists = [
        artist for axes in figure.axes for artist in (*axes.collections, *axes.lines, *axes.patches)
    ]
    before = [(artist, artist.get_rasterized()) for artist in artists]
    for artist in artists:
        artist.set_rasterized(True)
    try:
        yield
    finally:
        for artist, rasterized in before:
            artist.set_rasterized(rasterized)


def describe(figure: Figure) -> str:
    """An alt text: for each pair of axes the kind of plot, title, labels, ranges and series."""
    parts = [_describe_axes(axes) for axes in figure.axes if _has_content(axes)]
    title = _text(figure.get_suptitle())
    return " ".join([f"{title}." if title else "", *parts]).strip() or "An empty figure."


def _has_content(axes: Axes) -> bool:
    is_colorbar = axes.get_label() == "<colorbar>"
    return axes.get_visible() and not is_colorbar and axes.has_data()


def _describe_axes(axes: Axes) -> str:
    title = _text(axes.get_title() or axes.get_title("left") or axes.get_title("right"))
    kind = _kind(axes)
    parts = [f"{kind} “{title}”" if title else kind]
    if kind != "Image":
        y = _axis(axes.get_ylabel(), axes.get_ylim(), axes.get_yscale(), "y axis")
        x = _axis(axes.get_xlabel(), axes.get_xlim(), axes.get_xscale(), "x axis")
        parts.append(f"{y} against {x}")
    series = [label for label in axes.get_legend_handles_labels()[1] if label]
    if series:
        parts.append("series: " + ", ".join(_text(label) for label in series))
    return "; ".join(parts) + "."


def _kind(axes: Axes) -> str:
    if axes.containers:
        names = {type(container).__name__ for container in axes.containers}
        return "Bar chart" if "BarContainer" in names else "Plot with error bars"
    if axes.lines:
        return "Line plot"
    if axes.images:
        return "Image"
    names = {type(collection).__name__ for collection in axes.collections}
    if "QuadMesh" in names:
        return "Heat map"
    return "Scatter plot" if "PathCollection" in names else "Plot"


def _axis(label: str, limits: tuple[float, float], scale: str, unnamed: str) -> str:
    low, high = limits
    kind = "" if scale == "linear" else f", {scale} scale"
    return f"{_text(label) or unnamed} ({low:.3g} to {high:.3g}{kind})"


def _text(text: str) -> str:
    return " ".join(text.replace("$", "").split())
