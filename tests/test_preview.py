"""The live preview: the real command and the system's Chromium, while files are saved."""

from __future__ import annotations

import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from helpers import fence, make_course
from proofdeck.browser import find_chromium, open_browser

expect.set_options(timeout=20_000)
URL = re.compile(r"http://127\.0\.0\.1:\d+/")
FRONT = "---\ntitle: First title\n---\n\n"
PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 2, {n}]);"


def slides(*parts: str) -> str:
    return FRONT + "\n".join(parts)


def plain(id: str, *parts: str) -> str:
    return "\n\n".join([f"## Slide {id} {{#{id}}}", *parts]) + "\n"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not find_chromium():
        if os.environ.get("PROOFDECK_REQUIRE_BROWSER"):
            pytest.fail("no Chromium is installed")
        pytest.skip("no Chromium is installed")
    with open_browser() as made:
        yield made


class Previewed:
    """A course that is previewed, and a browser that looks at it."""

    def __init__(self, root: Path, context: BrowserContext) -> None:
        self.root, self.context = root, context
        self.lecture = root / "slides" / "x.md"
        command = [sys.executable, "-m", "proofdeck", "preview", "--no-browser"]
        self.process = subprocess.Popen(
            command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self.process.stdout
        found = URL.match(line := self.process.stdout.readline())
        assert found, line
        self.url = found[0]

    def open(self, rest: str = "x/") -> Page:
        page = self.context.new_page()
        page.goto(self.url + rest)
        page.wait_for_selector("[data-preview=connected] .slides > section", state="attached")
        return page

    def save(self, *parts: str) -> None:
        """As an editor does: the file is there at each moment."""
        new = self.lecture.with_name(".x.md.new")
        new.write_text(slides(*parts), "utf-8")
        new.replace(self.lecture)

    def stop(self) -> str:
        self.process.send_signal(signal.SIGINT)
        said, _ = self.process.communicate(timeout=30)
        return said


@pytest.fixture
def start(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Previewed]]:
    """Starts a preview of the lecture `x`."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(20_000)
    started: list[Previewed] = []

    def preview(*parts: str, **files: str | bytes) -> Previewed:
        root = tmp_path / f"course{len(started)}"
        make_course(root, slides(*parts), **files)
        started.append(Previewed(root, context))
        return started[-1]

    yield preview
    context.close()
    for each in started:
        if each.process.poll() is None:
            each.stop()


def current(page: Page) -> str:
    return str(page.evaluate("Reveal.getCurrentSlide().id"))


def test_a_saved_prose_edit_replaces_its_slide_and_no_other(
    start: Callable[..., Previewed],
) -> None:
    preview = start(plain("one", "Old text."), plain("two", "Stays."))
    page = preview.open()
    page.evaluate("document.getElementById('two').dataset.seen = 'yes'")
    preview.save(plain("one", "New text."), plain("two", "Stays."))
    expect(page.locator("#one")).to_contain_text("New text.")
    assert page.locator("#two").get_attribute("data-seen") == "yes"


def test_place_fragment_and_what_is_open_stay(start: Callable[..., Previewed]) -> None:
    fold = fence("print(1)", "code-fold: true")
    preview = start(plain("one", "Alpha."), plain("two", fold, ". . .", "Beta.", ". . .", "Gamma."))
    page = preview.open("x/#/two")
    page.keyboard.press("ArrowRight")
    page.locator("#two summary").click()
    page.locator("body").click(position={"x": 1200, "y": 600})
    before = page.evaluate("Reveal.getState()")
    preview.save(
        plain("zero", "Omega."),
        plain("one", "Alpha."),
        plain("two", fold, ". . .", "New.", ". . .", "Gamma."),
    )
    expect(page.locator("#two")).to_contain_text("New.")
    after = page.evaluate("Reveal.getState()")
    assert (current(page), after["indexf"]) == ("two", before["indexf"])
    assert after["indexh"] == before["indexh"] + 1
    assert page.locator("#two details").evaluate("fold => fold.open")
    assert [part.text_content() for part in page.locator("#two .fragment.visible").all()] == [
        "\nNew.\n"
    ]
    preview.save(plain("two", fold, ". . .", "New.", ". . .", "Gamma."))
    expect(page.locator("#one")).to_have_count(0)
    assert current(page) == "two"


def test_an_edited_snippet_runs_and_its_figure_is_replaced(start: Callable[..., Previewed]) -> None:
    preview = start(plain("one", fence(PLOT.format(n=3))), plain("two", "The value is 7."))
    page = preview.open("x/#/one")
    figure = page.locator("#one img.on-light")
    expect(figure).to_have_count(1)
    before = figure.get_attribute("src")
    preview.save(plain("one", fence(PLOT.format(n=9))), plain("two", "The value is 7."))
    expect(figure).not_to_have_attribute("src", before or "")
    assert figure.evaluate("async image => { await image.decode(); return image.naturalWidth }") > 0
    expect(page.locator(".preview-mark")).to_have_count(0)


def test_an_error_lies_over_its_slide_and_goes_when_mended(start: Callable[..., Previewed]) -> None:
    preview = start(plain("one", "Text."), plain("two", fence("print('good')")))
    page = preview.open("x/#/two")
    expect(page.locator("#two .output")).to_contain_text("good")
    preview.save(plain("one", "Text."), plain("two", fence("print(god)")))
    errors = page.locator(".preview-errors")
    expect(errors).to_contain_text("slides/x.md:12")
    expect(errors).to_contain_text("NameError: name 'god' is not defined")
    expect(errors.locator(".at-fault")).to_contain_text("print(god)")
    expect(page.locator("#two .output")).to_contain_text("good")
    preview.save(plain("one", "Other."), plain("two", fence("print('mended')")))
    expect(page.locator("#two .output")).to_contain_text("mended")
    expect(errors).to_be_hidden()


def test_latencies(start: Callable[..., Previewed], capsys: pytest.CaptureFixture[str]) -> None:
    def text(prose: int, snippet: int) -> list[str]:
        own = f"import time\nstarted = time.perf_counter()\n{PLOT.format(n=snippet)}\nplt.show()"
        timed = f"{own}\nprint('run', {snippet}, 'took', time.perf_counter() - started)"
        plots = [plain(f"s{n}", fence(PLOT.format(n=n))) for n in range(12)]
        return [plain("one", f"Text {prose}."), *plots, plain("last", fence(timed))]

    preview = start(*text(0, 0))
    page = preview.open("x/#/one")
    expect(page.locator("#last")).to_contain_text("run 0 took")
    expect(page.locator(".preview-mark")).to_have_count(0)
    prose, snippets = [], []
    for number in range(1, 8):
        started = time.perf_counter()
        preview.save(*text(number, 0))
        wait_for_text(page, "one", f"Text {number}.")
        prose.append(time.perf_counter() - started)
    for number in range(1, 8):
        started = time.perf_counter()
        preview.save(*text(7, number))
        wait_for_text(page, "last", f"run {number} took")
        seconds = time.perf_counter() - started
        said = page.locator("#last .output").first.text_content() or ""
        own = re.search(rf"run {number} took ([0-9.]+)", page.locator("#last").inner_text())
        assert own, said
        snippets.append(seconds - float(own[1]))
    with capsys.disabled():
        for name, found in (("prose", prose), ("snippet, beyond its own run", snippets)):
            listed = " ".join(f"{seconds:.3f}" for seconds in found)
            print(f"\n{name}: median {statistics.median(found):.3f} s of {listed}")


def wait_for_text(page: Page, slide: str, text: str) -> None:
    page.wait_for_function(
        "([id, text]) => document.getElementById(id).textContent.includes(text)", arg=[slide, text]
    )


def test_the_preview_stops_at_ctrl_c_and_leaves_no_process(start: Callable[..., Previewed]) -> None:
    preview = start(plain("one", fence("import time\nprint('on')\ntime.sleep(300)")))
    page = preview.open()
    expect(page.locator(".preview-mark.runs")).to_have_count(1)
    children = subprocess.run(
        ["pgrep", "-g", str(os.getpgid(preview.process.pid))], capture_output=True, text=True
    )
    assert children.returncode in (0, 1)
    said = preview.stop()
    assert (preview.process.returncode, said) == (0, "")
