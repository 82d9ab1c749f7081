"""All slides of a lecture in one picture."""

from __future__ import annotations

import io
from collections.abc import Sequence

COLUMNS = 4
WIDTH = 480
"""Pixels of one slide."""

GAP = 4


def contact_sheet(slides: Sequence[bytes]) -> bytes:
    """A PNG with `slides` (PNGs of one size) in rows of four."""
    from PIL import Image

    pictures = [Image.open(io.BytesIO(slide)).convert("RGB") for slide in slides]
    height = WIDTH * pictures[0].height // pictures[0].width
    rows = -(-len(pictures) // COLUMNS)
    size = (COLUMNS * (WIDTH + GAP) + GAP, rows * (height + GAP) + GAP)
    sheet = Image.new("RGB", size, "#808080")
    for number, picture in enumerate(pictures):
        row, column = divmod(number, COLUMNS)
        small = picture.resize((WIDTH, height), Image.Resampling.LANCZOS)
        sheet.paste(small, (column * (WIDTH + GAP) + GAP, row * (height + GAP) + GAP))
    buffer = io.BytesIO()
    sheet.save(buffer, "png")
    return buffer.getvalue()
