"""The handout, read back: what a reader, a screen reader and a printer find in the PDF."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pypdf
import pytest
from bs4 import BeautifulSoup, Tag

from conftest import copy_course
from helpers import fence, make_course, proofdeck, slide
from proofdeck.config import Config, load_config
from proofdeck.exercises import all_snippets, readable
from proofdeck.model import Lecture
from proofdeck.parse import parse
from sites import EVERY, SMALL

A4 = (595, 842)
APPENDICES = ("Code behind the slides", "Solutions")
BEGINNING = 28
"""Letters of a paragraph that are looked for: its first line, which no page break cuts."""


@dataclass(frozen=True)
class Handout:
    """One edition of a lecture's handout, beside the deck and the lecture it was made with."""

    lecture: Lecture
    config: Config
    folder: Path
    edition: str

    @cached_property
    def pdf(self) -> pypdf.PdfReader:
        return pypdf.PdfReader(self.folder / f"{self.edition}.pdf")

    @cached_property
    def pages(self) -> list[str]:
        """Text of each page; Poppler reads it in a tenth of the time."""
        if not shutil.which("pdftotext"):
            return [page.extract_text() for page in self.pdf.pages]
        command = ["pdftotext", "-raw", str(self.folder / f"{self.edition}.pdf"), "-"]
        done = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")
        return done.stdout.split("\f")[:-1]

    @cached_property
    def text(self) -> str:
        return letters("".join(self.pages))

    @cached_property
    def deck(self) -> BeautifulSoup:
        """The lecture's own slides as the deck shows them, notes only for the instructor."""
        html = (self.folder / "index.html").read_text("utf-8")
        deck = BeautifulSoup(html, "html.parser")
        unwanted = "#title-slide, #built-with, .katex-html, details.claim-badge"
        for part in deck.select(unwanted if self.has_notes else f"{unwanted}, aside.notes"):
            part.decompose()
        return deck

    @property
    def has_notes(self) -> bool:
        return self.edition == "instructor"

    @property
    def root(self) -> Any:
        return self.pdf.trailer["/Root"]


def letters(text: str) -> str:
    """What stays the same however it is set: no white space, hyphens, ligatures, quotes."""
    return re.sub(r"[\s\u00ad\u200b\u2060'\"‘’“”-]", "", unicodedata.normalize("NFKC", text))


def tags(node: Any) -> Iterator[Any]:
    """Every structure element at and below `node`, in reading order."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for child in node:
            yield from tags(child)
    elif isinstance(node, dict):
        if "/S" in node:
            yield node
        yield from tags(node.get("/K"))


def alts(handout: Handout, kind: str) -> list[str]:
    """Alternative texts of the elements tagged as `kind`, in reading order."""
    found = tags(handout.root["/StructTreeRoot"])
    return [" ".join(str(tag.get("/Alt", "")).split()) for tag in found if tag["/S"] == kind]


def outline(entries: list[Any]) -> Iterator[str]:
    """Titles of the bookmarks, without their numbers."""
    for entry in entries:
        if isinstance(entry, list):
            yield from outline(entry)
        else:
            yield re.sub(r"^[\d.]+ ", "", entry.title)


def links(handout: Handout) -> list[str]:
    """Addresses outside the document, page by page."""
    annotations = [a.get_object() for page in handout.pdf.pages for a in page.get("/Annots", [])]
    actions = [annotation.get("/A", {}) for annotation in annotations]
    return [action["/URI"] for action in actions if "/URI" in action]


def paragraphs(deck: BeautifulSoup, selector: str) -> list[str]:
    """Beginnings of paragraphs up to their first formula or footnote, as `letters`."""
    found = []
    for tag in deck.select(selector):
        for inner in tag.select(".math, .footnote-ref, .footnote-back, ul, ol, p"):
            for after in list(inner.next_siblings):
                after.extract()
            inner.extract()
        found.append(letters(tag.get_text())[:BEGINNING])
    return [text for text in found if len(text) > 7]


@pytest.fixture(scope="module", params=EVERY)
def student(
    request: pytest.FixtureRequest,
    root_of: Callable[[str], Path],
    folder_of: Callable[[str], Path],
) -> Handout:
    config = load_config(root_of(request.param))
    lecture = parse(config, f"slides/{request.param}.md")
    return Handout(lecture, config, folder_of(request.param), "handout")


@pytest.fixture(scope="module")
def instructor(student: Handout) -> Handout:
    return Handout(student.lecture, student.config, student.folder, "instructor")


only_small = pytest.mark.parametrize("student", [SMALL], indirect=True)


def test_it_names_itself_pdf_ua_1(student: Handout, instructor: Handout) -> None:
    """Typst refuses to write one that breaks the standard's rules."""
    for handout in (student, instructor):
        assert handout.pdf.xmp_metadata
        xmp = handout.pdf.xmp_metadata.stream.get_data().decode()
        assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
        assert handout.lecture.title in xmp
        assert handout.root["/MarkInfo"]["/Marked"]
        assert handout.root["/ViewerPreferences"]["/DisplayDocTitle"]
        assert handout.root["/Lang"] == str(handout.lecture.meta.get("lang", "en"))


