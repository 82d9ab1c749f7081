"""One ordered list of all that a snippet puts out.

Python's streams append to the list directly. File descriptors 1 and 2, where C code and child
processes write, lead to files whose new bytes are taken over before anything else is appended, so
the order is the one in which things came.
"""

from __future__ import annotations

import ctypes
import io
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping
from typing import IO, Literal

from proofdeck.facts import Limits
from proofdeck.output import Display, Output, Stream

Name = Literal["stdout", "stderr"]
DESCRIPTORS: Mapping[Name, int] = {"stdout": 1, "stderr": 2}
LIMIT = 1 << 20
"""Characters of text that one snippet may put out."""

TOKEN = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[^\x1b]|\x1b")


class Recorder:
    """Collects the outputs of one snippet after the other."""

    def __init__(self) -> None:
        self.outputs: list[Output] = []
        self.written = 0
        self.files: dict[Name, IO[bytes]] = {}
        self.read: dict[Name, int] = {"stdout": 0, "stderr": 0}
        self.libc = ctypes.CDLL(None)

    def install(self) -> None:
        """Take over file descriptors 1 and 2 and Python's streams of this process."""
        for name, descriptor in DESCRIPTORS.items():
            self.files[name] = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  open to the end
            os.dup2(self.files[name].fileno(), descriptor)
        self.restore()

    def restore(self) -> None:
        """Put Python's streams back where a snippet replaced or closed them."""
        for name, descriptor in DESCRIPTORS.items():
            stream = getattr(sys, name)
            if not isinstance(stream, _Writer) or stream.closed:
                writer = _Writer(self, name, descriptor)
                setattr(sys, name, writer)
                setattr(sys, f"__{name}__", writer)

    def text(self, name: Name, text: str) -> None:
        """Append what Python code wrote."""
        self._drain()
        self._append(name, text)

    def display(
        self,
        data: Mapping[str, str | bytes],
        alt: str = "",
        width: int = 0,
        axes: tuple[Limits, ...] = (),
    ) -> None:
        """Append a rich output."""
        self._drain()
        self.outputs.append(Display(dict(data), alt, width, axes))

    def take(self) -> tuple[Output, ...]:
        """What came since the last call: streams merged, and shown as a terminal would."""
        self._drain()
        outputs, self.outputs, self.written = self.outputs, [], 0
        return tuple(_merged(outputs))

    def _drain(self) -> None:
        self.libc.fflush(None)
        for name, file in self.files.items():
            new = os.fstat(file.fileno()).st_size - self.read[name]
            if new > 0:
                data = os.pread(file.fileno(), min(new, 2 * LIMIT), self.read[name])
                self.read[name] += new
                self._append(name, data.decode("utf-8", "replace"))

    def _append(self, name: Name, text: str) -> None:
        if self.written >= LIMIT:
            return
        text = text[: LIMIT - self.written]
        self.written += len(text)
        self.outputs.append(Stream(name, text))
        if self.written >= LIMIT:
            self.outputs.append(Stream("stderr", "\n[cut: more than 1 MiB of text]\n"))


class _Writer(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of a snippet."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, recorder: Recorder, name: Name, descriptor: int) -> None:
        self.recorder, self.stream, self.descriptor = recorder, name, descriptor
        self.buffer = io.FileIO(descriptor, "w", closefd=False)

    def write(self, text: str) -> int:
        self.recorder.text(self.stream, text)
        return len(text)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.descriptor


def _merged(outputs: Iterable[Output]) -> list[Output]:
    merged: list[Output] = []
    for output in outputs:
        last = merged[-1] if merged else None
        if isinstance(output, Stream) and isinstance(last, Stream) and last.name == output.name:
            merged[-1] = Stream(last.name, last.text + output.text)
        else:
            merged.append(output)
    return [Stream(o.name, settle(o.text)) if isinstance(o, Stream) else o for o in merged]


def settle(text: str) -> str:
    """`text` as it stands on a terminal in the end: `\\r`, `\\b` and erasing done, colours kept."""
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{SYMBOL FOR NULL}")
    if not any(sign in text for sign in "\r\b\x1b"):
        return text
    style = ""
    lines = []
    for line in text.split("\n"):
        settled, style = _settle_line(line, style)
        lines.append(settled)
    return "\n".join(lines)


def _settle_line(line: str, style: str) -> tuple[str, str]:
    """A line after overwriting, and the colour that goes on in the next line."""
    cells: list[tuple[str, str]] = []
    at = 0
    for token in TOKEN.findall(line):
        if token == "\r":
            at = 0
        elif token == "\b":
            at = max(at - 1, 0)
        elif token.startswith("\x1b["):
            if token.endswith("m"):
                style = "" if token in ("\x1b[m", "\x1b[0m") else style + token
            elif token.endswith("K"):
                del cells[at:]
        elif token != "\x1b":
            cells[at : at + 1] = [(style, token)]
            at += 1
    made: list[str] = []
    current = ""
    for cell_style, character in cells:
        if cell_style != current:
            made.append("\x1b[0m" * bool(current) + cell_style)
            current = cell_style
        made.append(character)
    return "".join(made) + "\x1b[0m" * bool(current), style
