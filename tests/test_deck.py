"""The small lecture as a model and as a deck, compared with the files in `tests/golden/`.

`python tests/test_deck.py` writes both files anew: read their diff before you commit it.
"""

from __future__ import annotations

import dataclasses
import json
import re
import tempfile
from pathlib import Path
from typing import Any

from conftest import Built, build_course
from proofdeck.compose import make_composer
from proofdeck.model import Block
from proofdeck.outputs import figure_files
from proofdeck.pandoc import element
from proofdeck.sections import Slides

GOLDEN = Path(__file__).with_name("golden")
FIGURE = re.compile(r"(figures/[\w-]+)\.[0-9a-f]{8}((?:\.dark)?\.svg)")
WIDTH = re.compile(r'(figures/[^>]*?)width="\d+"')


def model(built: Built) -> str:
    """The parsed lecture as JSON."""

    def plain(value: Any) -> Any:
        return value if isinstance(value, str | int | float) else str(value)

    fields = dataclasses.asdict(built.lecture)
    return json.dumps(fields, indent=1, ensure_ascii=False, default=plain) + "\n"


def slides(built: Built) -> str:
    """The deck's slides: formulas as their TeX, figures without what Matplotlib's version makes."""

    def tex(formula: str, display: bool) -> Block:
        kind = "display" if display else "inline"
        return element("RawInline", ["html", f'<span class="math {kind}">{formula}</span>'])

    files = figure_files(built.lecture, built.run)
    media = {"dot.png": "media/dot.png"}
    composer = make_composer(built.lecture, built.run, {}, "html", files, "figures", media, tex)
    return WIDTH.sub(r'\1width="…"', FIGURE.sub(r"\1.…\2", "\n".join(Slides().of(composer))))


MADE = {"small.json": model, "small.html": slides}


def test_the_small_lecture_is_parsed_as_before(built: Built) -> None:
    assert model(built) == (GOLDEN / "small.json").read_text("utf-8")


def test_the_small_lecture_is_rendered_as_before(built: Built) -> None:
    assert slides(built) == (GOLDEN / "small.html").read_text("utf-8")


def page(built: Built) -> str:
    return built.files["small/index.html"].decode()


def test_the_small_course_builds_without_a_warning(built: Built) -> None:
    assert built.done.returncode == 0, built.done.stderr
    assert "warning:" not in built.done.stderr


def test_the_page_frames_the_slides_with_title_and_versions(built: Built) -> None:
    html = page(built)
    assert "<title>The small lecture" in html
    for text in ("Every construct on six slides", "Ada Lovelace", "Alan Turing"):
        assert text in html
    for name, version in built.run.surroundings.versions:
        assert name in html
        assert version in html


def test_the_deck_links_to_its_other_documents(built: Built) -> None:
    links = set(re.findall(r'href="([^"#:]+)"', page(built)))
    assert {"handout.pdf", "small-student.ipynb", "../index.html"} <= links


def test_every_file_that_a_page_names_is_in_the_site(built: Built) -> None:
    for name in ("small/index.html", "index.html"):
        html = built.files[name].decode()
        folder = name.rpartition("/")[0]
        named = set(re.findall(r'(?:href|src)="([^"#:?]+)"', html))
        assert len(named) > 5
        paths = {(built.root / "build/site" / folder / link).resolve() for link in named}
        assert {path.name for path in paths if not path.is_file()} == set()


def test_formulas_are_rendered_when_the_deck_is_built(built: Built) -> None:
    html = page(built)
    assert '<span class="math inline"><span class="katex">' in html
    assert '<annotation encoding="application/x-tex">a^2 + b^2 = c^2</annotation>' in html
    assert "katex.min.js" not in html


def test_a_deck_in_one_file_needs_no_other(built: Built) -> None:
    html = built.files["small/small.html"].decode()
    markup = re.sub(r"<script.*?</script>|/\*.*?\*/", "", html, flags=re.DOTALL)
    outside = [
        link
        for link in re.findall(r'(?:href|src|data-background-image)="([^"]*)"', markup)
        if not link.startswith(("#", "data:", "http"))
    ]
    assert outside == []
    assert set(re.findall(r"url\([\"']?([^)\"']{0,5})", markup)) == {"data:"}
    assert html.count("data:image/svg+xml;base64,") >= 1


def regenerate() -> None:
    """Write the golden files from what is built now."""
    GOLDEN.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        built = build_course(Path(folder) / "course")
        for name, make in MADE.items():
            (GOLDEN / name).write_text(make(built), "utf-8")


if __name__ == "__main__":
    regenerate()
