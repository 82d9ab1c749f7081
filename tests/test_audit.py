"""The audit finds each kind of defect, planted on a slide of its own, at its line."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from PIL import Image

from helpers import PNG, fence, make_course, proofdeck
from proofdeck.browser import find_chromium
from sites import LECTURES as OWN

needs_browser = pytest.mark.skipif(
    not find_chromium() and not os.environ.get("PROOFDECK_REQUIRE_BROWSER"),
    reason="no Chromium is installed",
)
pytestmark = needs_browser


def raw(html: str) -> str:
    return f"```{{=html}}\n{html}\n```"


def plot(*lines: str) -> str:
    """A figure whose type is large enough, so that it has one defect at most."""
    start = ["import matplotlib.pyplot as plt", 'plt.rc("font", size=15)']
    code = [*start, "fig, ax = plt.subplots(figsize=(8, 4))", *lines]
    return fence("\n".join(code), "fig-alt: A line", "echo: false")


PLANTED = {
    "long": ("\n\n".join(f"Paragraph {n}." for n in range(20)), "“Paragraph 11.” runs out of"),
    "wide": (fence("x = " + "1 + " * 40 + "1"), "a box hides a part of “x = 1"),
    "over": (
        "Below.\n\n" + raw('<p style="margin-top: -60px">Above.</p>'),
        "“Below.” lies over “Above.”",
    ),
    "tiny": (
        '[Small print]{style="font-size: 17px"}',
        "“Small print” is set in 17px: too small",
    ),
    "tinycode": (raw('<pre><code style="font-size: 13px">x = 1</code></pre>'), "is set in 13px"),
    "tinyfigure": (plot("ax.plot([1, 2])", 'ax.set_title("T", fontsize=9)'), "“T” is set"),
    "faint": ('[Weak]{style="color: #999"}', "“Weak” has a contrast of only 2.85"),
    "dark": ('[Ink]{style="color: #333"}', r"“Ink” has a contrast .* \(1280×720, dark"),
    "faintfigure": (
        plot("ax.plot([1, 2])", 'ax.text(0.1, 1, "Weak", color="#bbbbbb")'),
        r"“Weak” has a contrast of only .* \(figure, light",
    ),
    "line": (plot('ax.plot([1, 2], color="#ffe000")'), "a line in .* has a contrast"),
    "alt": (raw('<img src="dot.png" alt="">'), "“dot.png” has no text"),
    "missing": (raw('<img src="none.png" alt="A dot">'), "“none.png” cannot be shown"),
    "deadlink": (raw('<a href="#/nowhere">There</a>'), "link to “#/nowhere” leads nowhere"),
    "deadfile": ("[There](none.pdf)", "link to “none.pdf” leads nowhere"),
    "axe": (raw("<button></button>"), "button-name: Buttons must have discernible text"),
    "console": (raw('<script>console.error("Alas.")</script>'), "the browser complains: Alas"),
    "remote": (
        raw('<link rel="prefetch" href="https://example.org/x.css">'),
        "the page asks another machine for https://example.org/x.css",
    ),
    "phone": (
        '[One line that a phone is too narrow to show at once]{style="white-space: nowrap"}',
        r"“One line .*” runs out of the slide \(390×844, light",
    ),
}
"""By slide: what stands on it, and what the audit says of it."""

NOWHERE = ("console", "remote")
"""Kinds that no place in the lecture is known for."""

SOUND = "Text, $x^2$ and `code`.\n\n" + plot('ax.plot([1, 2], label="a")', "ax.legend()")


LECTURES = {
    "planted": "".join(f"## {n.capitalize()} {{#{n}}}\n\n{b}\n\n" for n, (b, _) in PLANTED.items()),
    "sound": f"## Sound {{#sound}}\n\n{SOUND}\n",
}


def audit(root: Path, *lectures: str) -> CompletedProcess[str]:
    """The real command, which may take minutes where others use the machine."""
    command = [sys.executable, "-m", "proofdeck", "audit", *lectures]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


@dataclass(frozen=True)
class Audited:
    """A course with defects, built and audited."""

    root: Path
    done: CompletedProcess[str]

    def messages(self, lecture: str, first: int, last: int) -> list[str]:
        """What is said of some lines of a lecture, each with its hint."""
        said = re.findall(rf"^(slides/{lecture}\.md:(\d+): .*\n  .*)$", self.done.stderr, re.M)
        return [text for text, line in said if first <= int(line) < last]


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """A lecture with a slide for each defect, and one without any, built and audited."""
    root = tmp_path_factory.mktemp("audit") / "course"
    texts = {f"slides/{n}.md": f"---\ntitle: {n}\n---\n\n{t}" for n, t in LECTURES.items()}
    make_course(root, **texts, **{"slides/dot.png": PNG})
    built = proofdeck(root, "build", "--to", "deck")
    assert built.returncode == 0, built.stderr
    (root / "build/site/planted/dot.png").write_bytes(PNG)
    return Audited(root, audit(root))


def lines_of(slide: str) -> tuple[int, int]:
    """Where a slide of the lecture with the defects begins, and where the next one does."""
    rows = ["---", "", "---", "", *LECTURES["planted"].splitlines()]
    starts = [number for number, row in enumerate(rows, 1) if row.startswith("## ")]
    first = starts[list(PLANTED).index(slide)]
    return first, min((n for n in starts if n > first), default=len(rows) + 1)


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_defect_is_found_at_its_line(audited: Audited, kind: str) -> None:
    lines = (1, 2) if kind in NOWHERE else lines_of(kind)
    said = audited.messages("planted", *lines)
    assert [text for text in said if re.search(PLANTED[kind][1], text)], said


def test_nothing_is_found_where_nothing_is_wrong(audited: Audited) -> None:
    assert audited.messages("sound", 1, 1000) == []
    assert "sound: 3 slides, 0 findings" in audited.done.stdout


def test_findings_fail_the_command(audited: Audited) -> None:
    assert audited.done.returncode == 1
    assert audit(audited.root, "sound").returncode == 0


def test_a_contact_sheet_shows_all_slides_in_both_themes(audited: Audited) -> None:
    shades = []
    for theme in ("light", "dark"):
        with Image.open(audited.root / f"build/audit/planted-{theme}.png") as sheet:
            rows = -(-(len(PLANTED) + 2) // 4)
            assert sheet.size == (4 * 484 + 4, rows * 274 + 4)
            shades.append(sheet.convert("L").getpixel((20, 20)))
    assert shades[0] > 200 > 60 > shades[1]


def test_a_lecture_that_is_not_built_is_an_error_of_the_command(tmp_path: Path) -> None:
    make_course(tmp_path, "## X\n")
    done = proofdeck(tmp_path, "audit")
    assert done.returncode == 2
    assert done.stderr == "x has no deck in build/site\n  Build it: `make slides`.\n"


@pytest.mark.parametrize("lecture", OWN)
def test_a_lecture_of_the_course_has_no_defect(
    lecture: str, root_of: Callable[[str], Path]
) -> None:
    done = audit(root_of(lecture), lecture)
    assert (done.returncode, done.stderr) == (0, "")
