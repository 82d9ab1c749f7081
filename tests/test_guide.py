"""What README.md and AUTHORING.md say: their examples run, and nothing is left out."""

from __future__ import annotations

import re
import textwrap
from dataclasses import fields
from pathlib import Path

import pytest

from helpers import make_course, proofdeck
from proofdeck.claims import ATTRIBUTES
from proofdeck.cli import main
from proofdeck.config import Config
from proofdeck.front_matter import KINDS, REVEAL_OPTIONS, SHOWN, SLIDE_CLASSES
from proofdeck.options import EXECUTE, USED

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "AUTHORING.md").read_text("utf-8")
BLOCK = re.compile(r"(?:^ {4}.*\n|^\n(?= {4}))+", re.MULTILINE)
"""Text that is indented, as code is in Markdown."""

SETTINGS = [field.name.replace("_", "-") for field in fields(Config) if field.name != "root"]
FRONT_MATTER = [*KINDS, *SHOWN, *REVEAL_OPTIONS, *SLIDE_CLASSES]
CLAIMS = [name for name in ATTRIBUTES if name != "pd-line"]


def examples(file: str) -> str:
    """The snippets of a page, with the text around them, as one lecture."""
    blocks = BLOCK.findall((ROOT / file).read_text("utf-8"))
    return "\n".join(textwrap.dedent(block) for block in blocks if "```" in block)


@pytest.mark.parametrize("file", ["README.md", "AUTHORING.md"])
def test_the_examples_of_a_page_run_and_their_claims_hold(tmp_path: Path, file: str) -> None:
    text = examples(file)
    assert "```{python}" in text
    assert ".claim" in text
    make_course(tmp_path, text if text.startswith("---") else f"## Examples\n\n{text}")
    done = proofdeck(tmp_path, "check", "--fast")
    assert done.returncode == 0, done.stderr
    assert ": warning:" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "name",
    sorted({*USED, *FRONT_MATTER, *EXECUTE, *SETTINGS, *CLAIMS} - {"id"}),
)
def test_the_guide_names_every_option_and_setting(name: str) -> None:
    assert re.search(rf"`{name}\b[^`]*`", GUIDE)


@pytest.mark.parametrize("name", sorted(main.commands))
def test_a_guide_names_every_command(name: str) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert re.search(rf"(proofdeck|make) {name}\b", GUIDE + readme)
