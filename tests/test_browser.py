"""A deck as a presenter and its readers use it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pypdf
import pytest
from playwright.sync_api import Browser, Page, expect

from decks import SIZE, Visit, current, slide_ids
from helpers import fence, make_course, proofdeck, slide
from sites import SMALL

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


@pytest.mark.parametrize("lines", [1, 16])
def test_a_high_solution_scrolls_beside_its_summary(
    lines: int, tmp_path: Path, visit: Visit
) -> None:
    """Below it or above it, where there is more room, by keyboard too: a second click closes it."""
    solution = "\n".join(["y = 1", *(f"z = {n}" for n in range(60)), f"last = '{'z' * 150}'"])
    parts = {"starter": "y = 0\n" * lines, "solution": solution, "check": "assert y, 'no'"}
    snippets = [fence(code, f"exercise: {role}") for role, code in parts.items()]
    make_course(tmp_path, slide("\n".join(["::: {.exercise}", "Mend it.\n", *snippets, ":::\n"])))
    assert proofdeck(tmp_path, "build", "--to", "deck").returncode == 0
    page = visit(tmp_path / "build/site/x/index.html", "#/one")
    summaries = {
        name: current(page).get_by_text(name, exact=True) for name in ("Solution", "Check")
    }
    last = current(page).get_by_text("last =")
    summaries["Solution"].click()
    expect(last).not_to_be_in_viewport()
    page.keyboard.press("Tab")
    for _ in range(60):
        page.keyboard.press("ArrowDown")
    expect(last).to_be_in_viewport()
    expect(current(page)).to_have_id("one")
    for name in ("Check", "Solution", "Solution"):  # another closes it, opened again, closed
        summaries[name].click(timeout=2000)
    expect(last).to_be_hidden()


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
