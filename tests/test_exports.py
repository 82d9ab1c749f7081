from __future__ import annotations

import pickle
import subprocess
import sys
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

from proofdeck.exports import LARGEST, load, plain_bytes


class Text(str):
    """A lecture's own type."""


def nested(depth: int) -> list[Any]:
    made: list[Any] = []
    for _ in range(depth):
        made = [made]
    return made


def endless() -> list[Any]:
    made: list[Any] = []
    made.append(made)
    return made


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -3,
        2.5,
        1 + 2j,
        "ü",
        b"\x00",
        [1, (2, {3}), frozenset({4})],
        {"losses": [0.1, 0.2], ("relu", 3): None},
        np.float32(1.5),
        np.bool_(False),
    ],
)
def test_plain_values_travel(value: Any) -> None:
    found = load(plain_bytes(value))
    assert (found, type(found)) == (value, type(value))


MATRIX = np.eye(3)


def emptied(kept: set[int]) -> set[int]:
    """A set in whose order it shows that it once held more."""
    found = set(range(100))
    for number in range(100):
        if number not in kept:
            found.discard(number)
    return found


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.array(["a", "bc"]),
        np.zeros((0, 2), np.int8),
        np.eye(3).T,
        MATRIX[1],
        np.eye(3)[::2, 1:],
        np.asfortranarray(np.eye(3))[1:],
        np.arange(4)[::-1],
        np.arange(4).view(np.uint8)[1:9],
        np.frombuffer(bytearray(b"abcd"), np.uint8)[1:],
    ],
)
def test_arrays_travel_with_shape_and_type_and_what_they_are_views_of(array: Any) -> None:
    found = load(plain_bytes(array))
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)
    assert (found.strides, found.flags.owndata) == (array.strides, array.flags.owndata)
    if type(array.base) is np.ndarray and array.base.base is None:
        np.testing.assert_array_equal(found.base, array.base)
    assert plain_bytes(found) == plain_bytes(array)


@pytest.mark.parametrize(
    "value",
    [
        print,
        sys,
        Text,
        Text("a"),
        OrderedDict(a=1),
        object(),
        [1, object()],
        {"net": object()},
        np.array([object()]),
        np.broadcast_to(1.0, (2, 2)),
        emptied({2, 65}),
        [np.arange(4), MATRIX, MATRIX[0]],
        nested(30),
        endless(),
        bytes(LARGEST + 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_objects_and_very_large_values_stay_where_they_are(value: Any) -> None:
    assert plain_bytes(value) is None


class Attack:
    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("run!",)


@pytest.mark.parametrize("value", [Attack(), OrderedDict(a=1), print])
def test_loading_makes_nothing_but_plain_values(
    value: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(pickle.UnpicklingError, match="not a plain type"):
        load(pickle.dumps(value))
    assert capsys.readouterr().out == ""


def test_looking_at_a_value_is_no_audited_event_for_each_of_its_parts() -> None:
    """Each would be a call of our own hook, which watches files: most of what observing costs."""
    code = """
import sys
from proofdeck.reach import parts_of
value = [[{n: [n]}] for n in range(1000)]
events = []
sys.addaudithook(lambda event, _: events.append(event))
parts = parts_of({"value": value}, {})
assert len(parts["value"].ids) == 3001
print(len(events))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 20
