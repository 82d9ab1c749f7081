"""What a snippet shows: text, values and figures in the order in which they came."""

from __future__ import annotations

from pathlib import Path

from helpers import err, fence, out, outputs, run, slide, value
from proofdeck.output import Display, Output, Stream


def kinds(found: tuple[Output, ...]) -> list[str]:
    """Streams as their text, other outputs as their richest MIME type."""
    return [o.text if isinstance(o, Stream) else min(o.data) for o in found]


def test_text_errors_values_and_figures_keep_the_order_in_which_they_came(tmp_path: Path) -> None:
    code = """
import sys
import matplotlib.pyplot as plt
from IPython.display import HTML, display
print("1")
print("2", file=sys.stderr)
display(HTML("<b>3</b>"))
print("4")
fig = plt.figure(); plt.plot([1, 2])
plt.show()
print("6")
plt.plot([3])
7"""
    assert kinds(outputs(tmp_path, code)) == [
        "1\n",
        "2\n",
        "text/html",
        "4\n",
        "image/svg+xml",
        "6\n",
        "text/plain",
        "image/svg+xml",
    ]


def test_what_c_code_and_child_processes_write_comes_in_its_place(tmp_path: Path) -> None:
    code = """
import ctypes, os, subprocess, sys
libc = ctypes.CDLL(None)
print("python")
os.write(1, b"descriptor\\n")
print("again")
libc.printf(b"printf\\n")
os.write(2, "größer\\n".encode())
print(end="")
os.system("echo shell")
subprocess.run([sys.executable, "-c", "print('child')"])
sys.stdout.buffer.write(b"bytes\\n")
print("last")"""
    assert outputs(tmp_path, code.replace("subprocess.run(", "_ = subprocess.run(")) == (
        out("python\ndescriptor\nagain\nprintf\n"),
        err("größer\n"),
        out("shell\nchild\nbytes\nlast\n"),
    )


def test_text_is_as_a_terminal_would_show_it_with_colours(tmp_path: Path) -> None:
    code = r"""
import time
for n in range(3):
    print(f"\rstep {n}", end="", flush=True)
print("\n12\b3")
print("\x1b[31mred\x1b[0m")"""
    assert outputs(tmp_path, code) == (out("step 2\n13\n\x1b[31mred\x1b[0m\n"),)


VALUES: dict[str, tuple[Output, ...]] = {
    "1 + 1": (value("2"),),
    "1 + 1;": (),
    "x = 3": (),
    "None": (),
    "1\n2": (value("2"),),
    "'a\\nb'": (value("'a\\nb'"),),
    "if True:\n    5": (),
    "display(1, 2)\n3": (value("1"), value("2"), value("3")),
    "": (),
    "# nothing": (),
    "_": (value("3"),),
    "async def f():\n    return 4\nawait f()": (value("4"),),
    "%precision 2\n3.14159": (value("3.14"),),
    "\n%%capture\nprint(1)": (),
    "!echo shell": (out("shell\n"),),
    "for n in range(2): display(n)": (value("0"), value("1")),
    "get_ipython().user_ns['x']": (value("3"),),
}


def test_the_last_expression_is_shown_as_jupyter_shows_it(tmp_path: Path) -> None:
    ran = run(tmp_path, slide(*map(fence, VALUES)))
    assert set(ran.statuses.values()) == {"ok"}
    assert dict(zip(VALUES, map(ran.outputs, ran.statuses), strict=True)) == VALUES


def test_values_are_shown_in_all_their_rich_forms(tmp_path: Path) -> None:
    code = """
class Rich:
    def __repr__(self): return "plain"
    def _repr_html_(self): return "<i>html</i>"
    def _repr_svg_(self): return "<svg/>"
    def _repr_png_(self): return b"\\x89PNG"
    def _repr_latex_(self): return "$x$"
    def _repr_markdown_(self): return "*md*"
    def _repr_json_(self): return {"a": 1}
Rich()"""
    assert outputs(tmp_path, code) == (
        Display(
            {
                "text/plain": "plain",
                "text/html": "<i>html</i>",
                "image/svg+xml": "<svg/>",
                "image/png": b"\x89PNG",
                "text/latex": "$x$",
                "text/markdown": "*md*",
            }
        ),
    )


