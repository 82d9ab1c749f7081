"""Exports: plain values that snippets left. Values travel, objects don't.

Numbers, strings, arrays, and lists, tuples, sets and dicts of these. They are kept so that an
edited claim or inline value is asked again without training anything again. Loading makes plain
types only, whatever the bytes say.
"""

from __future__ import annotations

import io
import pickle
import sys
from collections.abc import Mapping
from typing import Any

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
    }
)


def exported(namespace: Mapping[str, Any]) -> dict[str, bytes]:
    """The plain values of a namespace, each as bytes, without IPython's own names."""
    found = {}
    for name, value in list(namespace.items()):
        if not name.startswith("_") and name not in ("In", "Out") and is_plain(value):
            data = pickle.dumps(value, protocol=5)
            if len(data) <= LARGEST:
                found[name] = data
    return found


def is_plain(value: Any, depth: int = 0) -> bool:
    """Whether `value` is made of plain types only, exactly: a subclass is an object."""
    kind = type(value)
    if kind in SCALARS:
        return True
    if kind in (list, tuple, set, frozenset):
        return depth < DEEPEST and all(is_plain(item, depth + 1) for item in value)
    if kind is dict:
        return depth < DEEPEST and all(
            is_plain(key, depth + 1) and is_plain(item, depth + 1) for key, item in value.items()
        )
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return False
    if kind is numpy.ndarray:
        return not value.dtype.hasobject and value.nbytes <= LARGEST
    return isinstance(value, numpy.generic) and not value.dtype.hasobject


def load(data: bytes) -> Any:
    """A value from its bytes. Raises pickle.UnpicklingError for anything that is not plain."""
    return _Plain(io.BytesIO(data)).load()


class _Plain(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in PLAIN_CLASSES:
            raise pickle.UnpicklingError(f"{module}.{name} is not a plain type")
        return super().find_class(module, name)
