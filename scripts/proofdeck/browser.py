"""The system's Chromium, and what its pages ask for and complain of."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from proofdeck.errors import EXIT_USAGE, ProofdeckError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

ON_A_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
NAMES = ("chromium", "chromium-browser", "google-chrome", ON_A_MAC)
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--allow-file-access-from-files")
"""The last lets axe-core read the style sheets of a page that was opened as a file."""

LOCAL = ("file", "data", "blob", "about")
"""Schemes of addresses on this machine."""


def find_chromium() -> str | None:
    """The path of the system's Chromium, if there is one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Chromium without a window.

    Raises ProofdeckError (exit code 2) where it, or Playwright, is missing.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        message, hint = "Playwright is not installed", "Run `make setup`."
        raise ProofdeckError(message, hint, exit_code=EXIT_USAGE) from None
    chromium = find_chromium()
    if not chromium:
        message, hint = "no Chromium is installed", "Install Chromium or Chrome."
        raise ProofdeckError(message, hint, exit_code=EXIT_USAGE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Watch:
    """What a browser context asked for, and what went wrong in it."""

    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Errors and warnings of the console, scripts that failed, files that did not come."""

    def over(self, context: BrowserContext) -> Watch:
        """Start to watch all pages of `context`."""
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("requestfailed", lambda request: self.problems.append(f"failed: {request.url}"))
        context.on("weberror", lambda error: self.problems.append(str(error.error)))
        context.on(
            "console",
            lambda said: (
                self.problems.append(said.text) if said.type in ("error", "warning") else None
            ),
        )
        return self

    @property
    def remote(self) -> list[str]:
        """Requests that left the machine."""
        return [url for url in self.requests if urlsplit(url).scheme not in LOCAL]
