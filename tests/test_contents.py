"""Values that share memory are known by their bytes and by who shares what with whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from proofdeck.contents import LARGEST, fingerprint

Values = dict[str, Any]


def views() -> Values:
    x = np.arange(12.0)
    return {"x": x, "first": x[:8], "even": x[::2]}


def tensors() -> Values:
    x = torch.arange(12.0)
    return {"x": x, "rows": x.view(3, 4), "data": [x, {"last": x[-1]}]}


MAKERS = [views, tensors]


@pytest.mark.parametrize("make", MAKERS)
def test_the_same_contents_shared_in_the_same_way_are_the_same(make: Callable[[], Values]) -> None:
    assert fingerprint(make()) == fingerprint(make()) != ""


@pytest.mark.parametrize("make", MAKERS)
def test_one_byte_makes_a_difference(make: Callable[[], Values]) -> None:
    values = make()
    before = fingerprint(values)
    values["x"][5] += 1
    assert fingerprint(values) != before


def test_a_copy_is_no_view() -> None:
    values = views()
    for name in ("first", "even"):
        assert fingerprint({**values, name: values[name].copy()}) != fingerprint(values)


def test_it_counts_where_a_view_begins_and_how_it_steps() -> None:
    x = np.zeros(6)
    found = {fingerprint({"x": x, "y": y}) for y in (x[:2], x[1:3], x[:4:2], x[:2][::-1], x)}
    assert len(found) == 5


def test_it_counts_whether_two_names_hold_the_same_list() -> None:
    one = [1, 2]
    assert fingerprint({"a": one, "b": one}) != fingerprint({"a": one, "b": [1, 2]})


def test_it_counts_whether_a_tensor_wants_a_gradient() -> None:
    assert fingerprint({"x": torch.ones(2)}) != fingerprint(
        {"x": torch.ones(2, requires_grad=True)}
    )


def graded() -> torch.Tensor:
    x = torch.ones(2, requires_grad=True)
    x.sum().backward()
    return x


shared = np.zeros(3)


@pytest.mark.parametrize(
    "value",
    [
        graded(),
        torch.ones(2, requires_grad=True) * 2,
        torch.nn.Linear(1, 1).weight,
        np.array([object()]),
        np.zeros(LARGEST + 1, "uint8"),
        np.frombuffer(bytearray(4), "uint8"),
        [shared, torch.from_numpy(shared)],
        {1, 2},
        object(),
    ],
)
def test_what_cannot_be_told_has_none(value: Any) -> None:
    assert fingerprint({"x": value}) == ""
