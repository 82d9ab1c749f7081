"""The live preview: the real command and the system's Chromium, while files are saved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from helpers import PNG, count_in, fence, make_course, proofdeck
from previews import FRONT, PLOT, Previewed, latencies, plain, timed_lecture, told

expect.set_options(timeout=30_000)
WAIT = "from pathlib import Path\nimport time\nwhile not Path('{file}').exists(): time.sleep(0.01)"
Start = Callable[..., Previewed]


@pytest.fixture
def start(browser: Browser, tmp_path: Path) -> Iterator[Start]:
    """Starts a preview of the lecture `x`."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(30_000)
    started: list[Previewed] = []

    def preview(*slides: str, front: str = FRONT, **files: str | bytes) -> Previewed:
        root = tmp_path / f"course{len(started)}"
        make_course(root, front + "\n".join(slides), **files)
        started.append(Previewed(root, context))
        return started[-1]

    yield preview
    context.close()
    for each in started:
        if each.process.poll() is None:
            each.stop()


def current(page: Page) -> str:
    return str(page.evaluate("Reveal.getCurrentSlide().id"))


def errors(page: Page) -> Locator:
    return page.locator(".preview-errors")


# What a save does -------------------------------------------------------------------------------


def test_a_prose_edit_replaces_its_slide_and_no_other(start: Start) -> None:
    preview = start(plain("one", "Old text."), plain("two", "Stays."))
    page = preview.open()
    page.evaluate("document.getElementById('two').firstElementChild.dataset.seen = 'yes'")
    preview.save(plain("one", "New text."), plain("two", "Stays."))
    expect(page.locator("#one")).to_contain_text("New text.")
    expect(page.locator("#two [data-seen=yes]")).to_have_count(1)


def test_place_fragment_and_what_is_open_stay(start: Start) -> None:
    def two(text: str) -> str:
        return plain("two", fence("print(1)", "code-fold: true"), ". . .", text, ". . .", "Gamma.")

    preview = start(plain("one", "Alpha."), two("Beta."))
    page = preview.open("x/#/two")
    expect(page.locator("#two .output")).to_contain_text("1")
    page.keyboard.press("ArrowRight")
    page.locator("#two summary").click()
    before = page.evaluate("Reveal.getState()")
    preview.save(plain("zero", "Omega."), plain("one", "Alpha."), two("New."))
    expect(page.locator("#two")).to_contain_text("New.")
    after = page.evaluate("Reveal.getState()")
    assert current(page) == "two"
    assert after == {**before, "indexh": before["indexh"] + 1}
    assert page.locator("#two details").evaluate("fold => fold.open")
    expect(page.locator("#two .fragment.visible")).to_have_text(["New."])


def test_slides_come_go_and_change_their_order(start: Start) -> None:
    preview = start(plain("one", "A."), plain("two", "B."), plain("three", "C."))
    page = preview.open("x/#/two")
    preview.save(plain("three", "C."), plain("new", "N."), plain("two", "B."))
    shown = page.locator(".slides > section")
    expect(page.locator("#new")).to_have_count(1)
    assert shown.evaluate_all("all => all.map(each => each.id)") == [
        *("title-slide", "three", "new", "two", "built-with")
    ]
    assert current(page) == "two"
    preview.save(plain("three", "C."), plain("new", "N."))
    expect(page.locator("#two")).to_have_count(0)
    assert page.evaluate("Reveal.getTotalSlides()") == 4
    assert page.locator("section.present").count() == 1


def test_a_new_title_changes_cover_tab_and_footer_in_place(start: Start) -> None:
    preview = start(plain("one", "A."))
    page = preview.open("x/#/one")
    page.evaluate("window.same = true")
    preview.save(plain("one", "A."), front="---\ntitle: Second title\n---\n\n")
    expect(page).to_have_title(re.compile("Second title"))
    expect(page.locator("#title-slide h1")).to_have_text("Second title")
    expect(page.locator(".deck-footer")).to_contain_text("Second title")
    assert page.evaluate("window.same")


