"""Formulas as HTML and MathML at build time, by KaTeX in an embedded JavaScript engine.

So a formula that does not parse is an error of the build, not red text in front of a class, and a
deck needs no KaTeX script.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable, Mapping, Sequence

from proofdeck.cache import Cache
from proofdeck.model import Block, Lecture, Slide
from proofdeck.pandoc import remembered, walk
from proofdeck.templates import KATEX

Formula = tuple[str, bool]
"""TeX, and whether it is a display."""

RENDER = """
(formulas) => formulas.map(([tex, display]) => {
  try {
    return {html: katex.renderToString(tex, {displayMode: display, strict: "ignore"})};
  } catch (error) {
    return {error: String(error.message || error)};
  }
})
"""

ONE_AT_A_TIME = threading.Lock()
"""The engine's library ends the process when two threads load it at once."""


class TexError(Exception):
    """KaTeX's word on a formula that does not parse."""

    def __init__(self, tex: str, message: str) -> None:
        self.tex = tex
        super().__init__(message.removeprefix("KaTeX parse error: "))


def formulas(lecture: Lecture) -> list[Formula]:
    """All formulas of a lecture, each once, in its order."""
    found = [formula for slide in lecture.slides for formula in _on_slide(slide)]
    found += [formula for caption in lecture.captions.values() for formula in _among(caption)]
    return list(dict.fromkeys(found))


@remembered
def _on_slide(slide: Slide) -> list[Formula]:
    return _among([*slide.header, *slide.blocks, *slide.notes])


def _among(blocks: Sequence[Block]) -> list[Formula]:
    found = (node["c"] for node in walk(blocks) if node["t"] == "Math")
    return [(tex, kind["t"] == "DisplayMath") for kind, tex in found]


def render(wanted: Iterable[Formula], cache: Cache) -> Mapping[Formula, str]:
    """HTML of each formula, at once and kept. Raises TexError for the first that is wrong."""
    wanted = list(wanted)
    if not wanted:
        return {}
    key = hashlib.sha256(json.dumps([_version(), RENDER, wanted]).encode()).hexdigest()
    made = cache.get("math", key)
    if made is None:
        with ONE_AT_A_TIME:
            made = _katex(wanted)
        cache.put("math", key, made)
    for (tex, _), result in zip(wanted, made, strict=True):
        if "error" in result:
            raise TexError(tex, result["error"])
    return {formula: result["html"] for formula, result in zip(wanted, made, strict=True)}


def _version() -> str:
    package = json.loads((KATEX.parent / "package.json").read_text("utf-8"))
    return str(package["version"])


def _katex(wanted: list[Formula]) -> list[dict[str, str]]:
    from py_mini_racer import MiniRacer

    engine = MiniRacer()
    engine.eval((KATEX / "katex.min.js").read_text("utf-8"))
    engine.eval(f"render = {RENDER}")
    written = engine.eval(f"JSON.stringify(render({json.dumps(wanted)}))")
    made: list[dict[str, str]] = json.loads(str(written))
    return made
