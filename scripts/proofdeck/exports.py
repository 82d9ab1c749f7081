"""Exports: plain values that snippets left. Values travel, objects don't.

Numbers, strings, arrays, and lists, tuples, sets and dicts of these. They are kept so that an
edited claim or inline value is asked again without training anything again. Loading makes plain
types only, whatever the bytes say.
"""

from __future__ import annotations

import io
import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pickle import Pickler  # whatever a snippet makes of `pickle.Pickler`
from typing import Any

from proofdeck.arrays import overlap, span_of

LARGEST = 8 << 20
"""Bytes of one export; a larger value stays where it is."""

DEEPEST = 20
"""Levels of lists and dicts in an export."""

SCALARS = (bool, int, float, complex, str, bytes, type(None))
PLAIN_CLASSES = frozenset(
    {
        ("builtins", "complex"),
        ("builtins", "set"),
        ("builtins", "frozenset"),
        ("numpy", "dtype"),
        ("numpy", "ndarray"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "scalar"),
        ("numpy._core.numeric", "_frombuffer"),
        ("proofdeck.exports", "view_of"),
    }
)


def plain_bytes(value: Any) -> bytes | None:
    """A plain value as bytes; None for an object, and for a value that is too large to travel."""
    room = _Room(LARGEST)
    if not _fits(value, room, 0) or overlap(map(span_of, room.arrays.values())):
        return None
    data = io.BytesIO()
    _Writer(data, protocol=5).dump(value)
    return data.getvalue()


class _Writer(Pickler):
    """Writes arrays that are views as views, with all that they are views of."""

    def reducer_override(self, item: Any) -> Any:
        if type(item).__name__ != "ndarray" or item.base is None:
            return NotImplemented
        base = _base_of(item)
        if base is None:  # memory of another kind
            base = item = item.copy(order="K")
        return view_of, (base, item.dtype, item.shape, item.strides, _start(item) - _start(base))


def _base_of(array: Any) -> Any:
    """The array whose memory this one is a view of; None for its own memory, and for no array's."""
    base = array.base
    return base if type(base) is type(array) and base.base is None else None


def _start(array: Any) -> int:
    return int(array.__array_interface__["data"][0])


def view_of(base: Any, *form: Any) -> Any:
    """An array that is a view of `base`: its data type, shape, strides and offset, in bytes."""
    dtype, shape, strides, offset = form
    kind = sys.modules["numpy"].ndarray
    return kind(shape, dtype, base, offset, strides)


@dataclass(slots=True)
class _Room:
    """What is left of the bytes of a value, counted roughly, and the arrays in it by their ids."""

    left: int
    arrays: dict[int, Any] = field(default_factory=dict)


def _fits(value: Any, room: _Room, depth: int) -> bool:
    """Whether `value` is made of plain types only, exactly, and there is room for it.

    A subclass is an object, and so is what would be another when it is made anew: an array that
    may not be written, or steps over memory of no array.
    """
    kind = type(value)
    room.left -= sys.getsizeof(value) if kind in (str, bytes, int) else 8
    if room.left < 0 or depth > DEEPEST:
        return False
    if kind in SCALARS:
        return True
    if kind in (list, tuple, set, frozenset):
        fits = all(_fits(item, room, depth + 1) for item in value)
        # Made anew, a set may have another order.
        return fits and (kind in (list, tuple) or list(kind(list(value))) == list(value))
    if kind is dict:
        parts = (part for pair in value.items() for part in pair)
        return all(_fits(part, room, depth + 1) for part in parts)
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return False
    if kind is numpy.ndarray:
        base = _base_of(value)
        root = value if base is None else base
        room.left -= root.nbytes
        room.arrays[id(value)] = value
        told = all(a.flags.writeable and not a.dtype.hasobject for a in (value, root))
        return told and root.flags.forc and room.left >= 0
    return isinstance(value, numpy.generic) and not value.dtype.hasobject


def load(data: bytes) -> Any:
    """A value from its bytes. Raises pickle.UnpicklingError for anything that is not plain."""
    return _Plain(io.BytesIO(data)).load()


class _Plain(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in PLAIN_CLASSES:
            raise pickle.UnpicklingError(f"{module}.{name} is not a plain type")
        found = super().find_class(module, name)
        return _owning(found) if name == "_frombuffer" else found


def _owning(make: Callable[..., Any]) -> Callable[..., Any]:
    """`make`, which makes arrays of others' memory, and they get a memory of their own."""
    return lambda *arguments: make(*arguments).copy(order="K")
