"""Whether a snippet changed a variable of a library's module or class, seen in these themselves.

The text tells it only where it names them: not where a function is given one, or a list holds it.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from operator import is_
from types import FunctionType, ModuleType
from typing import Any

from proofdeck.outlines import is_lecture_class
from proofdeck.paths import codes_of, on_the_way, paths, paths_in
from proofdeck.settings import is_foreign

CONTAINERS = frozenset({list, dict, set})
OF_LOADING = frozenset(
    "copyreg.dispatch_table linecache.cache sys.modules sys.path_importer_cache "
    "warnings.filters".split()
)
"""Lists and dicts that any library changes when it is loaded."""

MISSING = object()

LECTURE = "__main__"
"""Whose module the lecture's functions say they are of."""

MANY = 100
"""Items of a list or dict among which modules and classes are looked for."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A module or class as it is before or after a step."""

    value: Any
    variables: dict[str, Any]
    contents: dict[str, list[Any]]
    """Of its public variables that are lists, dicts or sets: what is in them."""


def owners(
    namespace: dict[str, Any],
    code: str,
    touches: frozenset[str] | None,
    imports: frozenset[str],
    origins: Mapping[str, str],
) -> list[Owner]:
    """Libraries' modules and classes that a step with this `code` may come to.

    Those that names or their items hold or are instances of, those that the code and the functions
    that it `touches` name (`nn.Module`), and what is imported: `origins` says what that means.
    """
    touched = namespace if touches is None else touches & namespace.keys()
    codes = chain.from_iterable(codes_of(namespace[name], namespace) for name in touched)
    named = {(name,) for name in origins}.union(paths_in(code), *map(paths, codes))
    held = [
        *chain.from_iterable(map(_held, namespace.values())),
        *chain.from_iterable(on_the_way(path, namespace, origins) for path in named),
        *(sys.modules[name] for name in imports & sys.modules.keys()),
    ]
    found = {id(owner): owner for owner in held}
    return [_as_it_is(owner) for owner in found.values() if _is_library(owner, namespace)]


def patched(before: Iterable[Owner]) -> frozenset[str]:
    """Names of the variables that are others now, or gone, or new, or hold something else."""
    return frozenset[str]().union(*(_differing(owner, vars(owner.value)) for owner in before))


def containers(owners: Iterable[Owner]) -> frozenset[int]:
    """Ids of the lists, dicts and sets that are variables of these."""
    return frozenset(
        object.__hash__(owner.variables[name]) for owner in owners for name in owner.contents
    )


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


def _as_it_is(owner: Any) -> Owner:
    variables = dict(vars(owner))  # thousands, of which hardly any can be looked into
    inner = [n for n, value in variables.items() if type(value) in CONTAINERS and n[:1] != "_"]
    told = [name for name in inner if f"{owner.__name__}.{name}" not in OF_LOADING]
    return Owner(owner, variables, {name: _items(variables[name]) for name in told})


def _items(value: Any) -> list[Any]:
    return [*value, *value.values()] if type(value) is dict else list(value)


def _differing(owner: Owner, new: Mapping[str, Any]) -> Iterator[str]:
    """What differs and was not brought by the library itself, which loads parts by and by."""
    old = owner.variables
    for name, had in owner.contents.items():
        if not _same(had, _items(old[name])):
            yield name
    if _same(old.values(), new.values()) and old.keys() == new.keys():
        return
    for name in old.keys() | new.keys():
        was, value = old.get(name, MISSING), new.get(name, MISSING)
        private = name.startswith("_") and _library(value) != LECTURE
        if not (value is was or private or _is_loaded(owner.value, was, value)):
            yield name


def _same(some: Collection[Any], others: Collection[Any]) -> bool:
    return len(some) == len(others) and all(map(is_, some, others))


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
