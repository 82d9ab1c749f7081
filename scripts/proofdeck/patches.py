"""Whether a snippet changed a variable of a library's module or class, seen in these themselves.

The text tells it only where it names them: not where a function is given one, or a list holds it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from itertools import chain
from operator import is_
from types import FunctionType, ModuleType
from typing import Any

from proofdeck.outlines import is_lecture_class
from proofdeck.paths import codes_of, compiled, on_the_way, paths
from proofdeck.settings import is_foreign

Variables = dict[str, tuple[Any, list[Any]]]
"""By name: the value, and what is in it where it is a list, a dict or a set."""

Owners = list[tuple[Any, Variables]]
"""Modules and classes, each with its variables."""

MISSING = object()

MANY = 100
"""Items of a list or dict among which modules and classes are looked for."""


def owners(
    namespace: dict[str, Any],
    code: str,
    touches: frozenset[str] | None,
    imports: frozenset[str],
    origins: Mapping[str, str],
) -> Owners:
    """Libraries' modules and classes that a step with this `code` may come to.

    Those that names or their items hold or are instances of, those that the code and the functions
    that it `touches` name (`nn.Module`), and what is imported: `origins` says what that means.
    """
    touched = namespace if touches is None else touches & namespace.keys()
    codes = chain(compiled(code), *(codes_of(namespace[name], namespace) for name in touched))
    named = {(name,) for name in origins}.union(*map(paths, codes))
    held = [
        *chain.from_iterable(map(_held, namespace.values())),
        *chain.from_iterable(on_the_way(path, namespace, origins) for path in named),
        *(sys.modules[name] for name in imports & sys.modules.keys()),
    ]
    found = {id(owner): owner for owner in held}
    return [(owner, _variables(owner)) for owner in found.values() if _is_library(owner, namespace)]


def patched(before: Owners) -> frozenset[str]:
    """Names of the variables that are others now, or gone, or new, or hold something else."""
    found = (_differing(owner, old, _variables(owner)) for owner, old in before)
    return frozenset[str]().union(*found)


def containers(owners: Owners) -> frozenset[int]:
    """Ids of the lists, dicts and sets that are variables of these."""
    values = (value for _, variables in owners for value, _ in variables.values())
    return frozenset(object.__hash__(v) for v in values if type(v) in (list, dict, set))


def _held(value: Any) -> Iterator[Any]:
    """Modules and classes that a name's value, or an item of it, is or is an instance of."""
    yield _owner(value)
    if type(value) in (list, tuple, dict) and len(value) <= MANY:
        yield from (item for item in _items(value) if issubclass(type(item), ModuleType | type))


def _owner(value: Any) -> Any:
    kind = type(value)  # what a lecture's own object says of itself may raise
    return value if issubclass(kind, ModuleType | type) else kind


def _is_library(owner: Any, namespace: dict[str, Any]) -> bool:
    if isinstance(owner, ModuleType):
        return is_foreign(owner.__name__)
    return not is_lecture_class(owner, namespace) and is_foreign(owner.__module__)


def _variables(owner: Any) -> Variables:
    public = ((name, value) for name, value in vars(owner).items() if not name.startswith("_"))
    return {name: (value, _items(value)) for name, value in public}


def _items(value: Any) -> list[Any]:
    if type(value) is dict:
        return [*value, *value.values()]
    return list(value) if type(value) in (list, tuple, set) else []


def _differing(owner: Any, old: Variables, new: Variables) -> Iterator[str]:
    """What differs and was not brought by the library itself, which loads parts by and by."""
    for name in old.keys() | new.keys():
        (was, had), (value, has) = old.get(name, (MISSING, [])), new.get(name, (MISSING, []))
        if value is was:
            if len(had) != len(has) or not all(map(is_, had, has)):
                yield name
        elif not _is_loaded(owner, was, value):
            yield name


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
