"""Reading a lecture: front matter, includes, and marks that keep line numbers through Pandoc.

Pandoc's Markdown reader keeps no positions and reads a ```` ```{python} ```` fence as inline code.
So each line that may open a fence, a heading or a div gets an attribute `pd-line` that counts its
line here; Pandoc decides which of them are real, and `unmark` takes the marks out of code that
only looked like one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from proofdeck.cells import markdown_of
from proofdeck.errors import Notice, Place, ProofdeckError
from proofdeck.front_matter import front_matter, unused, yaml_error

LINE = "pd-line"
"""The attribute that marks carry: an index into `Source.lines`, from 1."""

FENCE = re.compile(r"^(?P<indent>[\s>]*)(?P<ticks>`{3,}|~{3,})[ \t]*(?P<head>[^`]*?)[ \t]*$")
EXECUTABLE = re.compile(r"^\{(?P<language>[A-Za-z][\w+-]*)(?P<rest>[ ,].*)?\}$")
HEADING = re.compile(r"^#{1,6}[ \t]+\S")
DIV = re.compile(r"^[\s>]*:{3,}[ \t]*(?P<attributes>\{.*\})[ \t]*:*[ \t]*$")
OPTION = re.compile(r"^[\s>]*#\|[ \t]?(?P<yaml>.*)$")
INCLUDE = re.compile(r"^\s*\{\{<\s*include\s+(?P<path>\S+)\s*>\}\}\s*$")
SHORTCODE = re.compile(r"^\s*\{\{<\s*(?P<name>[\w-]+).*>\}\}\s*$")
MARK = re.compile(
    r" ?\{(?P<cell>\.pd-cell |\.pd-shown )?pd-line=(?P<line>\d+)\}|(?P<inner> ?pd-line=\d+(?=\}))"
)


@dataclass(frozen=True, slots=True)
class Source:
    """A lecture's text with its includes in place."""

    path: str
    meta: Mapping[str, Any]
    lines: tuple[str, ...]
    """The body, without front matter."""
    places: tuple[Place, ...]
    """Where each line stands."""
    marked: str
    """The body as Pandoc reads it."""
    options: Mapping[int, Mapping[str, Any]]
    """Cell options by the (marked) line of the fence."""
    notices: tuple[Notice, ...]
    files: tuple[str, ...]

    def place(self, line: int) -> Place:
        """Where line `line` (from 1) of `lines` stands."""
        return self.places[line - 1] if self.places else Place(self.path, 1)

    def find(self, text: str, start: int, default: int | None = None) -> Place:
        """The place of the first line from `start` on that contains the first line of `text`."""
        wanted = text.strip().splitlines()[0] if text.strip() else text
        return self.place(self.search(re.escape(wanted), start, default))

    def search(self, pattern: str, start: int, default: int | None = None) -> int:
        """The number of the first line from `start` on in which the regular expression matches."""
        numbers = range(max(start, 1), len(self.lines) + 1)
        found = (number for number in numbers if re.search(pattern, self.lines[number - 1]))
        return next(found, default or max(start, 1))


def read_source(root: Path, path: str) -> Source:
    """Read `path` (relative to `root`) and what it includes.

    Raises ProofdeckError for invalid UTF-8, broken front matter, a missing or circular include,
    an empty lecture, and option lines that are not YAML.
    """
    text = _read(root, path, Place(path, 1))
    whole = [(line, Place(path, n)) for n, line in enumerate(text.splitlines(), 1)]
    if path.endswith(".ipynb"):
        whole = markdown_of(path, text)
        text = "\n".join(line for line, _ in whole)
    meta, first = front_matter(path, text)
    body = whole[first - 1 :]
    files = [path]
    notices = unused(path, meta, text)
    expanded = _expand(root, body, (path,), files, notices)
    if not any(line.strip() for line, _ in expanded):
        raise ProofdeckError(
            "the lecture is empty", "Write a slide: a line `## Title`.", Place(path, first)
        )
    lines = tuple(line for line, _ in expanded)
    places = tuple(place for _, place in expanded)
    marked, options = _mark(lines, places, quarto=path.endswith(".qmd"))
    return Source(path, meta, lines, places, marked, options, tuple(notices), tuple(files))