def test_a_text_of_the_lectures_own_class_is_shown(tmp_path: Path) -> None:
    code = """
class Safe(str):
    pass
class Page:
    def _repr_html_(self): return Safe("<b>1</b>")
    def __repr__(self): return "page"
Page()"""
    assert outputs(tmp_path, code) == (Display({"text/plain": "page", "text/html": "<b>1</b>"}),)


FIGURES = """
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(3, 2))
ax.plot([0, 1], [0, 1], label="line")
ax.set(title="Title", xlabel="x", ylabel="y", xlim=(0, 1), ylim=(0, 1))
ax.legend();"""
ALT = "Line plot “Title”; y (0 to 1) against x (0 to 1); series: line."


def test_figures_appear_once_at_show_or_at_the_end_of_their_snippet(tmp_path: Path) -> None:
    ran = run(
        tmp_path,
        slide(
            fence(FIGURES),
            fence(FIGURES + "\nplt.show()\nprint('after')"),
            fence("print('none')"),
            fence(FIGURES + "\nplt.close()"),
            fence(FIGURES + "\nfig"),
            fence(FIGURES + "\ndisplay(fig)\nplt.close(fig)"),
            fence(FIGURES + "\nplt.figure(); plt.plot([1]);"),
        ),
    )
    svg = "image/svg+xml"
    assert {id: kinds(ran.outputs(id)) for id in ran.statuses} == {
        "one-1": [svg],
        "one-2": [svg, "after\n"],
        "one-3": ["none\n"],
        "one-4": [],
        "one-5": [svg, svg],
        "one-6": [svg],
        "one-7": [svg, svg],
    }
    (figure,) = ran.outputs("one-1")
    assert isinstance(figure, Display)
    assert (figure.alt, figure.width > 200) == (ALT, True)


def test_a_figure_that_stays_open_does_not_appear_under_the_next_snippet(tmp_path: Path) -> None:
    leave = "import matplotlib.pyplot as plt\nplt.ioff()\nplt.plot([1]);"
    ran = run(tmp_path, slide(fence(leave), fence("plt.ion()\nplt.get_fignums()")))
    assert ran.outputs("one-2") == (value("[]"),)


def test_the_same_figure_has_the_same_bytes_in_every_run(tmp_path: Path) -> None:
    first, second = (run(tmp_path / name, slide(fence(FIGURES))).outputs() for name in "ab")
    assert first == second


def test_a_large_figure_keeps_its_data_as_a_picture(tmp_path: Path) -> None:
    code = """
import matplotlib.pyplot as plt
import numpy as np
plt.scatter(np.arange(30_000), np.sin(np.arange(30_000)));"""
    (figure,) = outputs(tmp_path, code)
    assert isinstance(figure, Display)
    svg = figure.data["image/svg+xml"]
    assert isinstance(svg, str)
    assert svg.count("<image") == 1
    assert len(svg) < 300_000
    assert figure.alt.startswith("Scatter plot")


def test_figures_are_drawn_the_same_where_matplotlib_comes_in_unseen(tmp_path: Path) -> None:
    code = "import importlib\nplt = importlib.import_module('matplotlib.pyplot')\nplt.plot([1]);"
    (figure,) = outputs(tmp_path, code)
    assert isinstance(figure, Display)
    assert set(figure.data) == {"image/svg+xml", "text/plain"}
    assert figure.alt.startswith("Line plot")


def test_a_figure_that_cannot_be_drawn_fails_its_snippet(tmp_path: Path) -> None:
    code = "import matplotlib.pyplot as plt\nplt.title(r'$\\frac$')\nplt.show()"
    failure = run(tmp_path, slide(fence(code)))["one-1"].failure
    assert failure
    assert failure.kind == "ValueError"
    assert r"\frac" in failure.message


def test_a_value_that_cannot_be_shown_fails_its_snippet_at_its_line(tmp_path: Path) -> None:
    code = "class Bad:\n    def _repr_html_(self):\n        return 1 / 0\nBad()"
    failure = run(tmp_path, slide(fence(code)))["one-1"].failure
    assert failure
    assert (failure.kind, failure.line) == ("ZeroDivisionError", 3)
