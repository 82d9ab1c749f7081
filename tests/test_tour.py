"""A tour through each deck by its keys, looking at every slide."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from decks import SIZE, current, slide_ids
from proofdeck.browser import Watch
from proofdeck.config import TEMPLATES
from sites import EVERY, SMALL

MEASURE = TEMPLATES / "audit.js"
HEAVIEST = 1.5e6
"""Bytes of HTML, CSS, JavaScript and fonts that a deck may load."""
SMALLEST_FIGURE = (240, 140)
"""Pixels of a slide 1280 wide, for a reader at the back of the room."""


def files(watch: Watch) -> list[Path]:
    """The files that were loaded."""
    urls = map(urlsplit, dict.fromkeys(watch.requests))
    return sorted({Path(unquote(url.path)) for url in urls if url.scheme == "file"})


@dataclass(frozen=True)
class Tour:
    """A whole deck, as the right arrow key shows it."""

    ids: list[str]
    """Of all slides that the page has."""
    slides: list[dict[str, Any]]
    """What audit.js says of each slide with all its steps shown, and of each of its tabs."""
    blank: list[str]
    """Pictures and formulas whose place on the screen has one colour."""
    fonts: set[str]
    """Families that were loaded."""
    watch: Watch


@pytest.fixture(scope="module", params=EVERY)
def tour(
    request: pytest.FixtureRequest, browser: Browser, folder_of: Callable[[str], Path]
) -> Iterator[Tour]:
    """A tour through the deck of each lecture."""
    file = folder_of(request.param) / "index.html"
    context = browser.new_context(viewport=SIZE, reduced_motion="reduce")
    yield take_tour(context, file)
    context.close()


def take_tour(context: BrowserContext, file: Path) -> Tour:
    """Walk from the first slide to the last."""
    watch = Watch().over(context)
    page = context.new_page()
    page.add_init_script(path=MEASURE)
    page.goto(file.as_uri())
    slides: list[dict[str, Any]] = []
    blank: list[str] = []
    before = None
    # An end, or a key that does not move: what is missing then shows in the tests.
    while (here := page.evaluate("Reveal.getState()")) != before:
        if not page.evaluate("Reveal.availableFragments().next"):
            tabs = current(page).get_by_role("tab", selected=False).all()
            for show in [lambda: None, *[tab.click for tab in tabs]]:
                show()
                slides.append(page.evaluate("measureSlide()"))
                blank += blank_places(page, slides[-1])
            page.evaluate("document.activeElement.blur()")
        before = here
        page.keyboard.press("ArrowRight")
    fonts = page.evaluate(
        "[...document.fonts].filter(font => font.status == 'loaded').map(font => font.family)"
    )
    return Tour(slide_ids(page), slides, blank, {font.strip('"') for font in fonts}, watch)


def blank_places(page: Page, slide: dict[str, Any]) -> list[str]:
    """Pictures and formulas of the slide that are not to be seen on a picture of the screen."""
    things = {**{p["src"]: p["box"] for p in slide["pictures"] if p["isFigure"]}}
    things |= {formula["tex"]: formula["box"] for formula in slide["formulas"]}
    if not things:
        return []
    screen = Image.open(io.BytesIO(page.screenshot()))
    blank = []
    for name, (left, top, width, height) in things.items():
        place = screen.crop((int(left), int(top), int(left + width) + 1, int(top + height) + 1))
        if len(place.getcolors(1 << 20) or ()) < 2:
            blank.append(f"{slide['id']}: {name[:60]}")
    return blank


def found(tour: Tour, *kinds: str) -> list[tuple[str, str]]:
    """Slides and what audit.js found wrong on them."""
    findings = [(slide["id"], each) for slide in tour.slides for each in slide["findings"]]
    return [(slide, each["what"]) for slide, each in findings if each["kind"] in kinds]


def test_the_keyboard_reaches_every_slide_in_order(tour: Tour) -> None:
    assert len(tour.ids) > 2
    assert list(dict.fromkeys(slide["id"] for slide in tour.slides)) == tour.ids


def test_no_request_leaves_the_machine(tour: Tour) -> None:
    assert tour.watch.remote == []


def test_nothing_goes_wrong_in_the_browser(tour: Tour) -> None:
    assert tour.watch.problems == []


def test_nothing_leaves_its_slide(tour: Tour) -> None:
    """All steps shown, every line and picture is above the footer and within the margins."""
    assert found(tour, "outside") == []


def test_no_box_hides_a_part_of_what_it_holds(tour: Tour) -> None:
    """A presenter cannot scroll code or output."""
    assert found(tour, "hiding") == []


def test_no_part_of_a_slide_lies_over_another(tour: Tour) -> None:
    assert found(tour, "overlap") == []


def test_no_text_is_too_small_or_too_weak_to_read(tour: Tour) -> None:
    assert found(tour, "tiny", "faint") == []


def test_every_figure_is_drawn_large_enough_to_read(tour: Tour) -> None:
    pictures = [picture for slide in tour.slides for picture in slide["pictures"]]
    missing = [p["src"] for p in pictures if 0 in (*p["natural"], *p["box"][2:])]
    figures = {p["src"]: tuple(p["box"][2:]) for p in pictures if p["isFigure"]}
    least_width, least_height = SMALLEST_FIGURE
    small = {s: b for s, b in figures.items() if b[0] < least_width or b[1] < least_height}
    assert (missing, small) == ([], {})
    assert figures
    assert [p["src"] for p in pictures if not p["alt"]] == []


def test_every_formula_is_drawn(tour: Tour) -> None:
    """It has a size and letters, in the fonts made for it."""
    formulas = [formula for slide in tour.slides for formula in slide["formulas"]]
    bad = [f["tex"] for f in formulas if f["failed"] or not f["text"] or min(f["box"][2:]) < 4]
    assert bad == []
    if formulas:
        assert {"KaTeX_Main", "KaTeX_Math"} & tour.fonts


def test_figures_and_formulas_leave_their_mark_on_the_screen(tour: Tour) -> None:
    assert tour.blank == []


def test_a_deck_loads_at_most_1_5_megabytes_beside_its_figures(tour: Tour) -> None:
    kinds = (".html", ".css", ".js", ".woff2")
    sizes = {file.name: file.stat().st_size for file in files(tour.watch) if file.suffix in kinds}
    assert {Path(name).suffix for name in sizes} == set(kinds)
    assert sum(sizes.values()) <= HEAVIEST, sizes


def test_the_fonts_of_text_and_code_come_with_the_deck(tour: Tour) -> None:
    """They look the same on every machine: the browser took none of its own for them."""
    fonts = [file.name for file in files(tour.watch) if file.suffix == ".woff2"]
    assert {"text", "mono"} <= {name.partition("-")[0] for name in fonts}


@pytest.mark.parametrize("tour", [SMALL], indirect=True)
def test_formulas_of_the_small_lecture_are_the_author_s(tour: Tour) -> None:
    """Wherever they come from: text, a display of their own, an output of a snippet."""
    formulas = {f["tex"]: f["text"] for slide in tour.slides for f in slide["formulas"]}
    assert formulas == {
        "a^2 + b^2 = c^2": "a2+b2=c2",
        r"\sum_{k=1}^{n} k = \frac{n(n+1)}{2}": "k=1∑nk=2n(n+1)",
        r"x \odot y": "x⊙y",
    }


def test_a_deck_in_one_file_needs_no_other(
    small_site: Path, browser: Browser, tmp_path: Path
) -> None:
    built = small_site / SMALL
    alone = Path(shutil.copy(built / f"{SMALL}.html", tmp_path / "mailed.html"))
    context = browser.new_context(viewport=SIZE, reduced_motion="reduce")
    tour = take_tour(context, alone)
    context.close()
    assert files(tour.watch) == [alone]
    assert (tour.watch.remote, tour.watch.problems, tour.blank) == ([], [], [])
    assert list(dict.fromkeys(slide["id"] for slide in tour.slides)) == tour.ids
    pictures = [picture for slide in tour.slides for picture in slide["pictures"]]
    assert len(pictures) == 2
    assert [p["alt"] for p in pictures if 0 in p["natural"]] == []
    assert {"KaTeX_Main", "KaTeX_Math"} <= tour.fonts
