"""A Pandoc that stays: writes slides without being started, and without reading its syntaxes, anew.

Pandoc's own Lua interpreter, asked over pipes. What it writes is what the command would write.
"""

from __future__ import annotations

import subprocess
import threading

from proofdeck.errors import ProofdeckError
from proofdeck.pandoc import attr, binary, element, to_json

LOOP = """
while true do
  local head = io.stdin:read("l")
  if not head then break end
  local incremental, count = head:match("^(%S+) (%d+)$")
  local doc = pandoc.read(io.stdin:read(tonumber(count)), "json")
  local html = pandoc.write(doc, "revealjs", pandoc.WriterOptions {
    slide_level = 2,
    reference_location = "section",
    wrap_text = "preserve",
    incremental = incremental == "true",
  })
  io.stdout:write(#html, "\\n", html)
  io.stdout:flush()
end
"""
WARM = element("CodeBlock", [attr("", ["python"]), "x = 1"])
"""What makes it read what it needs to highlight Python."""


class WarmPandoc:
    """A process that writes slides, one document at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def warm(self) -> None:
        """Start it, before it is wanted."""
        self.write(to_json([WARM]))

    def write(self, document: str, incremental: bool = False) -> str:
        """Pandoc's JSON as the HTML of slides. Raises ProofdeckError where it cannot be written."""
        data = document.encode()
        with self._lock:
            process = self._process = self._process or self._start()
            assert process.stdin and process.stdout
            try:
                head = f"{str(incremental).lower()} {len(data)}\n".encode()
                process.stdin.write(head + data)
                process.stdin.flush()
                count = int(process.stdout.readline())
                return process.stdout.read(count).decode()
            except (OSError, ValueError):
                self._end()
                message, hint = "Pandoc ended unexpectedly", "Save again."
                raise ProofdeckError(message, hint) from None

    def end(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [binary(), "lua", "-e", LOOP],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is the parent's affair
        )

    def _end(self) -> None:
        if process := self._process:
            process.kill()
            process.communicate()
            self._process = None
