"""Every step of the source documents has its slide, and the slide is about it."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from proofdeck.config import load_config
from proofdeck.exercises import all_snippets
from proofdeck.model import Lecture
from proofdeck.pandoc import stringify
from proofdeck.parse import parse

ROOT = Path(__file__).parents[1]
TABLE = tomllib.loads((Path(__file__).parent / "sources.toml").read_text("utf-8"))
STEPS = [
    pytest.param(entry["lecture"], *step[1:2], step[2:], id=f"{source}: {step[0]}")
    for source, entry in TABLE.items()
    for step in entry["steps"]
]


@cache
def lecture(name: str) -> Lecture:
    return parse(load_config(ROOT), f"slides/{name}.md")


@pytest.mark.parametrize(("name", "slide_id", "evidence"), STEPS)
def test_a_step_of_a_source_has_its_slide(name: str, slide_id: str, evidence: list[str]) -> None:
    parsed = lecture(name)
    slide = next((s for s in parsed.slides if s.id == slide_id), None)
    assert slide, f"{name} has no slide {slide_id!r}"
    assert evidence, "nothing says why this slide is about the step"
    labels = {snippet.id for snippet in all_snippets(parsed) if snippet.slide == slide_id}
    claims = {claim.id for claim in parsed.claims if claim.slide == slide_id}
    text = f"{slide.title} {stringify(slide.blocks)}"
    for item in evidence:
        if numbered := re.fullmatch(r"claim (\d+)", item):
            assert f"{slide_id}-claim-{numbered[1]}" in claims
        elif item not in labels:
            assert re.search(item, text), f"{item!r} is neither a snippet nor in the text"


def test_the_table_covers_every_source_and_lecture() -> None:
    lectures = {path.stem for path in (ROOT / "slides").glob("[0-9]*.md")}
    assert {entry["lecture"] for entry in TABLE.values()} == lectures
