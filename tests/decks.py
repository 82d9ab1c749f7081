"""Built pages, opened from `file://` in the system's Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page

from proofdeck.browser import Watch
from sites import SMALL

SIZE = {"width": 1280, "height": 720}


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open a file; in the end no request has left the machine, and nothing has gone wrong."""
    context = browser.new_context(viewport=SIZE, permissions=["clipboard-read"])
    context.set_default_timeout(10_000)
    watch = Watch().over(context)

    def open_page(file: Path, rest: str = "") -> Page:
        page = context.new_page()
        page.goto(file.as_uri() + rest)
        return page

    yield open_page
    context.close()
    assert (watch.remote, watch.problems) == ([], [])


@pytest.fixture(scope="module")
def small_site(folder_of: Callable[[str], Path]) -> Path:
    """The site of the small course."""
    return folder_of(SMALL).parent


@pytest.fixture
def small_deck(small_site: Path, visit: Visit) -> Callable[..., Page]:
    """Opens the deck of the small lecture at a slide."""

    def open_deck(slide: str = "", query: str = "") -> Page:
        file = small_site / SMALL / "index.html"
        return visit(file, f"{query}#/{slide}" if slide else query)

    return open_deck


def current(page: Page) -> Locator:
    """The slide that is shown."""
    return page.locator(".slides > section.present")


def slide_ids(page: Page) -> list[str]:
    """Ids of all slides in their order, but for those that the author hides."""
    ids: list[str] = page.locator(".slides > section:not([data-visibility=hidden])").evaluate_all(
        "slides => slides.map(slide => slide.id)"
    )
    return ids
