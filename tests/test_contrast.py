from __future__ import annotations

import pytest

from proofdeck.contrast import Color, contrast, is_grey, parse_hex, tint, to_hex


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#767676", "#ffffff", 4.54),  # the lightest grey that AA allows on white
        ("#ff0000", "#ffffff", 4.0),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(parse_hex(one), parse_hex(other)) == pytest.approx(ratio, abs=0.005)
    assert contrast(parse_hex(other), parse_hex(one)) == contrast(parse_hex(one), parse_hex(other))


def test_a_colour_is_read_and_written() -> None:
    assert to_hex(parse_hex("#1a2233")) == "#1a2233"


@pytest.mark.parametrize("color", ["#332288", "#000000", "#0072b2", "#14181f"])
@pytest.mark.parametrize("least", [3.0, 4.5])
def test_a_tint_stands_out_from_the_dark(color: str, least: float) -> None:
    ground: Color = parse_hex("#14181f")
    assert contrast(tint(parse_hex(color), ground, least), ground) >= least


def test_a_colour_that_stands_out_is_its_own_tint() -> None:
    orange = parse_hex("#e69f00")
    assert tint(orange, parse_hex("#14181f"), 3.0) == orange


def test_grey_has_no_hue() -> None:
    assert [is_grey(parse_hex(c)) for c in ("#d9d9d9", "#000000", "#b84a00")] == [True, True, False]
