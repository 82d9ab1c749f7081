"""A deck's page cut into its slides, and what of it an open page lacks."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

START, END = '<main class="slides">', "</main>"
TAG = re.compile(r"<(?P<end>/)?section\b[^>]*>")
ID = re.compile(r'\bid="(?P<id>[^"]*)"')
STYLE = re.compile(r'<link rel="stylesheet"[^>]*>|<style>.*?</style>', re.DOTALL)
TITLE = re.compile(r"<title>(?P<text>.*?)</title>", re.DOTALL)
FOOTER = re.compile(r'<footer class="deck-footer">.*?</footer>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Page:
    """A deck's page: its slides, and what stands around them."""

    before: str
    sections: Mapping[str, str]
    """HTML of each slide by its id, in order."""
    after: str

    @property
    def html(self) -> str:
        """The whole page again."""
        return "\n".join([self.before, *self.sections.values(), self.after])

    @property
    def styles(self) -> list[str]:
        """Style sheets, as the page's head has them."""
        return STYLE.findall(self.before)

    @property
    def title(self) -> str:
        """As the browser's tab shows it, escaped."""
        found = TITLE.search(self.before)
        return found["text"] if found else ""

    @property
    def footer(self) -> str:
        """The first paragraph's element, with the names of course and lecture."""
        found = FOOTER.search(self.after)
        return found[0] if found else ""

    @property
    def frame(self) -> str:
        """Hash of all else: scripts and options, which only loading the page again brings."""
        before = TITLE.sub("", STYLE.sub("", self.before))
        return digest(before + FOOTER.sub("", self.after))


def cut(html: str) -> Page:
    """Cut a deck's page. A slide may itself hold sections."""
    start = html.index(START) + len(START)
    end = html.index(END, start)
    sections: dict[str, str] = {}
    depth = opened = 0
    for tag in TAG.finditer(html, start, end):
        if not tag["end"]:
            opened = opened if depth else tag.start()
            depth += 1
        else:
            depth -= 1
            if not depth:
                text = html[opened : tag.end()]
                found = ID.search(text[: text.index(">")])
                sections[found["id"] if found else f"slide-{len(sections)}"] = text
    return Page(html[:start], sections, html[end:])


def digest(text: str) -> str:
    """A short hash."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Shown:
    """What an open page shows, in hashes."""

    sections: Mapping[str, str]
    around: str
    """Of title, footer and style sheets."""
    frame: str

    @classmethod
    def of(cls, page: Page) -> Shown:
        """What a page shows that was just loaded."""
        sections = {id: digest(html) for id, html in page.sections.items()}
        around = digest("\n".join([*page.styles, page.title, page.footer]))
        return cls(sections, around, page.frame)


def patch(shown: Shown, page: Page) -> dict[str, Any]:
    """What a page lacks that shows something else; empty where it lacks nothing.

    `reload` where it must be loaded again; `order` (all ids) and `sections` (HTML of those that
    are new or changed); `title`, `footer` and `styles`.
    """
    now = Shown.of(page)
    if now.frame != shown.frame:
        return {"reload": True}
    found: dict[str, Any] = {}
    if now.sections != shown.sections or list(now.sections) != list(shown.sections):
        changed = {id: html for id, html in page.sections.items()
                   if shown.sections.get(id) != now.sections[id]}  # fmt: skip
        found = {"order": list(page.sections), "sections": changed}
    if now.around != shown.around:
        found |= {"title": page.title, "footer": page.footer, "styles": page.styles}
    return found