def test_options_of_the_deck_load_it_again_at_the_same_place(start: Start) -> None:
    preview = start(plain("one", "A."), plain("two", "B.", ". . .", "C."))
    page = preview.open("x/#/two")
    page.keyboard.press("ArrowRight")
    page.evaluate("window.same = true")
    front = FRONT.replace("---\n\n", "format:\n  revealjs:\n    controls: false\n---\n\n")
    preview.save(plain("one", "A."), plain("two", "B.", ". . .", "C."), front=front)
    page.wait_for_function("!window.same && window.Reveal?.isReady()")
    page.wait_for_selector("[data-preview=connected]", state="attached")
    assert current(page) == "two"
    expect(page.locator("#two .fragment.visible")).to_have_count(1)


def test_the_speaker_view_shows_the_new_slide_and_notes(start: Start) -> None:
    def text(word: str) -> str:
        return plain("one", f"{word} text.", f"::: {{.notes}}\n{word} notes.\n:::")

    preview = start(text("Old"))
    page = preview.open("x/#/one")
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    speaker = popup.value
    frame = speaker.frame_locator("#current-slide iframe")
    expect(frame.locator("section.present")).to_contain_text("Old text.")
    expect(speaker.locator(".speaker-controls-notes")).to_contain_text("Old notes.")
    expect(frame.locator("html[data-preview=connected]")).to_have_count(1)
    preview.save(text("New"))
    expect(frame.locator("section.present")).to_contain_text("New text.")
    expect(speaker.locator(".speaker-controls-notes")).to_contain_text("New notes.")


# Running ----------------------------------------------------------------------------------------


def test_only_what_is_stale_runs_and_its_figure_is_replaced(start: Start) -> None:
    def text(n: int) -> list[str]:
        count = count_in("count")
        return [plain("one", fence(count)), plain("two", fence(PLOT.format(n=n)))]

    preview = start(*text(3))
    page = preview.open("x/#/two")
    figure = page.locator("#two img.on-light")
    expect(figure).to_have_count(1)
    before = figure.get_attribute("src")
    expect(page.locator(".preview-mark")).to_have_count(0)
    preview.save(*text(9))
    expect(figure).not_to_have_attribute("src", before or "")
    assert figure.evaluate("async image => { await image.decode(); return image.naturalWidth }") > 0
    expect(page.locator(".preview-mark")).to_have_count(0)
    assert (preview.root / "count").read_text() == "."


def test_outputs_appear_snippet_by_snippet_with_a_mark_where_one_runs(start: Start) -> None:
    snippets = [fence(f"{WAIT.format(file=name)}\nprint('{name} is there')") for name in "ab"]
    preview = start(plain("one", snippets[0]), plain("two", snippets[1]))
    page = preview.open()
    expect(page.locator("#one .preview-mark.runs")).to_have_count(1)
    expect(page.locator("#two .preview-mark.waits")).to_have_count(1)
    (preview.root / "a").touch()
    expect(page.locator("#one .output")).to_contain_text("a is there")
    expect(page.locator("#two .preview-mark.runs")).to_have_count(1)
    expect(page.locator("#one .preview-mark")).to_have_count(0)
    (preview.root / "b").touch()
    expect(page.locator("#two .output")).to_contain_text("b is there")
    expect(page.locator(".preview-mark")).to_have_count(0)


def test_prose_is_shown_while_a_snippet_runs_and_the_run_goes_on(start: Start) -> None:
    snippet = fence(f"{count_in('begun')}{WAIT.format(file='../go')}\nprint('done')")
    preview = start(plain("one", snippet), plain("two", "Old."))
    page = preview.open()
    expect(page.locator("#one .preview-mark.runs")).to_have_count(1)
    preview.save(plain("one", snippet), plain("two", "New."))
    expect(page.locator("#two")).to_contain_text("New.")
    # Not in the course, where it would be taken for one that the counter's program wrote.
    (preview.root.parent / "go").touch()
    expect(page.locator("#one .output")).to_contain_text("done")
    assert (preview.root / "begun").read_text() == "."