def test_bookmarks_are_the_titles_of_the_slides(student: Handout) -> None:
    """After them come the code that the slides leave out and solutions, where there are any."""
    titles = [slide.title for slide in student.lecture.slides if slide.title]
    found = [title for title in outline(student.pdf.outline) if title not in APPENDICES]
    assert list(map(letters, found)) == list(map(letters, titles))


def test_headings_start_at_level_1_and_skip_none(student: Handout) -> None:
    found = [tag["/S"] for tag in tags(student.root["/StructTreeRoot"])]
    levels = [int(name[2:]) for name in found if re.fullmatch(r"/H\d", name)]
    assert levels[0] == 1
    assert [b for a, b in itertools.pairwise(levels) if b > a + 1] == []


def test_every_figure_has_the_alternative_text_of_the_deck(student: Handout) -> None:
    """As many figures as the deck shows, each described in the same words; of a dial some."""

    def described(images: Iterable[Tag]) -> list[str]:
        return [" ".join(str(image["alt"]).split()) for image in images]

    shown = student.deck.select("img:not(.on-dark)")
    dials = [described(each.select("img:not(.on-dark)")) for each in student.deck.select(".dial")]
    always = Counter(described(image for image in shown if not image.find_parent(class_="dial")))
    always.update(str(chart["aria-label"]) for chart in student.deck.select(".chart"))
    printed = Counter(alts(student, "/Figure"))
    assert all(described(shown))
    assert not always - printed
    frames = printed - always
    assert set(frames) <= {alt for dial in dials for alt in dial}
    assert all(frames.keys() & set(dial) for dial in dials)


def test_every_formula_is_read_aloud_as_its_tex(student: Handout, instructor: Handout) -> None:
    for handout in (student, instructor):
        annotations = handout.deck.select('annotation[encoding="application/x-tex"]')
        written = {" ".join(annotation.get_text().split()) for annotation in annotations}
        assert set(alts(handout, "/Formula")) == written


def test_the_text_of_every_slide_is_there(student: Handout) -> None:
    wanted = paragraphs(student.deck, ".slides p, .slides li, .slides td, .slides th")
    assert len(wanted) > 5
    assert [text for text in wanted if text not in student.text] == []


def test_all_of_the_code_is_there_though_the_slides_show_less(student: Handout) -> None:
    """An excerpt on the slide (`show`), or nothing (`echo: false`)."""
    codes = [readable(snippet).code for snippet in all_snippets(student.lecture)]
    lines = [letters(line) for code in codes for line in code.splitlines()]
    assert len(lines) > 5
    assert [line for line in lines if line not in student.text] == []


def test_all_text_outputs_are_there(student: Handout) -> None:
    outputs = student.deck.select(".output pre")
    lines = [letters(line) for output in outputs for line in output.get_text().splitlines()]
    assert [line for line in lines if line not in student.text] == []


def test_notes_are_for_instructors_only(student: Handout, instructor: Handout) -> None:
    notes = paragraphs(instructor.deck, "aside.notes > p")
    assert notes
    assert [text for text in notes if text not in instructor.text] == []
    assert [text for text in notes if text in student.text] == []
    assert "Instructoredition" in instructor.text
    assert "Instructoredition" not in student.text


def test_titles_lead_to_their_slides_in_the_published_deck(student: Handout) -> None:
    deck = f"{student.config.url}/{student.lecture.name}/index.html"
    slides = [f"{deck}#/{slide.id}" for slide in student.lecture.slides if slide.title]
    found = [link for link in links(student) if link.startswith(f"{deck}#/")]
    assert list(dict.fromkeys(found)) == slides


def test_slides_linked_from_the_handout_exist_in_the_deck(student: Handout) -> None:
    found = [link.partition("#/")[2] for link in links(student) if "#/" in link]
    assert [name for name in found if not student.deck.find(id=name)] == []


def test_it_is_set_on_a4_with_page_numbers(student: Handout) -> None:
    pages = student.pdf.pages
    sizes = {(round(page.mediabox.width), round(page.mediabox.height)) for page in pages}
    assert sizes == {A4}
    numbers = [f"{number} of {len(pages)}" for number in range(1, len(pages) + 1)]
    assert [n for n, text in zip(numbers, student.pages, strict=True) if n not in text] == []


