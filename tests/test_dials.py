"""Figures with a dial, as readers turn it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from decks import Visit
from helpers import fence, make_course, proofdeck, slide


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