def test_a_run_that_nobody_wants_any_more_is_ended(start: Start) -> None:
    endless = fence("print('endless')\nwhile True: pass")
    preview = start(plain("one", endless))
    page = preview.open()
    expect(page.locator("#one .preview-mark.runs")).to_have_count(1)
    preview.save(plain("one", fence("print('short')")))
    expect(page.locator("#one .output")).to_contain_text("short")


def test_a_claim_is_judged_again(start: Start) -> None:
    def text(n: int) -> list[str]:
        claim = '::: {.claim check="total > 3"}\nIt is large.\n:::'
        return [plain("one", fence(f"total = {n}"), claim)]

    preview = start(*text(5))
    page = preview.open("x/#/one")
    expect(page.locator("#one .claim.held")).to_have_count(1)
    preview.save(*text(1))
    expect(errors(page)).to_contain_text("the claim does not hold: It is large.")
    expect(page.locator("#one .claim.held")).to_have_count(1)
    preview.save(*text(7))
    expect(errors(page)).to_be_hidden()
    expect(page.locator("#one")).to_contain_text("total = 7")


def test_a_dial_keeps_its_setting(start: Start) -> None:
    def text(word: str) -> str:
        code = "depth = 2\nprint('depth is', depth)"
        snippet = fence(code, "label: d", "sweep: {depth: [2, 5, 9]}")
        return plain("one", f"{word}.", snippet)

    preview = start(text("Old"))
    page = preview.open("x/#/one")
    slider = page.locator("#one input[type=range]")
    slider.fill("2")
    expect(page.locator("#one .frame:not([hidden])")).to_contain_text("depth is 9")
    preview.save(text("New"))
    expect(page.locator("#one")).to_contain_text("New.")
    expect(page.locator("#one .frame:not([hidden])")).to_contain_text("depth is 9")
    expect(slider).to_have_value("2")


def test_an_exercise_is_proved_again(start: Start) -> None:
    def text(solution: str) -> str:
        roles = {"starter": "x = 0", "solution": solution, "check": "assert x == 1, 'not one'"}
        cells = [fence(code, f"exercise: {role}") for role, code in roles.items()]
        return plain("one", "::: {.exercise}\nLet x be one.", *cells, ":::")

    preview = start(text("x = 1"))
    page = preview.open("x/#/one")
    expect(page.locator(".preview-mark")).to_have_count(0)
    preview.save(text("x = 2"))
    expect(errors(page)).to_contain_text("after the solution")
    preview.save(text("x = 3 - 2"))
    expect(errors(page)).to_be_hidden()
    expect(page.locator("#one")).to_contain_text("x = 3 - 2")


# Errors -----------------------------------------------------------------------------------------


def test_an_error_lies_over_its_slide_and_goes_when_mended(start: Start) -> None:
    preview = start(plain("one", "Text."), plain("two", fence("print('good')")))
    page = preview.open("x/#/two")
    expect(page.locator("#two .output")).to_contain_text("good")
    preview.save(plain("one", "Text."), plain("two", fence("print(god)")))
    expect(errors(page)).to_contain_text("slides/x.md:12")
    expect(errors(page)).to_contain_text("NameError: name 'god' is not defined")
    expect(errors(page).locator(".at-fault")).to_contain_text("print(god)")
    expect(page.locator("#two .output")).to_contain_text("good")
    page.evaluate("Reveal.slide(1)")
    expect(errors(page)).to_contain_text("on another slide")
    preview.save(plain("one", "Other."), plain("two", fence("print(god)")))
    expect(page.locator("#one")).to_contain_text("Other.")
    preview.save(plain("one", "Other."), plain("two", fence("print('mended')")))
    expect(page.locator("#two .output")).to_contain_text("mended")
    expect(errors(page)).to_be_hidden()


