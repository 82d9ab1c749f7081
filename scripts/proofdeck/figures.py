"""Matplotlib figures as files: stable bytes, and an alt text made from the axes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from proofdeck.facts import Limits

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SVG_WIDTH = re.compile(rb'<svg[^>]* width="(?P<points>[0-9.]+)pt"')
LARGEST_SVG = 1_000_000
"""Bytes; a figure whose SVG is larger keeps its data as a picture in it, its text as text."""

LETTERS = "xyz"
DOTS = 200
"""Per inch, of such a picture."""


def render(figure: Figure, whole: bool = False) -> tuple[str, bytes, int]:
    """MIME type, bytes and width in CSS pixels; the same figure gives the same bytes.

    Empty margins are cut off, but for a `whole` figure.
    """
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
    import matplotlib

    options: dict[str, Any] = {}
    if whole:  # its own rectangle, and what sticks out of it
        artists = [*figure.get_default_bbox_extra_artists(), figure.patch]
        options = {"bbox_extra_artists": artists, "pad_inches": 0}
    # A fixed salt makes the ids in the SVG the same in every run.
    with matplotlib.rc_context({"svg.hashsalt": "proofdeck"}):
        buffer = io.BytesIO()
        metadata: dict[str, Any] = {"Date": None, "Creator": None}
        figure.savefig(
            buffer, format="svg", bbox_inches="tight", metadata=metadata, dpi=DOTS, **options
        )
        return buffer.getvalue()


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
