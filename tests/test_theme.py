"""`theme:` and `css:` of a lecture, and the course's own style sheets."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers import PNG, make_course, proofdeck, read, read_errors, site_files
from proofdeck.theme import chosen_theme

CSS = '[tool.proofdeck]\ncourse = "C"\ncss = ["school.css"]\n'


@pytest.mark.parametrize(
    ("meta", "theme"),
    [
        ({}, ""),
        ({"theme": "dark"}, "dark"),
        ({"theme": "default"}, ""),
        ({"format": {"revealjs": {"theme": ["light", "own.scss"]}}}, "light"),
        ({"theme": "dark", "format": {"revealjs": {"theme": "light"}}}, "light"),
    ],
)
def test_a_lecture_may_choose_its_theme(meta: dict[str, object], theme: str) -> None:
    assert chosen_theme(meta) == theme


def test_a_theme_that_we_do_not_have_is_named_at_its_line(tmp_path: Path) -> None:
    lecture = read(tmp_path, "---\ntitle: X\ntheme: moon\n---\n\n## One\n")
    assert [str(notice) for notice in lecture.notices] == [
        "slides/x.md:3: warning: theme 'moon' is not used: there are light and dark, and "
        "`css: file.css`"
    ]


def test_style_sheets_come_after_the_theme_with_their_files_inside(tmp_path: Path) -> None:
    make_course(
        tmp_path,
        "---\ntheme: dark\ncss: own.css\n---\n\n## One\n",
        **{
            "pyproject.toml": CSS,
            "school.css": ":root { --logo: url('logo.png'); }",
            "logo.png": PNG,
            "slides/own.css": "h2 { color: teal; }",
        },
    )
    assert proofdeck(tmp_path, "build", "--to", "deck", "--single-file").returncode == 0
    files = site_files(tmp_path)
    for name in ("x/index.html", "x/x.html"):
        html = files[name].decode()
        assert '<html lang="en" data-theme="dark">' in html
        theme, school, own = map(html.index, ("theme", "--logo: url(", "h2 { color: teal; }"))
        assert theme < school < own
        assert 'url("data:image/png;base64,iVBOR' in html
    assert b"--logo: url(" in files["index.html"]


def test_all_slides_may_be_smaller(tmp_path: Path) -> None:
    meta = "---\nformat:\n  revealjs:\n    smaller: true\n    scrollable: false\n---\n"
    make_course(tmp_path, f"{meta}\n## One\n\n## Two {{.smaller .center}}\n")
    assert proofdeck(tmp_path, "build", "--to", "deck").returncode == 0
    html = site_files(tmp_path)["x/index.html"].decode()
    assert '<section id="one" class="slide level2 smaller">' in html
    assert '<section id="two" class="slide level2 smaller center">' in html


def test_an_edited_style_sheet_is_seen(tmp_path: Path) -> None:
    sheets = {"slides/own.css": "h2 { color: teal; }"}
    make_course(tmp_path, "---\ncss: own.css\n---\n\n## One\n", **sheets)
    assert proofdeck(tmp_path, "build", "--to", "deck").returncode == 0
    (tmp_path / "slides/own.css").write_text("h2 { color: olive; }")
    assert proofdeck(tmp_path, "build", "--to", "deck").returncode == 0
    assert b"olive" in site_files(tmp_path)["x/index.html"]


@pytest.mark.parametrize(
    ("text", "files", "error"),
    [
        (
            "---\ntitle: X\ncss: own.css\n---\n\n## One\n",
            {},
            "slides/x.md:3: style sheet 'slides/own.css' does not exist\n"
            "  Create it, or mend `css:`.",
        ),
        (
            "## One\n",
            {"pyproject.toml": CSS},
            "pyproject.toml:1: style sheet 'school.css' does not exist\n"
            "  Create it, or mend `css:`.",
        ),
        (
            "## One\n",
            {"pyproject.toml": CSS, "school.css": "a { background: url(none.png) }"},
            "school.css:1: 'none.png', which the style sheet names, does not exist\n"
            "  Put it there, or mend its name.",
        ),
    ],
)
def test_what_is_missing_is_an_error_at_its_place(
    tmp_path: Path, text: str, files: dict[str, str], error: str
) -> None:
    assert read_errors(tmp_path, text, **files) == [error]
