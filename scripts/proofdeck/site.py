"""The site: what is published. Written file by file under temporary names, pages last.

A build that is killed leaves a site whose pages all work: figures and assets carry hashes in
their names, so old pages keep their old ones until nothing refers to them.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from proofdeck.cache import write_atomically
from proofdeck.config import Config
from proofdeck.model import Block, Lecture
from proofdeck.notebook import notebook_links
from proofdeck.outputs import FIGURES, FigureFile
from proofdeck.pandoc import classes_of, stringify, transform
from proofdeck.templates import asset_files, asset_urls, own_css, render

ASSET = re.compile(r"""(?:assets/|url\(")([\w./-]+\.[0-9a-f]{10}\.\w+)""")
PAGES = (".html", ".pdf", ".ipynb")


def write_lecture(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a lecture's documents and figures. The course page may show old ones still."""
    _write_assets(folder.parent)
    for name in sorted(files, key=lambda name: (name.endswith(PAGES), name)):
        write_atomically(folder / name, files[name])


def remove_others(folder: Path, names: set[str]) -> None:
    """Remove all files of a folder but those with these names, relative to it."""
    for old in sorted(folder.rglob("*")):
        if old.is_file() and old.relative_to(folder).as_posix() not in names:
            old.unlink()


def remove_old_assets(config: Config) -> None:
    """Remove what decks shared and no page that is still there names."""
    folder = config.site / "assets"
    current = {published for _, published, _ in asset_files()}
    named = {name for page in config.site.rglob("*.html") for name in _assets_of(page)}
    # A lecture that failed keeps its old page, which keeps its old style sheets and their fonts.
    sheets = [folder / name for name in named - current if name.endswith(".css")]
    named |= {name for sheet in sheets if sheet.is_file() for name in _assets_of(sheet)}
    remove_others(folder, current | named)


def _write_assets(site: Path) -> None:
    for _, published, data in asset_files():
        write_atomically(site / "assets" / published, data)


def _assets_of(file: Path) -> set[str]:
    """Names of the assets that a page or a style sheet refers to."""
    return set(ASSET.findall(file.read_text("utf-8")))


def write_index(config: Config, cards: Sequence[Mapping[str, Any]]) -> None:
    """Write the course page from the cards of its lectures."""
    _write_assets(config.site)
    write_atomically(config.site / "index.html", index_html(config, cards).encode())


def index_html(config: Config, cards: Sequence[Mapping[str, Any]]) -> str:
    """The course page from the cards of its lectures."""
    return render(
        "index.html.j2",
        course={
            "title": config.course,
            "abstract": config.description,
            "minutes": sum(card["minutes"] for card in cards),
        },
        lectures=cards,
        search=[entry for card in cards for entry in card["search"]],
        asset=asset_urls(""),
        css=own_css(config.root, config.css),
    )


def _told(blocks: Sequence[Block]) -> Sequence[Block]:
    """A slide's blocks without solutions of exercises: a search does not tell these."""
    told: list[Block] = transform(blocks, lambda b: [] if "solution" in classes_of(b) else None)
    return told


def remove_lecture(config: Config, name: str) -> None:
    """Remove the documents of a lecture whose source is gone."""
    shutil.rmtree(config.site / name, ignore_errors=True)


def card(lecture: Lecture, names: Sequence[str], figure: FigureFile | None) -> dict[str, Any]:
    """What the course page says of a lecture. `names` are its documents."""
    meta = lecture.meta
    folder = f"{lecture.name}/{FIGURES}"
    links = {
        "deck": "index.html",
        "handout": "handout.pdf",
        **notebook_links(lecture),
    }
    shown = [slide for slide in lecture.slides if slide.is_shown]
    return {
        "name": lecture.name,
        "title": lecture.title,
        "subtitle": str(meta.get("subtitle") or ""),
        "abstract": " ".join(str(meta.get("abstract") or "").split()),
        "figure": f"{folder}/{figure.name}" if figure else "",
        "figure_dark": f"{folder}/{figure.dark_name}" if figure and figure.dark else "",
        "figure_alt": figure.alt if figure else "",
        "slides": len(shown),
        "minutes": round(sum(slide.minutes for slide in shown)),
        "links": {k: f"{lecture.name}/{name}" for k, name in links.items() if name in names},
        "search": [
            {
                "lecture": lecture.title,
                "title": slide.title or slide.id,
                "url": f"{lecture.name}/index.html#/{slide.id}",
                "text": stringify(_told(slide.blocks)),
            }
            for slide in shown
            if links["deck"] in names  # `--to handout` alone has no slides to lead to
        ],
    }
