"""What readers see: the built pages, opened from `file://` in the system's Chromium."""

from __future__ import annotations

import io
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import pypdf
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from helpers import fence, make_course, proofdeck, slide
from proofdeck.browser import Watch
from proofdeck.config import TEMPLATES
from sites import EVERY, LECTURES, SMALL

SIZE = {"width": 1280, "height": 720}
MEASURE = TEMPLATES / "audit.js"
HEAVIEST = 1.5e6
"""Bytes of HTML, CSS, JavaScript and fonts that a deck may load."""
SMALLEST_FIGURE = (240, 140)
"""Pixels of a slide 1280 wide, for a reader at the back of the room."""


def files(watch: Watch) -> list[Path]:
    """The files that were loaded."""
    urls = map(urlsplit, dict.fromkeys(watch.requests))
    return sorted({Path(unquote(url.path)) for url in urls if url.scheme == "file"})


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


# A tour through each deck by its keys, looking at every slide ------------------------------------


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


# One deck, used as a presenter uses it ------------------------------------------------------------


def test_a_link_leads_to_a_slide_by_its_name(small_deck: Callable[..., Page]) -> None:
    page = small_deck("code")
    expect(current(page)).to_have_id("code")
    for name in slide_ids(page):
        page.evaluate("name => { location.hash = '/' + name; }", name)
        expect(current(page)).to_have_id(name)


def test_the_address_is_a_link_to_the_slide_that_is_shown(small_deck: Callable[..., Page]) -> None:
    page = small_deck("code")
    page.keyboard.press("PageUp")
    expect(page).to_have_url(re.compile(r"#/text(/|$)"))


@pytest.mark.parametrize(
    ("slide", "link", "target"),
    [
        ("figure", "Figure 1", "figure"),
        ("text", "Knuth 1974, 667", "references"),
        ("text", "1", "text"),
    ],
)
def test_links_to_figures_references_and_footnotes_lead_to_their_slides(
    small_deck: Callable[..., Page], slide: str, link: str, target: str
) -> None:
    page = small_deck(slide)
    current(page).get_by_role("link", name=link, exact=True).click()
    expect(current(page)).to_have_id(target)


def test_pauses_lists_and_fragments_are_shown_step_by_step(
    small_deck: Callable[..., Page],
) -> None:
    page = small_deck("text")
    slide = current(page)
    steps = [slide.get_by_text(text, exact=True) for text in ("After the pause:", "one", "two")]
    for shown in range(len(steps) + 1):
        for number, step in enumerate(steps):
            expect(step).to_have_css("visibility", "visible" if number < shown else "hidden")
        page.keyboard.press("ArrowRight")
    expect(current(page)).to_have_id("code")


def test_code_lines_are_highlighted_step_by_step(small_deck: Callable[..., Page]) -> None:
    page = small_deck("code")
    lit = current(page).locator("code > span.on")
    expect(lit).to_have_count(0)
    page.keyboard.press("ArrowRight")
    expect(lit).to_have_text(["import numpy as np"])
    page.keyboard.press("ArrowRight")
    expect(lit).to_have_text(["total = int(np.sum([1, 2, 3]))", 'print("total", total)'])
    page.keyboard.press("ArrowLeft")
    expect(lit).to_have_text(["import numpy as np"])
    page.keyboard.press("ArrowLeft")
    expect(lit).to_have_count(0)


def test_the_highlight_is_to_be_seen(small_deck: Callable[..., Page]) -> None:
    page = small_deck("code")
    line = current(page).locator("code > span").nth(2)
    plain = line.evaluate("line => getComputedStyle(line).backgroundColor")
    page.keyboard.press("ArrowRight")
    expect(line).not_to_have_css("background-color", plain)


def test_the_copy_button_copies_the_code(small_deck: Callable[..., Page]) -> None:
    page = small_deck("figure")
    block = current(page).locator("div.sourceCode")
    block.hover()
    block.get_by_role("button", name="Copy code").click()
    expect(block.get_by_role("button", name="Copied")).to_be_focused()
    assert page.evaluate("navigator.clipboard.readText()") == (
        "def largest(self) -> int:\n"
        '    """The last and largest square."""\n'
        "    return int(self.y[-1])"
    )


