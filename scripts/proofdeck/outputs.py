"""What a snippet gave, as Pandoc blocks for a slide or a page."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal

from markupsafe import escape

from proofdeck.charts import Kind, kind_of, title_of
from proofdeck.dark import dark_svg
from proofdeck.dial import dial, key_of, multiples, shown_outputs, spoken
from proofdeck.model import Block, Chosen, Frame, Lecture, Run, Snippet
from proofdeck.output import Display, Output, Stream
from proofdeck.pandoc import attr, div, element, pandoc, plain, raw
from proofdeck.streams import settle

if TYPE_CHECKING:
    from rich.terminal_theme import TerminalTheme

Target = Literal["html", "typst"]
FIGURES = "figures"
"""The folder of a lecture's figures, beside its documents."""

COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
HEX = re.compile(r"#0100(0[0-7])")
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

IMAGES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}
RICHEST: Mapping[Target, tuple[str, ...]] = {
    "html": ("text/html", "text/markdown", *IMAGES, "text/latex", "text/plain"),
    "typst": (*IMAGES, "text/markdown", "text/latex", "text/html", "text/plain"),
}
"""Which of an output's MIME types is shown, best first."""


@dataclass(frozen=True, slots=True)
class FigureFile:
    """A figure of a run as a file of the site."""

    name: str
    """`clipping-1.3f2a9c0d.svg`: what it shows, and a hash of its contents."""
    data: bytes
    alt: str
    width: int
    dark: bytes | None = None
    """The figure for the dark theme; None where there is none but this one."""

    @property
    def dark_name(self) -> str:
        """The name of `dark`; empty where there is none."""
        if not self.dark:
            return ""
        stem = self.name.split(".")[0]
        return f"{stem}.{hashlib.sha256(self.dark).hexdigest()[:8]}.dark.svg"


def figure_files(
    lecture: Lecture, run: Run, dark: Callable[[bytes], bytes | None] = dark_svg
) -> dict[tuple[str, int], FigureFile]:
    """Every image output, by snippet id (or key of its frame) and position among its outputs."""
    found = {}
    for key, _, outputs in shown_outputs(lecture, run):
        for number, output in enumerate(outputs):
            if isinstance(output, Display) and (mime := _image_type(output)):
                value = output.data[mime]
                data = _bytes(value, mime)
                digest = hashlib.sha256(data).hexdigest()[:8]
                name = f"{key.replace('@', '-')}-{number}.{digest}.{IMAGES[mime]}"
                other = dark(data) if IMAGES[mime] == "svg" else None
                found[key, number] = FigureFile(name, data, output.alt, output.width, other)
    return found


def _image_type(output: Display) -> str | None:
    return next((mime for mime in IMAGES if mime in output.data), None)


def _bytes(value: str | bytes, mime: str) -> bytes:
    if isinstance(value, bytes):
        return value
    if mime == "image/svg+xml":
        return value.encode()
    return base64.b64decode(value)


