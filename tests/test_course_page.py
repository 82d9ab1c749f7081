"""The course page, as readers use it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from decks import Visit, current
from sites import LECTURES


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
