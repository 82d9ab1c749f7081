"""Whether a snippet changed a variable of a library's module or class, seen in these themselves.

The text tells it only where it names them: not where a function is given one, or a list holds it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import FunctionType, ModuleType
from typing import Any

from proofdeck.outlines import is_lecture_class
from proofdeck.settings import is_foreign

Owners = list[tuple[Any, dict[str, Any]]]
"""Modules and classes, each with its variables."""

MISSING = object()


def owners(namespace: dict[str, Any], imports: frozenset[str]) -> Owners:
    """Libraries' modules and classes that names hold or are instances of, and what is imported."""
    held = [*namespace.values(), *(sys.modules[name] for name in imports & sys.modules.keys())]
    found = {id(owner): owner for owner in map(_owner, held)}
    return [(owner, _variables(owner)) for owner in found.values() if _is_library(owner, namespace)]


def patched(before: Owners) -> frozenset[str]:
    """Names of the variables that are others now, or gone, or new."""
    found = (_differing(owner, old, _variables(owner)) for owner, old in before)
    return frozenset[str]().union(*found)


def _owner(value: Any) -> Any:
    kind = type(value)  # what a lecture's own object says of itself may raise
    return value if issubclass(kind, ModuleType | type) else kind


def _is_library(owner: Any, namespace: dict[str, Any]) -> bool:
    if isinstance(owner, ModuleType):
        return is_foreign(owner.__name__)
    return not is_lecture_class(owner, namespace) and is_foreign(owner.__module__)


def _variables(owner: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(owner).items() if not name.startswith("_")}


def _differing(owner: Any, old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    """What differs and was not brought by the library itself, which loads parts by and by."""
    found = {n: new.get(n, MISSING) for n in old.keys() | new.keys()}
    found = {n: value for n, value in found.items() if value is not old.get(n, MISSING)}
    return {n for n, value in found.items() if not _is_loaded(owner, old.get(n, MISSING), value)}


def _is_loaded(owner: Any, old: Any, new: Any) -> bool:
    if isinstance(new, ModuleType):
        return True
    # PyTorch's compiler, once it is loaded, wraps `torch.manual_seed`.
    wraps = isinstance(new, FunctionType) and vars(new).get("__wrapped__") is old
    return (old is MISSING or wraps) and _library(owner) == _library(new)


def _library(value: Any) -> str:
    """Whose a module, class, function or object is."""
    if isinstance(value, ModuleType):
        name = value.__name__
    elif isinstance(value, FunctionType):  # a wrapper says of itself what it wraps says
        name = str(value.__globals__.get("__name__"))
    else:
        name = str((value if isinstance(value, type) else type(value)).__module__)
    return name.partition(".")[0]
