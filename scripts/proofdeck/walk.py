"""Every slide of a deck in a real browser, at several sizes and in both themes.

The measuring itself is JavaScript inside the page (`templates/audit.js`); axe-core looks for what
keeps people with disabilities out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from proofdeck.browser import Watch
from proofdeck.config import NPM, TEMPLATES
from proofdeck.contrast import to_hex
from proofdeck.dark import PAPER

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
SIZE = (1280, 720)
"""What slides are made for: type is measured and pictures are taken there."""

OTHER_SIZES = ((1920, 1080), (1024, 768))
PHONE = (390, 844)
GROUNDS: Mapping[Theme, str] = {"light": "#ffffff", "dark": to_hex(PAPER)}
"""What figures stand on."""

CHOOSE_THEME = "localStorage.setItem('proofdeck-theme', '%s')"
"""As the reader's key does: also a lecture that begins in one theme is seen in the other."""

READY = """() => {
  if (document.documentElement.classList.contains("page")) return true;
  if (!globalThis.Reveal?.isReady()) return false;
  Reveal.configure({viewDistance: 1, mobileViewDistance: 1}); // lays out a few slides only
  return true;
}"""
AXE = NPM / "node_modules" / "axe-core" / "axe.min.js"
AXE_TAGS = "wcag2a wcag2aa wcag21a wcag21aa wcag22aa best-practice".split()
"""All rules of these; also those that axe leaves off unless asked, as that of target sizes."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a reader of a deck cannot see, read or use."""

    kind: str
    what: str
    more: str
    slide: str
    """Id of the slide; empty for what belongs to none."""
    ids: tuple[str, ...]
    """Ids around it, the innermost first."""
    where: str
    """Size and theme in which it was seen."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A deck, seen in one theme."""

    findings: tuple[Finding, ...]
    pictures: Mapping[str, Mapping[str, Any]]
    """Every picture that was shown, by its address: its size there and its own."""
    thumbs: tuple[bytes, ...]
    """A PNG of each slide at half size."""


def walk_deck(browser: Browser, deck: Path, theme: Theme) -> Walk:
    """Look at the whole of `deck` in one theme."""
    findings: list[Finding] = []
    pictures: dict[str, Mapping[str, Any]] = {}
    thumbs: list[bytes] = []
    with _Visit(browser, deck, theme, SIZE, shrink=0.5) as visit:
        visit.page.add_script_tag(path=AXE)
        for index in range(visit.page.evaluate("Reveal.getTotalSlides()")):
            visit.page.evaluate("showSlide", index)
            thumbs.append(visit.page.screenshot())
            slides = visit.page.evaluate("measureTabs()")
            findings += visit.findings(slides)
            findings += visit.axe(slides[0]["id"])
            pictures |= {p["src"]: p for slide in slides for p in slide["pictures"]}
        findings += visit.complaints()
    for size in OTHER_SIZES:
        with _Visit(browser, deck, theme, size) as visit:
            findings += visit.findings(visit.page.evaluate("measureDeck()"))
            findings += visit.complaints()
    with _Visit(browser, deck, theme, PHONE) as visit:
        findings += visit.findings([visit.page.evaluate("measurePage()")])
        visit.page.add_script_tag(path=AXE)
        findings += [*visit.axe(""), *visit.complaints()]
    return Walk(tuple(findings), pictures, tuple(thumbs))


class _Visit:
    """A deck opened in a window of one size and theme."""

    def __init__(
        self, browser: Browser, deck: Path, theme: Theme, size: tuple[int, int], shrink: float = 1
    ) -> None:
        width, height = size
        self.deck, self.theme, self.where = deck, theme, f"{width}×{height}, {theme}"
        self.context = browser.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=shrink,
            color_scheme=theme,
            reduced_motion="reduce",
            offline=True,
        )
        self.watch = Watch().over(self.context)
        self.page: Page = self.context.new_page()

    def __enter__(self) -> _Visit:
        self.page.add_init_script(CHOOSE_THEME % self.theme)
        self.page.add_init_script(path=TEMPLATES / "audit.js")
        self.page.goto(self.deck.as_uri())
        self.page.wait_for_function(READY)
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def findings(self, slides: list[dict[str, Any]]) -> list[Finding]:
        """What the script in the page found, and links to files that are not there."""
        found = [self._finding(each, slide["id"]) for slide in slides for each in slide["findings"]]
        dead = [
            self._finding(link, slide["id"])
            for slide in slides
            for link in slide["links"]
            if link["isDead"] or self._is_missing(link["what"])
        ]
        return found + dead

    def _finding(self, found: Mapping[str, Any], slide: str) -> Finding:
        ids = tuple(found["ids"])
        return Finding(found["kind"], found["what"], found["more"], slide, ids, self.where)

    def _is_missing(self, href: str) -> bool:
        """Whether a link leads to a file of the site that does not exist."""
        path = href.partition("#")[0].partition("?")[0]
        return bool(path) and ":" not in path and not (self.deck.parent / path).exists()

    def axe(self, slide: str) -> Iterator[Finding]:
        """Violations of axe-core's rules on what is shown."""
        for each in self.page.evaluate("runAxe", AXE_TAGS):
            yield self._finding(each, slide)

    def complaints(self) -> Iterator[Finding]:
        """What the browser complained of, and what was asked of other machines."""
        for text in self.watch.problems:
            yield Finding("console", text, "", "", (), self.where)
        for url in self.watch.remote:
            yield Finding("remote", url, "", "", (), self.where)


def look_at_figures(browser: Browser, deck: Path, walk: Walk, theme: Theme) -> Iterator[Finding]:
    """What cannot be read of the figures that a walk has met, at the size that they had there."""
    page = browser.new_page()
    for source, picture in walk.pictures.items():
        file = deck.parent / source
        if not (picture["isFigure"] and file.suffix == ".svg" and picture["natural"][0]):
            continue
        svg = file.read_text("utf-8")
        page.set_content(f'<body style="margin: 0; background: {GROUNDS[theme]}">{svg}</body>')
        page.add_script_tag(path=TEMPLATES / "audit.js")
        scale = picture["box"][2] / picture["natural"][0]
        for each in page.evaluate("measureFigure", scale):
            what = each["what"] if each["kind"] != "line" else source
            ids = tuple(picture["ids"])
            yield Finding(each["kind"], what, each["more"], ids[-1], ids, f"figure, {theme}")
    page.close()
