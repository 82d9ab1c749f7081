"""A notebook's text cells: Markdown that any notebook shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from proofdeck.model import Block
from proofdeck.pandoc import classes_of, element, pandoc, plain, raw, to_json, transform

CUT = "<!-- next cell -->"


def markdown_cells(texts: list[list[Block]]) -> Iterator[str]:
    """Write all text cells with one call of Pandoc, cut at comments between them."""
    blocks: list[Block] = []
    for text in texts:
        blocks += [raw("html", CUT), *transform(text, _plainer)]
    format = "--to=commonmark+pipe_tables+strikeout+tex_math_dollars+footnotes"
    written, _ = pandoc(to_json(blocks), "--from=json", format, "--wrap=none")
    return (part.strip() for part in written.split(CUT)[1:])


def _plainer(node: Block) -> list[Block] | None:
    """Markdown that any notebook shows: layout opened, callouts quoted, footnotes in brackets."""
    match node["t"]:
        case "Div" if "callout" in classes_of(node):
            return [element("BlockQuote", node["c"][1])]
        case "Div" | "Span":
            return list(node["c"][1])
        case "Link" if node["c"][2][0].startswith("#"):
            return list(node["c"][1])
        case "Note":
            inlines = [
                i for block in node["c"] if block["t"] in ("Para", "Plain") for i in block["c"]
            ]
            return [element("Space"), *plain("("), *inlines, *plain(")")]
        case "Figure":
            return [element("Para", b["c"]) if b["t"] == "Plain" else b for b in node["c"][2]]
        case "Image":
            _, alt, (target, title) = node["c"]
            name = f"attachment:{Path(target).name}" if target.startswith("media/") else target
            return [element("Image", [["", [], []], alt, [name, title]])]
    return None
