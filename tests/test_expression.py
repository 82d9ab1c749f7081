from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from proofdeck.expression import evaluate, show


def values(code: str, **names: Any) -> dict[str, str]:
    """What the parts of `code` were."""
    return dict(evaluate(code, names)[1])


def test_the_value_is_python_s_and_its_parts_are_noted_innermost_first() -> None:
    value, parts = evaluate("losses[-1] < losses[0] / 2", {"losses": [8.0, 2.0]})
    assert value is True
    assert parts == (
        ("losses", "[8.0, 2.0]"),
        ("losses[-1]", "2"),
        ("losses[0]", "8"),
        ("losses[0] / 2", "4"),
    )


def test_a_part_that_was_not_reached_has_no_value() -> None:
    assert values("a > 1 and b > 1", a=0, b=5) == {"a": "0", "a > 1": "False"}


def test_every_part_is_evaluated_once() -> None:
    calls = []

    def ask(number: int) -> int:
        calls.append(number)
        return number

    assert evaluate("1 < ask(2) + ask(3) < 9", {"ask": ask})[0] is True
    assert calls == [2, 3]


def test_comprehensions_and_lambdas_keep_their_scopes() -> None:
    value, parts = evaluate(
        "sum(x * n for x in xs) == (lambda n: 6 * n)(2)", {"xs": [1, 5], "n": 2}
    )
    assert value is True
    assert dict(parts)["sum(x * n for x in xs)"] == "12"


def test_what_a_check_binds_does_not_stay() -> None:
    names: dict[str, Any] = {"x": 3}
    assert evaluate("(y := x + 1) == 4 and y > x", names)[0] is True
    assert "y" not in names


def test_modules_and_functions_are_no_values_to_report() -> None:
    assert values("np.sqrt(x) == math.sqrt(x)", np=np, math=math, x=4.0) == {
        "x": "4",
        "np.sqrt(x)": "2",
        "math.sqrt(x)": "2",
    }


def test_what_the_check_raises_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        evaluate("x / 0 > 1", {"x": 1})


class Unspeakable:
    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1 / 3, "0.333333"),
        (np.float32(0.1), "0.1"),
        (np.int64(3), "3"),
        (np.bool_(True), "True"),
        (np.array(2.5), "2.5"),
        (np.array([[1, 2], [3, 4]]), "array([[1, 2], [3, 4]])"),
        (math.inf, "inf"),
        (Unspeakable(), "<Unspeakable>"),
        (object(), "<object object>"),
        ("a" * 100, "'" + "a" * 78 + "…"),
    ],
)
def test_values_are_short_and_the_same_on_every_machine(value: Any, text: str) -> None:
    assert show(value) == text