@dataclass(frozen=True, slots=True)
class Outputs:
    """Turns one lecture's outputs into blocks for one target."""

    target: Target
    files: Mapping[tuple[str, int], FigureFile]
    folder: str
    """Where figure files lie, as the document names it."""
    captions: Mapping[str, Sequence[Block]]
    fragments: Mapping[tuple[str, str], list[Block]] = field(default_factory=dict)
    """Markdown and HTML outputs as blocks, by format and text."""

    def blocks(self, snippet: Snippet, outputs: Sequence[Output]) -> list[Block]:
        """The outputs of `snippet` that its options do not hide."""
        return self._blocks(snippet, snippet.id, (), outputs)

    def of_frames(self, snippet: Snippet, frames: Sequence[Frame]) -> list[Block]:
        """The same of a swept snippet: a dial on a slide, small multiples on paper."""
        show = partial(self._blocks, snippet)
        if self.target == "html":
            made = [dial(snippet, frames, show)]
        else:
            first = (file for (key, _), file in self.files.items() if key == key_of(snippet, 0))
            width = max((file.width for file in first), default=0)
            made = multiples(snippet, frames, width, show)
        if not (caption := list(self.captions.get(snippet.id, ()))):
            return made
        *above, last = made  # a captioned figure is not broken over pages, so it must be small
        return [*above, self._captioned(snippet, [last], caption)]

    def absent(self, snippet: Snippet) -> list[Block]:
        """In place of what did not run: a figure to which others may refer."""
        caption = list(self.captions.get(snippet.id, ()))
        if not caption or not snippet.id.startswith("fig-"):
            return []
        note = element("Plain", [element("Emph", plain("Not drawn here."))])
        return [self._captioned(snippet, [note], caption)]

    def _blocks(
        self, snippet: Snippet, key: str, chosen: Chosen, outputs: Sequence[Output]
    ) -> list[Block]:
        made: list[Block] = []
        figures = 0
        for number, output in enumerate(outputs):
            if isinstance(output, Stream):
                made += self._stream(snippet, output)
            elif self.target == "html" and (found := kind_of(output.data)):
                made.append(self._chart(snippet, *found, output, chosen))
                figures += 1
            elif file := self.files.get((key, number)):
                made.append(self._figure(snippet, file, figures, chosen))
                figures += 1
            else:
                made += self._rich(output)
        return made

    def _stream(self, snippet: Snippet, stream: Stream) -> list[Block]:
        if stream.name == "stderr" and snippet.options.get("warning") is False:
            return []
        if stream.name == "stdout" and snippet.options.get("output") == "asis":
            return self.fragments[("markdown", stream.text)]
        return [self._text(stream.text, stream.name)] if stream.text.strip() else []

    def _text(self, text: str, kind: str) -> Block:
        text = text.rstrip("\n")
        if self.target == "html":
            inner = raw("html", f"<pre><code>{ansi_to_html(text)}</code></pre>")
        else:
            inner = element("CodeBlock", [attr(), without_ansi(text)])
        return div(["output", kind], [inner])

    def _figure(self, snippet: Snippet, file: FigureFile, number: int, chosen: Chosen) -> Block:
        options = snippet.options
        alts = options.get("fig-alt")
        given = alts[number] if isinstance(alts, list) and number < len(alts) else alts
        alt = spoken(given if isinstance(given, str) else file.alt or "Figure", chosen)
        width = [("width", f"{file.width}px")] if file.width else []

        def image(name: str, *classes: str) -> Block:
            link = [f"{self.folder}/{name}", ""]
            return element("Image", [attr("", list(classes), width), plain(alt), link])

        images = [image(file.name)]
        if self.target == "html" and (dark := file.dark_name):
            images = [image(file.name, "on-light"), image(dark, "on-dark")]
        caption = list(self.captions.get(snippet.id, ())) if number == 0 and not chosen else []
        body = [element("Plain", images)]
        return (
            self._captioned(snippet, body, caption) if caption else div(["output", "figure"], body)
        )

    def _captioned(self, snippet: Snippet, body: list[Block], caption: list[Block]) -> Block:
        id = snippet.id if snippet.id.startswith("fig-") else ""
        figure = element("Figure", [attr(id), [None, [element("Plain", caption)]], body])
        return div(["output", "figure"], [figure])

    def _chart(
        self, snippet: Snippet, kind: Kind, mime: str, output: Display, chosen: Chosen
    ) -> Block:
        """A figure that chart.js draws."""
        alt = spoken(str(snippet.options.get("fig-alt") or title_of(output.data[mime])), chosen)
        told = str(output.data[mime]).replace("</", "<\\/")
        tag = (
            f'<div class="chart" data-kind="{kind.name}" role="figure" aria-label="{escape(alt)}">'
        )
        html = f'{tag}<script type="application/json">{told}</script></div>'
        return div(["output", "figure"], [raw("html", html)])

    def _rich(self, output: Display) -> list[Block]:
        mime = next((m for m in RICHEST[self.target] if m in output.data), None)
        if found := kind_of(output.data):  # of which there is no picture
            said = (
                f"An interactive figure, to be seen in the deck: {title_of(output.data[found[1]])}"
            )
            return [element("Para", [element("Emph", plain(said))])]
        if mime is None:
            return []
        text = str(output.data[mime])
        if mime == "text/html" and self.target == "html":
            # An empty heading, as in the corner of pandas' tables, says nothing to a screen reader.
            return [div(["output", "html"], [raw("html", text.replace("<th></th>", "<td></td>"))])]
        if mime in ("text/html", "text/markdown"):
            return [div(["output"], self.fragments[(mime.removeprefix("text/"), text)])]
        if mime == "text/latex":
            tex = text.strip().removeprefix("$$").removesuffix("$$").strip("$ ")
            tex = tex.removeprefix("\\displaystyle").strip()
            return [element("Para", [element("Math", [element("DisplayMath"), tex])])]
        return [self._text(text, "stdout")]


def fragments(lecture: Lecture, run: Run, target: Target) -> dict[tuple[str, str], list[Block]]:
    """Markdown and HTML that snippets put out, read by Pandoc; no call where there is none."""
    wanted = dict.fromkeys(_fragments(lecture, run, target))
    return {key: _read_fragment(*key) for key in wanted}


def _fragments(lecture: Lecture, run: Run, target: Target) -> Iterator[tuple[str, str]]:
    for _, snippet, outputs in shown_outputs(lecture, run):
        for output in outputs:
            if isinstance(output, Stream):
                if output.name == "stdout" and snippet.options.get("output") == "asis":
                    yield "markdown", output.text
                continue
            best = next((mime for mime in RICHEST[target] if mime in output.data), "")
            if best == "text/markdown" or (best == "text/html" and target == "typst"):
                yield best.removeprefix("text/"), str(output.data[best])


def _read_fragment(format: str, text: str) -> list[Block]:
    blocks: list[Block] = json.loads(pandoc(text, f"--from={format}", "--to=json")[0])["blocks"]
    return blocks


def ansi_to_html(text: str) -> str:
    """Text with ANSI colours as HTML with inline styles."""
    if "\x1b" not in text:
        return str(escape(text))
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, file=io.StringIO(), width=10_000, force_terminal=True)
    console.print(Text.from_ansi(text), soft_wrap=True, end="")
    html = console.export_html(inline_styles=True, code_format="{code}", theme=_ansi_theme())
    return HEX.sub(lambda match: f"var(--ansi-{COLOURS[int(match[1], 16) % 8]})", html).rstrip("\n")


def _ansi_theme() -> TerminalTheme:
    """Colours that only carry their number, for `HEX` to make them the theme's own."""
    from rich.terminal_theme import TerminalTheme

    return TerminalTheme((255, 255, 255), (0, 0, 0), [(1, 0, n) for n in range(8)])


def without_ansi(text: str) -> str:
    """Text without ANSI colours, for print."""
    return ANSI.sub("", settle(text))