def _read(root: Path, path: str, place: Place) -> str:
    try:
        return (root / path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        bad = error.object[error.start : error.start + 1].hex()
        raise ProofdeckError(
            f"byte 0x{bad} is not UTF-8",
            "Save the file with the encoding UTF-8.",
            Place(path, before.count(b"\n") + 1),
        ) from None
    except OSError:
        raise ProofdeckError(
            f"{path} cannot be read", "Check the file's name and rights.", place
        ) from None


def _expand(
    root: Path,
    body: list[tuple[str, Place]],
    open_files: tuple[str, ...],
    files: list[str],
    notices: list[Notice],
) -> list[tuple[str, Place]]:
    """Put included files in the place of their shortcodes; warn of shortcodes we don't know."""
    made: list[tuple[str, Place]] = []
    for line, place in body:
        include, shortcode = INCLUDE.match(line), SHORTCODE.match(line)
        if include:
            path = os.path.normpath(Path(place.path).parent / include["path"])
            if path in open_files:
                raise ProofdeckError(
                    f"{path} includes itself", "Remove one of the includes.", place
                )
            files.append(path)
            text = _read(root, path, place)
            inner = [(text_, Place(path, n)) for n, text_ in enumerate(text.splitlines(), 1)]
            made += _expand(root, inner, (*open_files, path), files, notices)
        elif shortcode and shortcode["name"] == "pagebreak":
            made.append(("[]{.pagebreak}", place))
        else:
            if shortcode:
                notices.append(
                    Notice(place, f"unknown shortcode {shortcode['name']!r}: shown as text")
                )
            made.append((line, place))
    return made


def _mark(
    lines: tuple[str, ...], places: tuple[Place, ...], quarto: bool
) -> tuple[str, dict[int, Mapping[str, Any]]]:
    made: list[str] = []
    options: dict[int, Mapping[str, Any]] = {}
    captions: list[str] = []
    for number, line in enumerate(lines, 1):
        fence, div = FENCE.match(line), DIV.match(line)
        if fence and (kind := _fence_kind(fence["head"], quarto)):
            made.append(f"{fence['indent']}{fence['ticks']} {{{kind} {LINE}={number}}}")
            if kind == ".pd-cell":
                found = _options(lines, places, number, fence["head"])
                options[number] = found
                captions += caption_lines(number, found)
        elif HEADING.match(line):
            made.append(_with_mark(line, number))
        elif div:
            made.append(
                line.replace("}", f" {LINE}={number}}}", 1)
                if line.count("}") == 1
                else _before_last_brace(line, number)
            )
        else:
            made.append(line)
    return "\n".join([*made, *captions, ""]), options


def _fence_kind(head: str, quarto: bool) -> str:
    """`.pd-cell` for a fence that runs, `.pd-shown` for another language's, else nothing."""
    if head in ("python", "py"):
        return "" if quarto else ".pd-cell"
    executable = EXECUTABLE.match(head)
    if not executable:
        return ""
    return ".pd-cell" if executable["language"] in ("python", "py") else ".pd-shown"


def _with_mark(line: str, number: int) -> str:
    if re.search(r"\{[^{}]*(?<!`)\}\s*$", line):
        return _before_last_brace(line, number)
    return f"{line} {{{LINE}={number}}}"


def _before_last_brace(line: str, number: int) -> str:
    at = line.rindex("}")
    return f"{line[:at]} {LINE}={number}{line[at:]}"


def unmark(text: str, source: Source) -> str:
    """Code without the marks that `_mark` put into it."""

    def original(match: re.Match[str]) -> str:
        if not match["cell"]:
            return ""
        line = source.lines[int(match["line"]) - 1]
        fence = FENCE.match(line)
        return line[fence.end("ticks") :] if fence else ""

    return MARK.sub(original, text) if LINE in text else text


def _options(
    lines: tuple[str, ...], places: tuple[Place, ...], fence: int, head: str
) -> Mapping[str, Any]:
    """Cell options: the `#|` lines below the fence, and those in its header."""
    block: list[str] = []
    for line in lines[fence:]:
        option = OPTION.match(line)
        if not option:
            break
        block.append(option["yaml"])
    place = places[fence - 1]
    try:
        found = yaml.safe_load("\n".join(block)) or {}
        header = _header_options(head)
    except yaml.YAMLError as error:
        raise yaml_error(
            "the cell's options are not YAML", place.path, error, place.line + 1
        ) from None
    if not isinstance(found, dict):
        raise ProofdeckError(
            "the cell's options are not `key: value` lines",
            "Write for instance `#| echo: false`.",
            Place(place.path, place.line + 1),
        )
    return {**header, **found}


def _header_options(head: str) -> dict[str, Any]:
    """Options of knitr's style: `{python setup, echo=FALSE, fig.alt="…"}`."""
    executable = EXECUTABLE.match(head)
    rest = (executable["rest"] or "").strip(" ,") if executable else ""
    found: dict[str, Any] = {}
    for number, part in enumerate(re.findall(r'[^\s,=]+\s*=\s*"[^"]*"|[^\s,]+', rest)):
        key, equals, value = part.partition("=")
        if equals:
            text = value.strip()
            lowered = text.lower() if text in ("TRUE", "FALSE") else text
            found[key.strip().replace(".", "-")] = yaml.safe_load(lowered)
        elif number == 0:
            found["label"] = part
    return found


def caption_lines(fence: int, options: Mapping[str, Any]) -> list[str]:
    """A caption as Markdown below the lecture, so that Pandoc reads it in the same call."""
    given = options.get("fig-cap")
    lines = ["", f"::: {{.pd-caption {LINE}={fence}}}", str(given), ":::"]
    return lines if isinstance(given, str) else []
