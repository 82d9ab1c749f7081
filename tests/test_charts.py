"""Interactive figures: data and scripts in the deck, a picture or a sentence on paper."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Mapping
from pathlib import Path
from subprocess import run as call

import pytest
from playwright.sync_api import Browser, expect

from helpers import fence, make_course, proofdeck, run, slide
from proofdeck.browser import Watch
from proofdeck.charts import complete, kind_of, title_of
from proofdeck.output import Display

PLOTLY = "application/vnd.plotly.v1+json"
FIGURE = {"data": [{"y": [1, 3]}], "layout": {"title": {"text": "Growth"}}}


def show(bundle: Mapping[str, object]) -> str:
    """A snippet that shows a MIME bundle, as Plotly does without its package."""
    return fence(f"display({dict(bundle)!r}, raw=True)")


def is_installed(package: str) -> bool:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def test_a_figure_is_kept_as_data_and_says_why_there_is_no_picture(tmp_path: Path) -> None:
    ran = run(tmp_path, slide(show({PLOTLY: FIGURE, "text/html": "<script>", "text/plain": "F"})))
    (shown,) = ran.outputs()
    assert isinstance(shown, Display)
    found = kind_of(shown.data)
    assert found
    assert json.loads(shown.data[PLOTLY]) == FIGURE
    assert "text/html" not in shown.data
    if not is_installed("kaleido"):
        (warning,) = ran["one-1"].warnings
        assert warning.startswith("no picture of this figure for handout and notebook: kaleido")


def test_a_picture_that_comes_with_a_figure_is_the_one_on_paper() -> None:
    data, note = complete({PLOTLY: FIGURE, "image/png": "cG5n"}, draw=True)
    assert (data["image/png"], note) == ("cG5n", "")


@pytest.mark.parametrize("figure", [FIGURE, {"title": "Growth"}, {"title": {"text": "Growth"}}])
def test_a_figure_s_title_stands_for_an_alternative_text(figure: object) -> None:
    assert title_of(json.dumps(figure)) == "Growth"


WITHOUT_PLOTLY = """
import importlib.metadata
version = importlib.metadata.version

def without_plotly(package):
    if package == "plotly":
        raise importlib.metadata.PackageNotFoundError(package)
    return version(package)

importlib.metadata.version = without_plotly
"""


def test_a_figure_without_its_script_is_an_error_that_names_the_package(tmp_path: Path) -> None:
    make_course(tmp_path, slide(show({PLOTLY: FIGURE})))
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(WITHOUT_PLOTLY)
    done = proofdeck(tmp_path, "build", PYTHONPATH=str(hidden))
    assert done.returncode == 1
    assert (
        "slides/x.md:3: a figure of this lecture is drawn by plotly, which package" in done.stderr
    )


def test_on_paper_a_sentence_stands_where_there_is_no_picture(tmp_path: Path) -> None:
    make_course(tmp_path, slide(show({PLOTLY: FIGURE})))
    done = proofdeck(tmp_path, "build", "--to", "handout")
    assert done.returncode == 0, done.stderr
    text = call(
        ["pdftotext", tmp_path / "build/site/x/handout.pdf", "-"], capture_output=True, text=True
    ).stdout
    assert "An interactive figure, to be seen in the deck: Growth" in " ".join(text.split())


def test_altair_and_plotly_draw_without_a_network(tmp_path: Path, browser: Browser) -> None:
    altair = """
import altair as alt
rows = alt.Data(values=[{"x": n, "y": n**3} for n in range(5)])
alt.Chart(rows, title="Cubes").mark_line().encode(x="x:Q", y="y:Q")"""
    plotly = "import plotly.graph_objects as go\ngo.Figure(go.Scatter(y=[0, 1, 4]))"
    options = 'fig-alt: "A line."', "echo: false"
    text = slide(fence(altair.strip(), *options)) + slide(fence(plotly, *options), id="two")
    make_course(tmp_path, text)
    done = proofdeck(tmp_path, "build", "--single-file")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "build/site/x"
    context = browser.new_context(offline=True)
    watch = Watch().over(context)
    for name in ("index.html", "x.html"):
        page = context.new_page()
        page.goto((folder / name).as_uri() + "#/one")
        expect(page.locator("#one .chart[aria-label='A line.'] svg")).to_be_visible()
        page.keyboard.press("ArrowRight")
        expect(page.locator("#two .chart .main-svg").first).to_be_visible()
    assert (watch.remote, watch.problems) == ([], [])
