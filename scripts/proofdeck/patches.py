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
    found = {n for n in old.keys() | new.keys() if old.get(n, MISSING) is not new.get(n, MISSING)}
    return {name for name in found if not _is_loaded(owner, name in old, new.get(name))}


def _is_loaded(owner: Any, replaces: bool, value: Any) -> bool:
    """Whether a library itself brought a new value, as it does when it loads parts by and by."""
    return isinstance(value, ModuleType) or (not replaces and _library(owner) == _library(value))


def _library(value: Any) -> str:
    """Whose a module, class, function or object is."""
    if isinstance(value, ModuleType):
        return value.__name__.partition(".")[0]
    named = value if isinstance(value, type | FunctionType) else type(value)
    return str(named.__module__).partition(".")[0]