def test_tabs_are_chosen_with_mouse_and_arrow_keys(small_deck: Callable[..., Page]) -> None:
    page = small_deck("tabs")
    python, tex = [page.get_by_text(f"Tab {n}.", exact=True) for n in ("one", "two")]
    expect(python).to_be_visible()
    expect(tex).to_be_hidden()
    page.get_by_role("tab", name="TeX").click()
    expect(python).to_be_hidden()
    expect(tex).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", name="Python")).to_be_focused()
    expect(python).to_be_visible()
    expect(current(page)).to_have_id("tabs")


def test_the_chosen_tab_is_kept_for_the_next_visit(
    small_deck: Callable[..., Page],
) -> None:
    page = small_deck("tabs")
    page.get_by_role("tab", name="TeX").click()
    page.reload()
    expect(page.get_by_text("Tab two.", exact=True)).to_be_visible()


def test_search_finds_text_and_goes_to_its_slide(small_deck: Callable[..., Page]) -> None:
    page = small_deck()
    page.keyboard.press("Control+Shift+F")
    page.keyboard.type("fragment")
    page.keyboard.press("Enter")
    expect(current(page)).to_have_id("columns")


def test_the_overview_shows_all_slides_and_leads_to_one(small_deck: Callable[..., Page]) -> None:
    page = small_deck()
    page.keyboard.press("o")
    expect(page.locator(".reveal.overview")).to_be_visible()
    page.locator("section#text h2").click()
    expect(page.locator(".reveal.overview")).to_have_count(0)
    expect(current(page)).to_have_id("text")


def test_a_click_with_a_key_held_zooms_in(small_deck: Callable[..., Page]) -> None:
    page = small_deck("code")
    key: Literal["Control", "Alt"] = "Control" if sys.platform == "linux" else "Alt"
    current(page).get_by_role("heading").click(modifiers=[key])
    expect(page.locator("body")).to_have_css("transform", re.compile("^matrix"))


def test_slides_are_numbered(small_deck: Callable[..., Page]) -> None:
    page = small_deck("part")
    number = page.locator(".slide-number")
    expect(number).to_be_visible()
    assert "".join(number.inner_text().split()) == f"2/{len(slide_ids(page))}"


def test_outputs_are_shown_as_a_terminal_would(small_deck: Callable[..., Page]) -> None:
    """Carriage returns are settled, colours kept, streams in their order."""
    page = small_deck("rich")
    last = page.locator("#cell-rich-3 .output.stdout pre")
    expect(last).to_have_text("step 2\nred")
    colour = last.get_by_text("red").evaluate("text => getComputedStyle(text).color")
    red, green, blue = map(int, re.findall(r"\d+", colour))
    assert red > 2 * max(green, blue)
    expect(page.locator("#cell-numbers .output pre")).to_have_text(
        ["total 6", "careful", re.compile(r"^0\.\d+$")]
    )


def test_speaker_view_shows_the_notes_and_follows(small_deck: Callable[..., Page]) -> None:
    page = small_deck("part")
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    speaker = popup.value
    notes = speaker.locator(".speaker-controls-notes")
    shown = speaker.frame_locator("#current-slide iframe").locator("section.present")
    expect(notes).to_contain_text("A section has notes too.")
    expect(shown).to_have_id("part")
    page.keyboard.press("ArrowRight")
    expect(notes).to_contain_text("2 min planned, until minute 2 of 7.")
    expect(notes).to_contain_text("Speak slowly. The sum is 2.")
    expect(speaker.locator(".pacing")).to_be_visible()
    expect(speaker.locator(".timer")).to_be_visible()
    expect(notes).to_be_visible()
    expect(shown).to_have_id("text")
    upcoming = speaker.frame_locator("#upcoming-slide iframe").locator("section.present")
    expect(upcoming).to_have_id("text")  # its next step
    speaker.keyboard.press("PageDown")
    expect(current(page)).not_to_have_id("part")


def test_notes_are_not_on_the_slides(small_deck: Callable[..., Page]) -> None:
    page = small_deck("text")
    expect(page.get_by_text("Speak slowly.")).to_be_hidden()


def test_the_last_slide_says_what_it_was_built_with(small_deck: Callable[..., Page]) -> None:
    page = small_deck()
    page.keyboard.press("End")
    expect(current(page)).to_contain_text("Python")
    expect(current(page)).to_contain_text("numpy")
    links = current(page).get_by_role("link")
    assert links.evaluate_all("links => links.map(link => link.getAttribute('href'))") == [
        "handout.pdf",
        "small-student.ipynb",
        "../index.html",
    ]