@pytest.mark.parametrize(
    ("front", "slide", "said"),
    [
        ("---\ntitle: [open\n---\n\n", "Text.", "the front matter is not YAML"),
        (FRONT, "[@nobody2000]", "@nobody2000 is not in the bibliography"),
        (FRONT, "![](missing.png)", "image 'missing.png' does not exist"),
        (FRONT, fence("1 +"), "syntax error"),
        (FRONT, "$\\frac{1}$", "TeX does not parse"),
        (FRONT, "[there](#/nowhere)", "refers to nothing in this lecture"),
    ],
)
def test_a_lecture_that_cannot_be_read_keeps_what_was_shown(
    start: Start, front: str, slide: str, said: str
) -> None:
    preview = start(plain("one", "Good."))
    page = preview.open("x/#/one")
    preview.save(plain("one", slide), front=front)
    expect(errors(page)).to_contain_text(said)
    expect(errors(page)).to_contain_text("slides/x.md:")
    expect(page.locator("#one")).to_contain_text("Good.")
    preview.save(plain("one", "Mended."))
    expect(page.locator("#one")).to_contain_text("Mended.")
    expect(errors(page)).to_be_hidden()


def test_a_lecture_that_is_wrong_from_the_start_says_so(start: Start) -> None:
    preview = start(plain("one", "A."), front="---\ntitle: [\n---\n\n")
    page = preview.context.new_page()
    page.goto(preview.url + "x/")
    expect(errors(page)).to_contain_text("the front matter is not YAML")
    preview.save(plain("one", "Good."))
    expect(page.locator("#one")).to_contain_text("Good.")


# What is watched --------------------------------------------------------------------------------

BIB = "@book{{k, author = {{Knuth, Donald}}, title = {{{title}}}, year = {{1974}}}}\n"


def test_scripts_and_modules_are_watched(start: Start) -> None:
    script = fence("", "file: figures/script.py").replace("\n\n", "\n")
    code = "import shared\nprint('script', {n}, shared.VALUE)\n"
    preview = start(
        plain("one", script),
        **{"figures/script.py": code.format(n=1), "figures/shared.py": "VALUE = 'old'\n"},
    )
    page = preview.open("x/#/one")
    expect(page.locator("#one .output")).to_contain_text("script 1 old")
    preview.write("figures/script.py", code.format(n=2))
    expect(page.locator("#one .output")).to_contain_text("script 2 old")
    preview.write("figures/shared.py", "VALUE = 'new'\n")
    expect(page.locator("#one .output")).to_contain_text("script 2 new")
    preview.write("figures/script.py", code.format(n="nothing"))
    expect(errors(page)).to_contain_text("figures/script.py:2")
    expect(errors(page).locator(".at-fault")).to_contain_text("nothing")


def test_bibliography_images_and_styles_are_watched(start: Start) -> None:
    front = FRONT.replace("---\n\n", "bibliography: b.bib\ncss: own.css\n---\n\n")
    preview = start(
        plain("one", "See [@k].", "![A dot](dot.png)"),
        plain("list", "::: {#refs}\n:::"),
        front=front,
        **{
            "slides/b.bib": BIB.format(title="First"),
            "slides/dot.png": PNG,
            "slides/own.css": ".reveal h2 { color: rgb(1, 2, 3) }",
        },
    )
    page = preview.open("x/#/one")
    expect(page.locator("#list")).to_contain_text("First")
    preview.write("slides/b.bib", BIB.format(title="Second"))
    expect(page.locator("#list")).to_contain_text("Second")
    image = page.locator("#one img")
    before = image.get_attribute("src") or ""
    preview.write("slides/dot.png", PNG + b"\0")
    expect(image).not_to_have_attribute("src", before)
    assert image.evaluate("async image => { await image.decode(); return image.naturalWidth }") == 1
    preview.write("slides/own.css", ".reveal h2 { color: rgb(4, 5, 6) }")
    expect(page.locator("#one h2")).to_have_css("color", "rgb(4, 5, 6)")


# What is served and left ------------------------------------------------------------------------


def test_the_page_is_the_deck_that_a_build_writes(start: Start) -> None:
    preview = start(plain("one", fence("print(1)"), "Note.^[Small.]"), plain("two", "A.^[B.]"))
    page = preview.open()
    preview.save(plain("one", fence("print(2)"), "Note.^[Small.]"), plain("two", "C.^[D.]"))
    expect(page.locator("#one .output")).to_contain_text("2")
    expect(page.locator("#two")).to_contain_text("C.")
    served = page.request.get(preview.url + "x/").text()
    assert not (preview.root / "build/site/x").exists()
    assert proofdeck(preview.root, "build").returncode == 0
    built = (preview.root / "build/site/x/index.html").read_text("utf-8")
    added = re.compile(r"<style data-preview>.*</script>", re.DOTALL)
    assert [*filter(None, added.sub("", served).splitlines())] == [
        *filter(None, built.splitlines())
    ]
    assert "preview" not in built


