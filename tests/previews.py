"""A course under the live preview: the real command, and a browser that looks at it."""

from __future__ import annotations

import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page

from helpers import fence

URL = re.compile(r"http://127\.0\.0\.1:(?P<port>\d+)/")
FRONT = "---\ntitle: First title\n---\n\n"
PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 2, {n}]);"
TIMED = """import time
started = time.perf_counter()
{plot}
plt.show()
print('run', {n}, 'took', time.perf_counter() - started)"""


def plain(id: str, *parts: str) -> str:
    """A slide `Slide id`."""
    return "\n\n".join([f"## Slide {id} {{#{id}}}", *parts]) + "\n"


class Served:
    """A preview of the course in `root`, whose lecture is `x`."""

    def __init__(self, root: Path, *arguments: str) -> None:
        self.root = root
        command = [sys.executable, "-m", "proofdeck", "preview", "--no-browser", *arguments]
        self.process = subprocess.Popen(
            command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self.process.stdout
        line = self.process.stdout.readline()
        found = URL.match(line)
        assert found, line
        self.url, self.port = found[0], int(found["port"])

    def stop(self, number: int = signal.SIGINT) -> str:
        """Ctrl-C; what was said since the address."""
        self.process.send_signal(number)
        said, _ = self.process.communicate(timeout=30)
        return said


class Previewed(Served):
    """The same, and a browser that looks at it."""

    def __init__(self, root: Path, context: BrowserContext, *arguments: str) -> None:
        super().__init__(root, *arguments)
        self.context = context

    def open(self, rest: str = "x/") -> Page:
        """A page that is told of changes."""
        page = self.context.new_page()
        page.goto(self.url + rest)
        deck = "[data-preview=connected] .slides > section"
        page.wait_for_selector(deck, state="attached")
        return page

    def write(self, path: str, content: str | bytes) -> None:
        """As an editor does: the file is there at each moment."""
        file = self.root / path
        new = file.with_name(f".{file.name}.new")
        new.write_bytes(content if isinstance(content, bytes) else content.encode())
        new.replace(file)

    def save(self, *slides: str, front: str = FRONT) -> None:
        """Save the lecture."""
        self.write("slides/x.md", front + "\n".join(slides))


def wait_for_text(page: Page, slide: str, text: str) -> None:
    """Until a slide says `text`."""
    page.wait_for_function(
        "([id, text]) => document.getElementById(id).textContent.includes(text)", arg=[slide, text]
    )


def timed_lecture(prose: int, snippet: int, slides: int = 12) -> list[str]:
    """A lecture of plots, with a sentence and a snippet to edit."""
    plots = [plain(f"s{n}", fence(PLOT.format(n=n))) for n in range(slides)]
    timed = fence(TIMED.format(plot=PLOT.format(n=snippet), n=snippet))
    return [plain("one", f"Text {prose}."), *plots, plain("last", timed)]


def latencies(preview: Previewed, runs: int, pause: Callable[[], None]) -> dict[str, list[float]]:
    """Seconds from saving to the screen: of prose, and of a snippet beyond its own run."""
    page = preview.open("x/#/one")
    wait_for_text(page, "last", "run 0 took")
    page.wait_for_selector(".preview-mark", state="detached")
    found: dict[str, list[float]] = {"prose": [], "snippet, beyond its own run": []}
    prose, snippets = found.values()
    for number in range(1, runs + 1):
        pause()
        started = time.perf_counter()
        preview.save(*timed_lecture(number, 0))
        wait_for_text(page, "one", f"Text {number}.")
        prose.append(time.perf_counter() - started)
    for number in range(1, runs + 1):
        pause()
        started = time.perf_counter()
        preview.save(*timed_lecture(runs, number))
        wait_for_text(page, "last", f"run {number} took")
        seconds = time.perf_counter() - started
        own = re.search(
            rf"run {number} took ([0-9.e-]+)", page.locator("#last").text_content() or ""
        )
        assert own
        snippets.append(seconds - float(own[1]))
    return found


def told(found: dict[str, list[float]]) -> list[str]:
    """Latencies as lines to print."""
    return [
        f"{name}: median {statistics.median(taken):.3f} s of "
        + " ".join(f"{seconds:.3f}" for seconds in taken)
        for name, taken in found.items()
    ]