def test_the_contents_name_each_slide_and_its_page(student: Handout) -> None:
    contents = student.pages[0] + (student.pages[1] if len(student.pages) > 4 else "")
    titles = [slide.title for slide in student.lecture.slides if slide.title]
    assert [title for title in titles if letters(title) not in letters(contents)] == []


def test_every_font_is_embedded(student: Handout) -> None:
    found = [font for page in student.pdf.pages for font in fonts(page["/Resources"])]
    assert found
    assert [f["/BaseFont"] for f in found if "/FontFile" not in " ".join(descriptor(f))] == []


def fonts(resources: Any) -> Iterator[Any]:
    """The fonts of a page."""
    for font in resources.get_object().get("/Font", {}).values():
        yield font.get_object()


def descriptor(font: Any) -> list[str]:
    """Keys of what describes a font's letters."""
    inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
    return list(inner["/FontDescriptor"].get_object())


@only_small
def test_figures_are_vectors(student: Handout) -> None:
    """The one picture of pixels is the PNG beside the lecture."""
    resources = [page["/Resources"].get_object() for page in student.pdf.pages]
    things = [x.get_object() for r in resources for x in r.get("/XObject", {}).values()]
    assert [thing["/Subtype"] for thing in things].count("/Image") <= 1
    assert "squares" in student.text  # the legend is text, so it can be searched and stays sharp


@only_small
def test_the_small_handout_says_what_its_lecture_says(student: Handout) -> None:
    """Numbers in prose, captions, footnotes, citations, tables, rich outputs, all tabs."""
    for text in [
        "The total is 6, and 1.5 a quarter of it.",
        "Figure 1: Squares up to 25.",
        "See Figure 1.",
        "The small print.",
        "(Knuth 1974, 667)",
        "Computer Programming as an Art",
        "some markdown",
        "IndexError: list index out of range",
        "step 2",
        'shown = "not run"',
        "Tab one.",
        "Tab two.",
        "A slide without a title.",
        "class Parabola:",
        *APPENDICES,
        "numpy",
    ]:
        assert letters(text) in student.text
    assert "\x1b" not in "".join(student.pages)


@only_small
def test_tables_have_header_cells(student: Handout) -> None:
    kinds = Counter(tag["/S"] for tag in tags(student.root["/StructTreeRoot"]))
    assert (kinds["/Table"], kinds["/TH"], kinds["/TD"]) == (2, 3, 5)


def test_a_check_without_spaces_stays_in_its_column(tmp_path: Path) -> None:
    check = "all(isinstance(getattr(getattr(x,'__getitem__')(n),'real'),(int,float))for(n)in(0,1))"
    claim = f'::: {{.claim check="{check}"}}\nIt holds.\n:::'
    sides = f'::: {{.column width="65%"}}\nLeft.\n:::\n::: {{.column width="35%"}}\n{claim}\n:::'
    columns = f"::: {{.columns}}\n{sides}\n:::"
    make_course(tmp_path, slide(fence("x = [1, 2]"), columns))
    done = proofdeck(tmp_path, "build", "--to", "handout")
    assert done.returncode == 0, done.stderr
    command = ["pdftotext", "-bbox", tmp_path / "build/site/x/handout.pdf", "-"]
    page = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    ends = re.findall(r'xMax="([\d.]+)" yMax="[\d.]+">[^<]*(?:getattr|getitem|float)', page)
    assert len(ends) > 1
    assert max(map(float, ends)) < 595 - 71  # points: A4, its right margin


def test_short_code_is_on_one_page(tmp_path: Path) -> None:
    slides = []
    for n in range(12):  # it would break wherever a page ends
        above = "\n\n".join(["A line."] * (5 * n % 13))
        code = "\n".join(f"x = {line}  # code {n}." for line in range(12))
        slides.append(slide(above, fence(code), id=f"s{n}"))
    make_course(tmp_path, "\n".join(slides))
    done = proofdeck(tmp_path, "build", "--to", "handout")
    assert done.returncode == 0, done.stderr
    reader = pypdf.PdfReader(tmp_path / "build/site/x/handout.pdf")
    pages = [page.extract_text() for page in reader.pages]
    assert len(pages) > 3
    for n in range(12):
        (page,) = [page for page in pages if f"code {n}." in page]
        assert page.count(f"code {n}.") == 12


def test_the_same_lecture_gives_the_same_bytes_elsewhere(
    root_of: Callable[[str], Path], tmp_path: Path
) -> None:
    """No date, no path, no order of a set is in them."""
    other = copy_course(tmp_path / "elsewhere")
    done = proofdeck(other, "build", "--to", "handout")
    assert done.returncode == 0, done.stderr
    folders = [root / "build" / "site" / SMALL for root in (root_of(SMALL), other)]
    for name in ("handout.pdf", "instructor.pdf"):
        first, second = [(folder / name).read_bytes() for folder in folders]
        assert first == second