def test_handout_and_notebook_are_made_when_they_are_asked_for(start: Start) -> None:
    preview = start(plain("one", fence("print(1)")))
    page = preview.open()
    assert page.request.get(preview.url + "x/handout.pdf").body().startswith(b"%PDF")
    notebook = page.locator(".links a[href$='.ipynb']").first.get_attribute("href")
    assert "print(1)" in page.request.get(f"{preview.url}x/{notebook}").text()
    assert "First title" in page.request.get(preview.url).text()


def test_latencies(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    """Printed, not asserted: `make bench` measures with care."""
    preview = start(*timed_lecture(0, 0))
    found = latencies(preview, 5, lambda: None)
    with capsys.disabled():
        print("", "from saving to the screen", *told(found), sep="\n  ")


# Framework tabs ---------------------------------------------------------------------------------

TABS = """::: {{.panel-tabset group="framework"}}
### PyTorch

{torch}

### TensorFlow

{tensor}
:::
"""
COMPARE = """::: {.claim check="PyTorch.x < TensorFlow.x" seeds=3}
TensorFlow has `{python} TensorFlow.x - PyTorch.x` more.
:::
"""


def framework_lecture(torch: str, tensor: str) -> list[str]:
    shown = [fence(f"x = {value}\nprint('x is', x)") for value in (torch, tensor)]
    tabs = TABS.format(torch=shown[0], tensor=shown[1])
    return [plain("tabs", tabs), plain("outside", fence("print('now', x)")), plain("more", COMPARE)]


def test_a_saved_tab_runs_in_its_frameworks_run_and_is_compared_again(start: Start) -> None:
    preview = start(*framework_lecture("1", "3"))
    page = preview.open("x/#/more")
    expect(page.locator("#more")).to_contain_text("TensorFlow has 2 more.")
    expect(page.locator("#more .claim-badge")).to_contain_text("holds in 3 of 3 seeded runs")
    expect(page.locator("#outside")).to_contain_text("now 1")
    preview.save(*framework_lecture("1", "8"))
    expect(page.locator("#more")).to_contain_text("TensorFlow has 7 more.")
    expect(page.locator("#tabs")).to_contain_text("x is 8")
    expect(page.locator("#tabs")).to_contain_text("x is 1")
    expect(errors(page)).to_be_hidden()


def test_what_fails_with_the_second_framework_lies_over_its_slide(start: Start) -> None:
    preview = start(*framework_lecture("1", "3"))
    page = preview.open("x/#/more")
    expect(page.locator("#more")).to_contain_text("TensorFlow has 2 more.")
    preview.save(*framework_lecture("1", "0"))
    expect(errors(page)).to_contain_text("the claim does not hold")
    expect(errors(page)).to_contain_text("x.md")
    preview.save(*framework_lecture("1", "1 / 0"))
    page.goto(page.url.split("#")[0] + "#/tabs")
    expect(errors(page)).to_contain_text("ZeroDivisionError")
    preview.save(*framework_lecture("1", "2"))
    expect(errors(page)).to_be_hidden()
    expect(page.locator("#tabs")).to_contain_text("x is 2")
    expect(page.locator("#more")).to_contain_text("TensorFlow has 1 more.")


def test_a_tab_whose_framework_is_missing_says_so_and_waits_for_nothing(start: Start) -> None:
    torch, tensor = "1", "2\nimport no_such_framework"
    preview = start(*framework_lecture(torch, tensor))
    page = preview.open("x/#/tabs")
    expect(page.locator("#tabs")).to_contain_text("TensorFlow is not installed where this was")
    expect(page.locator("#more .claim-badge")).to_contain_text("not checked: TensorFlow")
    page.wait_for_selector(".preview-mark", state="detached")
    expect(errors(page)).to_be_hidden()