def test_print_gives_a_page_for_each_slide_with_all_steps(
    small_deck: Callable[..., Page], tmp_path: Path
) -> None:
    page = small_deck(query="?print-pdf")
    page.locator("html.reveal-print .pdf-page").last.wait_for()
    ids = page.locator(".pdf-page section").evaluate_all("all => all.map(slide => slide.id)")
    printed = tmp_path / "deck.pdf"
    page.pdf(path=printed, prefer_css_page_size=True, print_background=True)
    pages = [page.extract_text() for page in pypdf.PdfReader(printed).pages]
    assert len(pages) == len(ids)
    text = pages[ids.index("text")]
    assert [part in text for part in ("After the pause", "two", "An aside")] == [True] * 3
    assert "Speak slowly" not in text
    assert "text" in ids and "built-with" in ids


# Both themes, and readers who do not see ----------------------------------------------------------


def shown_figures(page: Page) -> list[str]:
    """Kinds of the figures that are to be seen on the slide."""
    return [
        name
        for name in ("on-light", "on-dark")
        if current(page).locator(f"img.{name}").first.is_visible()
    ]


def test_the_theme_follows_the_system_until_a_key_chooses_it(
    small_deck: Callable[..., Page],
) -> None:
    page = small_deck("figure")
    body = page.locator("body")
    white, dark = "rgb(255, 255, 255)", "rgb(20, 24, 31)"
    expect(body).to_have_css("background-color", white)
    assert shown_figures(page) == ["on-light"]
    page.emulate_media(color_scheme="dark")
    expect(body).to_have_css("background-color", dark)
    assert shown_figures(page) == ["on-dark"]
    page.keyboard.press("t")
    expect(body).to_have_css("background-color", white)
    assert shown_figures(page) == ["on-light"]
    page.reload()
    expect(body).to_have_css("background-color", white)
    page.keyboard.press("t")
    expect(body).to_have_css("background-color", dark)
    assert shown_figures(page) == ["on-dark"]


def test_a_figure_on_paper_is_the_light_one(small_deck: Callable[..., Page]) -> None:
    page = small_deck("figure")
    page.keyboard.press("t")
    page.emulate_media(media="print", color_scheme="dark")
    assert shown_figures(page) == ["on-light"]


