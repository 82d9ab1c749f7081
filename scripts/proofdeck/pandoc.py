"""Pandoc: calling the binary, and walking its JSON syntax tree with plain functions.

The binary is called directly (pypandoc's wrapper adds nothing we use), so that calls can run in
threads and Pandoc's own warnings can be read.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from functools import cache, wraps
from pathlib import Path
from typing import Any, TypeVar

from proofdeck.errors import ProofdeckError
from proofdeck.model import Block

T = TypeVar("T")
MOST_REMEMBERED = 2000
"""Objects whose findings are kept; more are those of a session of many edits."""

API_VERSION = [1, 23, 1]
"""Of the JSON syntax tree, as Pandoc 3.9 writes it."""


@cache
def binary() -> str:
    """Path of the Pandoc that pypandoc-binary ships; looked up without importing it."""
    spec = importlib.util.find_spec("pypandoc")
    if spec and spec.origin:
        found = Path(spec.origin).parent / "files" / "pandoc"
        if found.exists():
            return str(found)
    on_path = shutil.which("pandoc")
    if on_path:
        return on_path
    raise ProofdeckError("Pandoc is missing", "Run `make setup`, which installs pypandoc-binary.")


def pandoc(text: str, *options: str, folder: Path | None = None) -> tuple[str, str]:
    """Run Pandoc on `text`; give what it wrote, and its warnings. `folder` is its directory."""
    done = subprocess.run(
        [binary(), *options], input=text.encode("utf-8"), capture_output=True, cwd=folder
    )
    messages = done.stderr.decode("utf-8", "replace")
    if done.returncode != 0:
        raise ProofdeckError(
            f"Pandoc cannot convert this lecture: {messages.strip()}",
            "Look for unusual markup near what the message names.",
        )
    return done.stdout.decode("utf-8"), messages


def to_json(blocks: Sequence[Block]) -> str:
    """A Pandoc document of these blocks."""
    return json.dumps({"pandoc-api-version": API_VERSION, "meta": {}, "blocks": list(blocks)})


def element(kind: str, contents: Any = None) -> Block:
    """One node of the syntax tree."""
    return {"t": kind} if contents is None else {"t": kind, "c": contents}


def attr(
    id: str = "", classes: Sequence[str] = (), pairs: Sequence[tuple[str, str]] = ()
) -> list[Any]:
    """Pandoc's Attr."""
    return [id, list(classes), [list(pair) for pair in pairs]]


def div(classes: Sequence[str], blocks: Sequence[Block], id: str = "", **pairs: str) -> Block:
    """A Div; keyword `fig_alt` becomes the attribute `fig-alt`."""
    kvs = [(key.replace("_", "-"), value) for key, value in pairs.items()]
    return element("Div", [attr(id, classes, kvs), list(blocks)])


def raw(format: str, text: str) -> Block:
    """A block in a document's own format."""
    return element("RawBlock", [format, text])


def plain(text: str) -> list[Block]:
    """Inlines of a plain text."""
    inlines: list[Block] = []
    for number, word in enumerate(text.split()):
        if number:
            inlines.append(element("Space"))
        inlines.append(element("Str", word))
    return inlines


def value_of(attributes: Sequence[Any], key: str) -> str | None:
    """The value of `key` in a Pandoc Attr, or None."""
    return next((v for k, v in attributes[2] if k == key), None)


def classes_of(node: Block) -> list[str]:
    """Classes of a Div, Span, CodeBlock, Code or Header; none for other elements."""
    position = {"Div": 0, "Span": 0, "CodeBlock": 0, "Code": 0, "Header": 1, "Link": 0, "Image": 0}
    where = position.get(node["t"])
    return [] if where is None else list(node["c"][where][1])


def walk(node: Any) -> Iterator[Block]:
    """Every element below `node`, in document order, outer ones first."""
    if isinstance(node, dict):
        if "t" in node:
            yield node
        yield from walk(node.get("c"))
    elif isinstance(node, (list, tuple)):
        for child in node:
            yield from walk(child)


def remembered(find: Callable[[Any], T]) -> Callable[[Any], T]:
    """`find` on a value that nobody changes, such as a slide: once for each such object."""
    found: dict[int, tuple[Any, T]] = {}

    @wraps(find)
    def look_up(value: Any) -> T:
        known = found.get(id(value))
        if known and known[0] is value:
            return known[1]
        if len(found) >= MOST_REMEMBERED:
            found.clear()
        found[id(value)] = value, (made := find(value))
        return made

    return look_up


def transform(node: Any, change: Callable[[Block], list[Block] | None]) -> Any:
    """A copy of `node`, bottom up: `change` gives the replacements of an element, None keeps it."""
    if isinstance(node, (list, tuple)):
        made: list[Any] = []
        for child in node:
            new = transform(child, change)
            replaced = change(new) if isinstance(new, dict) and "t" in new else None
            if replaced is None:
                made.append(new)
            else:
                made.extend(replaced)
        return made
    if isinstance(node, dict) and "c" in node:
        return {**node, "c": transform(node["c"], change)}
    return node


def stringify(node: Any) -> str:
    """The plain text of an element or a list of them."""
    parts: list[str] = []
    for item in walk(node):
        match item["t"]:
            case "Str":
                parts.append(item["c"])
            case "Space" | "SoftBreak" | "LineBreak":
                parts.append(" ")
            case "Code" | "CodeBlock" | "Math":
                parts.append(item["c"][1])
            case "Para" | "Plain" | "Header":
                parts.append(" ")
    return " ".join("".join(parts).split())
