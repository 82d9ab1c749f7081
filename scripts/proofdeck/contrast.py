"""Colours and how far apart they are, as WCAG 2.2 measures it."""

from __future__ import annotations

import re

Color = tuple[float, float, float]
"""Red, green and blue, each from 0 to 1."""

TEXT = 4.5
"""The least contrast of text with what it stands on (WCAG 1.4.3, level AA)."""

SHAPE = 3.0
"""The same of large text, and of lines that carry meaning (WCAG 1.4.11)."""

WHITE: Color = (1.0, 1.0, 1.0)
HEX = re.compile(r"#([0-9a-fA-F]{6})")


def parse_hex(text: str) -> Color:
    """`#1a2233` as a colour."""
    red, green, blue = (int(text[n : n + 2], 16) / 255 for n in (1, 3, 5))
    return red, green, blue


def to_hex(color: Color) -> str:
    """A colour as `#1a2233`."""
    return "#" + "".join(f"{round(part * 255):02x}" for part in color)


def luminance(color: Color) -> float:
    """Relative luminance: 0 for black, 1 for white."""
    parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in color]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: Color, other: Color) -> float:
    """From 1 (the same) to 21 (black and white)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mix(one: Color, other: Color, share: float) -> Color:
    """`one` with `share` (0 to 1) of `other` in it."""
    red, green, blue = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return red, green, blue


def tint(color: Color, ground: Color, least: float) -> Color:
    """`color` with as much white as it takes to stand out from a dark `ground`."""
    shares = (step / 20 for step in range(20))
    tints = (mix(color, WHITE, share) for share in shares)
    rounded = (parse_hex(to_hex(made)) for made in tints)
    return next((made for made in rounded if contrast(made, ground) >= least), WHITE)


def is_grey(color: Color) -> bool:
    """Whether a colour has next to no hue."""
    return max(color) - min(color) < 0.08
