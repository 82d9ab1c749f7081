"""A figure for the dark theme, made from the one for the light theme.

Matplotlib's SVG is recoloured instead of drawn a second time: a fiftieth of the time, and nothing
of the author's is run again. Ink and paper change places, data keep their colour as far as it
stands out from a dark page, and text that lies on data stays readable there.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from xml.etree import ElementTree

from proofdeck.contrast import (
    HEX,
    SHAPE,
    TEXT,
    Color,
    contrast,
    is_grey,
    luminance,
    mix,
    parse_hex,
    tint,
    to_hex,
)

PAPER = parse_hex("#14181f")
"""`--bg` of base.css in the dark theme; figures themselves are transparent there."""

INK = parse_hex("#e9ecf2")
"""`--fg` of base.css in the dark theme."""

BLACK: Color = (0.0, 0.0, 0.0)
SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
POINT = re.compile(rf"({NUMBER}) ({NUMBER})")
MOVE = re.compile(rf"translate\(({NUMBER})[ ,]({NUMBER})\)")
FILL = re.compile(r"(?<![-\w])fill: (#\w{6}|none)")
ALPHA = re.compile(r"(?:fill-)?opacity: ([\d.]+)")
BACKGROUND = re.compile(r"(?<![-\w])fill: #ffffff")
PNG = "data:image/png;base64,"
MANY_COLORS = 4096
"""An opaque picture with more is a photograph; data drawn as pixels are transparent elsewhere."""

ElementTree.register_namespace("", SVG[1:-1])
ElementTree.register_namespace("xlink", LINK[1:].partition("}")[0])


@dataclass(frozen=True, slots=True)
class _Painted:
    """An area of the figure that is filled."""

    left: float
    top: float
    right: float
    bottom: float
    color: Color | None
    """None for a picture."""

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.top <= y <= self.bottom


def dark_svg(svg: bytes) -> bytes | None:
    """`svg` for a dark page; None for what Matplotlib did not draw, or drew on dark ground."""
    if b'<g id="figure_1">' not in svg:
        return None
    root = ElementTree.fromstring(svg)
    if _is_dark(root):
        return None
    root.set("fill", to_hex(INK))  # Matplotlib leaves out `fill: #000000`
    _recolour(root, [])
    made: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return made


def _is_dark(root: ElementTree.Element) -> bool:
    """Whether the author drew on a dark ground."""
    ground = root.find(f".//{SVG}g[@id='patch_1']/{SVG}path")
    if ground is None:
        return False
    fill = FILL.search(ground.get("style", ""))
    return not fill or (fill[1] != "none" and luminance(parse_hex(fill[1])) < 0.2)


def on_dark(color: Color, least: float = SHAPE) -> Color:
    """What `color` becomes: greys from paper to ink, others lighter where they must be.

    No lighter than that: colours that a figure tells apart by their lightness stay apart.
    """
    if is_grey(color):
        return mix(INK, PAPER, sum(color) / 3)
    return tint(color, PAPER, least)


def _recolour(parent: ElementTree.Element, painted: list[_Painted]) -> None:
    """Recolour what is in `parent`, in the order in which it is painted."""
    for node in parent:
        name = node.get("id", "")
        if name.startswith("text_"):
            _recolour_text(node, painted)
        elif name == "patch_1" or (name.startswith("patch_") and _is_first_of_axes(parent, node)):
            _clear(node)
        else:
            _restyle(node)
            if node.tag == f"{SVG}image":
                _lighten_image(node)
            painted.extend(_areas(node))
            _recolour(node, painted)


def _is_first_of_axes(parent: ElementTree.Element, node: ElementTree.Element) -> bool:
    return parent.get("id", "").startswith("axes_") and parent[0] is node


def _clear(patch: ElementTree.Element) -> None:
    """Make the white background of a figure or axes transparent."""
    for node in patch.iter():
        style = node.get("style", "")
        node.set("style", BACKGROUND.sub("fill: none", style))
        _restyle(node)


def _restyle(node: ElementTree.Element) -> None:
    if style := node.get("style"):
        node.set("style", _restyled(style))


@lru_cache(maxsize=4096)
def _restyled(style: str) -> str:
    return HEX.sub(lambda found: to_hex(on_dark(parse_hex(found[0]))), style)


def _recolour_text(text: ElementTree.Element, painted: list[_Painted]) -> None:
    """Text stands out from what lies under it: mostly the page, sometimes a bar or a picture."""
    below = _below(text, painted)
    for node in text.iter():
        style = node.get("style", "")
        has_fill = FILL.search(style)
        moved = node.tag == f"{SVG}g" and MOVE.match(node.get("transform", ""))
        if not (has_fill or moved):
            continue
        own = parse_hex(has_fill[1]) if has_fill and has_fill[1] != "none" else BLACK
        new = to_hex(_readable(own, below))
        node.set("style", FILL.sub(f"fill: {new}", style) if has_fill else f"fill: {new}; {style}")


def _readable(own: Color, below: Color | None) -> Color:
    """The colour of a text that is `own` in the light figure."""
    if below is None or contrast(own, below) >= TEXT:
        return own
    return max(on_dark(own, TEXT), INK, BLACK, key=lambda color: _score(color, own, below))


def _score(color: Color, own: Color, below: Color) -> tuple[bool, bool, float]:
    """How good a colour is for a text: readable, then true to its own, then strong."""
    return contrast(color, below) >= TEXT, color == on_dark(own, TEXT), contrast(color, below)


def _below(text: ElementTree.Element, painted: list[_Painted]) -> Color | None:
    """The colour that a text begins on; None for a picture."""
    moves = (MOVE.match(node.get("transform", "")) for node in text.iter())
    if not (start := next(filter(None, moves), None)):
        return PAPER
    x, y = float(start[1]) + 2, float(start[2]) - 2
    return next((area.color for area in reversed(painted) if area.holds(x, y)), PAPER)


def _areas(node: ElementTree.Element) -> Iterator[_Painted]:
    """What `node` itself fills, as the rectangle around it."""
    style = node.get("style", "")
    fill = FILL.search(style)
    alpha = ALPHA.search(style)
    if node.tag == f"{SVG}image":
        x, y, width, height = (float(node.get(k, "0")) for k in ("x", "y", "width", "height"))
        turned = node.get("transform", "")
        if move := MOVE.search(turned):
            x, y = x + float(move[1]), y + float(move[2])
        if turned.startswith("scale(1 -1)"):
            y = -y - height
        yield _Painted(x, y, x + width, y + height, None)
    elif node.tag == f"{SVG}path" and fill and fill[1] != "none":
        points = [(float(x), float(y)) for x, y in POINT.findall(node.get("d", ""))]
        if len(points) > 2 and (alpha is None or float(alpha[1]) > 0.5):
            xs, ys = zip(*points, strict=True)
            yield _Painted(min(xs), min(ys), max(xs), max(ys), parse_hex(fill[1]))


def _lighten_image(image: ElementTree.Element) -> None:
    """Give the colours of a picture what those of lines get; photographs and greys stay."""
    from PIL import Image

    link = image.get(LINK, "")
    if not link.startswith(PNG):
        return
    picture = Image.open(io.BytesIO(base64.b64decode(link.removeprefix(PNG)))).convert("RGBA")
    alpha = picture.getchannel("A")
    is_opaque = alpha.getextrema()[0] == 255
    if is_opaque and picture.getcolors(MANY_COLORS) is None:
        return
    few = picture.convert("RGB").quantize(256)
    palette = few.getpalette() or []
    few.putpalette(
        [part for n in range(0, len(palette), 3) for part in _lighten(*palette[n : n + 3])]
    )
    made = few.convert("RGB")
    made.putalpha(alpha)
    buffer = io.BytesIO()
    made.save(buffer, "png")
    image.set(LINK, PNG + base64.b64encode(buffer.getvalue()).decode())


def _lighten(red: int, green: int, blue: int) -> tuple[int, int, int]:
    color = (red / 255, green / 255, blue / 255)
    if is_grey(color):
        return red, green, blue
    r, g, b = (round(part * 255) for part in on_dark(color))
    return r, g, b
