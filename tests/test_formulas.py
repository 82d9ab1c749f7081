"""A corpus of formulas of the field: KaTeX renders each for the deck, Typst sets each in print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typst

from proofdeck import math
from proofdeck.cache import Cache
from proofdeck.pandoc import element, pandoc, to_json
from proofdeck.templates import TEMPLATES

FORMULAS = Path(__file__).with_name("formulas.txt").read_text("utf-8").splitlines()
ALT = re.compile(r'#math\.equation\(alt: "((?:[^"\\]|\\.)*)"')


def to_typst(*formulas: str, kind: str = "DisplayMath") -> tuple[str, str]:
    """Typst of a document with a paragraph for each formula, and Pandoc's warnings."""
    blocks = [element("Para", [element("Math", [element(kind), tex])]) for tex in formulas]
    filter_ = f"--lua-filter={TEMPLATES / 'typst.lua'}"
    return pandoc(to_json(blocks), "--from=json", "--to=typst", "--wrap=none", filter_)


def test_there_are_75_formulas_each_once() -> None:
    """The corpus has the size that the design names, and no line twice."""
    assert len(FORMULAS) == len(set(FORMULAS)) == 75


def test_katex_renders_every_formula(tmp_path: Path) -> None:
    """KaTeX makes HTML with MathML of each, as a display and in a line."""
    wanted = [(tex, display) for tex in FORMULAS for display in (True, False)]
    rendered = math.render(wanted, Cache(tmp_path))
    assert [pair for pair in wanted if "<math" not in rendered[pair]] == []


@pytest.mark.parametrize("kind", ["DisplayMath", "InlineMath"])
def test_typst_sets_every_formula_with_its_tex_as_alternative_text(kind: str) -> None:
    """Each is set in valid PDF/UA-1, without a warning, and can be read aloud."""
    body, warnings = to_typst(*FORMULAS, kind=kind)
    assert warnings == ""
    assert [alt.replace("\\\\", "\\") for alt in ALT.findall(body)] == FORMULAS
    source = '#set document(title: "Formulas")\n' + body
    # PDF/UA-1 refuses a formula without an alternative text; a warning means an outdated name.
    _, outdated = typst.compile_with_warnings(
        source.encode(),
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],  # type: ignore[list-item]  # the stub's list is older
    )
    assert outdated == []


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"a \odot b", "a dot.o b"),
        (r"a \; b \! c", "a thick b #h(-0.167em) c"),
        (r"\bigl( x \bigr]", r"lr(size: #120%, \() x lr(size: #120%, \])"),
        (r"\lvert w \rvert + |w| + \|w\|", r"lr(|w|) +\|w\|+ lr(bar.v.double w bar.v.double)"),
        (r"D(p \| q) + D(q \| p)", r"D \( p parallel q \) + D \( q parallel p \)"),
        (r"\left. f \right|_{x=0}", "lr(f|)_(x = 0)"),
        (r"\operatorname{tr} A", 'op("tr") A'),
        (r"\operatorname*{best}_x f", 'op("best", limits: #true)_x f'),
        (r"n \text{ is even}", 'n upright("is even")'),
        (r"x \xrightarrow{W} y", "x stretch(arrow.r)^W y"),
        (r"\begin{vmatrix} a \end{vmatrix}", 'mat(delim: "|", a)'),
    ],
)
def test_the_filter_mends_what_pandoc_sets_badly(tex: str, expected: str) -> None:
    """Spacing, sizes and names that Pandoc's writer gets wrong come out right."""
    assert f"${expected}$" in to_typst(tex)[0]


def test_a_warning_quotes_the_formula_as_the_author_wrote_it() -> None:
    """Not as the filter rewrote it: the build looks for it in the lecture."""
    assert r"\lvert x \rvert \nonsense" in to_typst(r"\lvert x \rvert \nonsense")[1]