def test_a_screen_reader_is_told_each_slide_and_step(small_deck: Callable[..., Page]) -> None:
    page = small_deck("part")
    said = page.get_by_role("status").and_(page.locator(".visually-hidden"))
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text(re.compile(r"^Text and lists\. Slide 3 of \d+$"))
    expect(current(page)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text("one")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text(re.compile(r"^Code and outputs\. Slide 4"))
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text("Lines 3")


def test_formulas_are_mathml_to_a_screen_reader(small_deck: Callable[..., Page]) -> None:
    page = small_deck("columns")
    formula = current(page).locator(".katex").first
    expect(formula.locator("math")).to_have_count(1)
    expect(formula.locator(".katex-html")).to_have_attribute("aria-hidden", "true")


def test_a_claims_badge_is_opened_by_keyboard(tmp_path: Path, visit: Visit) -> None:
    claim = '::: {.claim check="total == 6"}\nThe total is six.\n:::\n'
    make_course(tmp_path, slide(fence("total = 1 + 2 + 3"), claim))
    assert proofdeck(tmp_path, "build", "--to", "deck").returncode == 0
    page = visit(tmp_path / "build/site/x/index.html", "#/one")
    check = current(page).get_by_text("total == 6", exact=True)
    expect(check).to_be_hidden()
    current(page).locator("summary").focus()
    page.keyboard.press("Enter")
    expect(check).to_be_visible()
    expect(current(page)).to_have_id("one")
    expect(check).to_be_in_viewport(ratio=1)


def test_an_exercises_solution_is_opened_by_keyboard(small_deck: Callable[..., Page]) -> None:
    page = small_deck("exercise")
    solution, check = (current(page).get_by_text(t) for t in ("the whole sum", "not added yet"))
    expect(solution).to_be_hidden()
    for name, key in (("Solution", "Enter"), ("Check", "Space")):
        expect(check).to_be_hidden()
        while page.evaluate("document.activeElement.textContent") != name:
            page.keyboard.press("Tab")
        page.keyboard.press(key)
        expect(solution if name == "Solution" else check).to_be_in_viewport(ratio=1)
    expect(check).to_be_in_viewport(ratio=1)
    expect(solution).to_be_hidden()  # one at a time
    expect(current(page)).to_have_id("exercise")


def test_on_a_phone_the_deck_is_a_page_to_scroll(small_site: Path, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto((small_site / SMALL / "index.html").as_uri() + "#/tabs")
    expect(page.locator(".slides > section#tabs h2")).to_be_in_viewport()
    seen = page.locator(".slides > section").evaluate_all(
        "all => all.map(s => s.checkVisibility())"
    )
    assert all(seen)
    expect(page.get_by_text("A fragment.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    context.close()


def test_nothing_moves_for_who_wants_it_so(small_site: Path, browser: Browser) -> None:
    context = browser.new_context(viewport=SIZE, reduced_motion="reduce")
    page = context.new_page()
    page.goto((small_site / SMALL / "index.html").as_uri() + "#/text")
    expect(current(page)).to_have_id("text")
    moving = page.locator(".reveal *").evaluate_all(
        "all => all.filter(e => !/^0s/.test(getComputedStyle(e).transitionDuration)).length"
    )
    assert moving == 0
    context.close()


# The course page ----------------------------------------------------------------------------------


def test_the_course_page_has_a_card_for_each_lecture(small_site: Path, visit: Visit) -> None:
    page = visit(small_site / "index.html")
    expect(page.get_by_role("heading", level=1)).to_have_text("A small course")
    card = page.locator("#lectures > li")
    expect(card).to_have_count(1)
    expect(card.get_by_role("heading")).to_have_text("The small lecture")
    expect(card).to_contain_text("A lecture that uses everything an author can write")
    expect(card).to_contain_text("7 minutes")
    picture = card.locator("img.on-light")
    expect(picture).to_be_visible()
    assert picture.evaluate("async image => { await image.decode(); return image.naturalWidth; }")
    room, shown = card.locator(".figure").bounding_box(), picture.bounding_box()
    assert room
    assert shown
    assert shown["height"] <= room["height"], "the card cuts its figure off"
    links = card.locator("a").evaluate_all("all => all.map(link => link.getAttribute('href'))")
    assert set(links) >= {"small/index.html", "small/handout.pdf", "small/small-student.ipynb"}
    assert [link for link in links if not (small_site / link).is_file()] == []


def test_search_on_the_course_page_finds_a_slide_and_leads_there(
    small_site: Path, visit: Visit
) -> None:
    page = visit(small_site / "index.html")
    page.keyboard.press("/")
    page.keyboard.type("quiet START")
    expect(page.locator("#results > li")).to_have_count(1)
    expect(page.locator("#lectures")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(current(page)).to_have_id("text")


def test_search_says_when_it_finds_nothing(small_site: Path, visit: Visit) -> None:
    page = visit(small_site / "index.html")
    page.get_by_role("searchbox").fill("no such words")
    expect(page.get_by_role("status")).to_have_text("No slides")


@pytest.mark.parametrize("lecture", LECTURES)
def test_each_lecture_of_the_course_has_its_card_and_documents(
    lecture: str, folder_of: Callable[[str], Path], visit: Visit
) -> None:
    site = folder_of(lecture).parent
    page = visit(site / "index.html")
    card = page.locator("#lectures > li").filter(has=page.locator(f'a[href^="{lecture}/"]'))
    expect(card).to_have_count(1)
    links = card.locator("a").evaluate_all("all => all.map(link => link.getAttribute('href'))")
    notebooks = {f"{lecture}/{file.name}" for file in (site / lecture).glob("*-student.ipynb")}
    assert notebooks
    assert set(links) >= {f"{lecture}/index.html", f"{lecture}/handout.pdf", *notebooks}
    assert [link for link in links if not (site / link).is_file()] == []


# The deck in one file -----------------------------------------------------------------------------


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


# Dials -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dial_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a lecture with a dial of a number and a word, and one in a single file."""
    root = tmp_path_factory.mktemp("dial")
    code = """
import matplotlib.pyplot as plt
depth = 5
kind = "a b"
plt.plot([0, depth], [0, 1])
plt.show()"""
    sweep = "sweep: {depth: [2, 5, 10], kind: [a b, c, a long word, another one]}"
    dial = fence(code.strip(), "label: flow", sweep, "echo: false", 'fig-alt: "{kind} {depth}."')
    make_course(root, slide(dial) + slide("Next.", id="two"))
    done = proofdeck(root, "build", "--single-file")
    assert done.returncode == 0, done.stdout + done.stderr
    return root / "build" / "site" / "x"


def shown_alt(page: Page) -> str | None:
    """The alternative text of the figure that a dial shows."""
    return page.locator(".frame:not([hidden]) img:not(.on-dark)").get_attribute("alt")


@pytest.mark.parametrize("name", ["index.html", "x.html"])
def test_a_dial_works_by_keyboard_and_says_what_it_shows(
    dial_site: Path, visit: Visit, name: str
) -> None:
    page = visit(dial_site / name, "#/one")
    assert shown_alt(page) == "a b 5."
    slider = page.get_by_role("slider", name="depth")
    slider.focus()
    expect(slider).to_have_attribute("aria-valuetext", "5")
    page.keyboard.press("ArrowRight")
    assert shown_alt(page) == "a b 10."
    expect(slider).to_have_attribute("aria-valuetext", "10")
    expect(page.get_by_role("group", name="kind")).to_be_visible()
    page.get_by_role("radio", name="a b").focus()
    page.keyboard.press("ArrowDown")
    assert shown_alt(page) == "c 10."
    expect(page.locator(".dial [role=status]")).to_have_text("c 10.")
    assert page.evaluate("Reveal.getCurrentSlide().id") == "one"
    assert page.locator(".frame:not([hidden])").count() == 1
    picture = page.locator(".frame:not([hidden]) img:visible")
    assert picture.evaluate("image => image.naturalWidth") > 100


def test_a_remote_s_keys_turn_slides_also_from_a_dial(dial_site: Path, visit: Visit) -> None:
    page = visit(dial_site / "index.html", "#/one")
    page.get_by_role("slider", name="depth").focus()
    page.keyboard.press("PageDown")
    assert page.evaluate("Reveal.getCurrentSlide().id") == "two"
    assert shown_alt(page) == "a b 5."


def test_a_deep_link_keeps_a_dial_s_setting_and_the_slide(dial_site: Path, visit: Visit) -> None:
    page = visit(dial_site / "index.html", "#/one")
    page.get_by_role("slider", name="depth").press("ArrowLeft")
    page.get_by_role("radio", name="c", exact=True).check()
    again = visit(dial_site / "index.html", page.evaluate("location.search + location.hash"))
    assert "dial:flow:depth:2,kind:c#/one" in again.url
    assert again.evaluate("Reveal.getCurrentSlide().id") == "one"
    assert shown_alt(again) == "c 2."
    again.evaluate("Reveal.next()")
    again.wait_for_url("**?dial:flow:depth:2,kind:c#/two")


def test_a_link_to_a_setting_that_is_gone_shows_what_there_is(
    dial_site: Path, visit: Visit
) -> None:
    page = visit(dial_site / "index.html", "?dial:flow:depth:7,kind:c&dial:gone:x:1#/one")
    assert shown_alt(page) == "c 5."


def test_each_frame_is_dark_on_a_dark_page(dial_site: Path, visit: Visit) -> None:
    page = visit(dial_site / "index.html", "#/one")
    page.keyboard.press("t")
    page.get_by_role("slider", name="depth").press("ArrowRight")
    dark = page.locator("html").get_attribute("data-theme") == "dark"
    picture = page.locator(".frame:not([hidden]) img:visible")
    assert ("on-dark" in str(picture.get_attribute("class"))) == dark
    expect(picture).to_have_attribute("alt", "a b 10.")


def test_a_dial_works_on_a_phone(dial_site: Path, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True)
    page = context.new_page()
    page.goto((dial_site / "index.html").as_uri())
    page.get_by_role("radio", name="c", exact=True).tap()
    assert shown_alt(page) == "c 5."
    rights = page.get_by_role("radio").evaluate_all(
        "all => all.map(each => each.parentElement.getBoundingClientRect().right)"
    )
    assert max(rights) < 390
    context.close()
