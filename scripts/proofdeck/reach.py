"""What can be reached from a value, and which values share something that can change."""

from __future__ import annotations

import dis
import gc
import re
import weakref
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from inspect import get_annotations
from types import (
    BuiltinMethodType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

from proofdeck.arrays import Span, memory
from proofdeck.exports import SCALARS
from proofdeck.outlines import is_lecture_class, is_simple, outline
from proofdeck.scope import hinted

MANY = 200_000
"""Parts of one name's value that are looked at; with more it is taken to share all."""

NO_PARTS = (
    *SCALARS,
    type,
    ModuleType,
    CodeType,
    BuiltinMethodType,
    GetSetDescriptorType,
    MemberDescriptorType,
    WrapperDescriptorType,
    range,
    slice,
    re.Pattern,
)
CONTAINERS = (dict, list, tuple, set, frozenset)
SHARED_SAFELY = ("dtypes.policies", "torch.Size", "torch.dtype", "numpy.dtype", "TensorShape")
"""Parts of the names of classes whose instances are shared and do not change."""

QUOTED = re.compile(r"'([^']*)'")

identity = object.__hash__
"""As good as `id`, which is an event that our own audit hook would be told of each time."""


@dataclass(slots=True)
class Parts:
    """What can be reached from a value."""

    ids: set[int] = field(default_factory=set)
    """Of all that can change."""
    spans: list[Span] = field(default_factory=list)
    """Memory of arrays and tensors."""
    links: set[str] = field(default_factory=set)
    """Names that functions in it read."""
    kept: list[Any] = field(default_factory=list)
    """What was looked at, so that no id is given twice."""
    countless: bool = False
    """Whether there is more in it, or what is in it cannot be told."""


def groups_of(parts: Mapping[str, Parts]) -> dict[str, frozenset[str]]:
    """For each name, all names that share something with it."""
    leader = {name: name for name in parts}

    def find(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    owner: dict[int, str] = {}
    spans: list[tuple[int, int, str]] = []
    for name, part in parts.items():
        for id in part.ids:
            leader[find(name)] = find(owner.setdefault(id, name))
        spans += [(start, end, name) for start, end in part.spans]
    countless = [name for name in parts if parts[name].countless]
    for name in countless:
        for other in parts:
            if parts[other].ids or parts[other].spans:
                leader[find(other)] = find(name)
    reach, last = 0, ""
    for start, end, name in sorted(spans):
        if last and start < reach:
            leader[find(name)] = find(last)
        if end > reach:
            reach, last = end, name
    members: dict[str, set[str]] = {}
    for name in parts:
        members.setdefault(find(name), set()).add(name)
    return {name: frozenset(members[find(name)]) for name in parts}


def parts_of(values: Mapping[str, Any], namespace: dict[str, Any]) -> dict[str, Parts]:
    """What can be reached from each name's value.

    What names share is followed once: a figure and its axes lead to the same thousands of parts.
    """
    found: dict[str, Parts] = {}
    known: dict[int, Parts] = {}
    for name, value in values.items():
        found[name] = _follow(value, namespace, known)
        for id in found[name].ids:
            known.setdefault(id, found[name])
    return found


def _follow(value: Any, namespace: dict[str, Any], known: Mapping[int, Parts]) -> Parts:
    """Follow `value` as the garbage collector does, but into no module and no library's class.

    Nor into what is `known`, by id, to be a part of another value.
    """
    found = Parts()
    seen = {identity(namespace)}
    waiting = [value]
    while waiting:
        followed: list[Any] = []
        beside: list[Any] = []
        for item in waiting:
            if type(item) in SCALARS or (own := identity(item)) in seen:
                continue
            seen.add(own)
            found.kept.append(item)
            if other := known.get(own):
                found.ids.add(own)
                found.links |= other.links
                found.countless |= other.countless
                continue
            if len(seen) > MANY:
                found.countless = True
                return found
            try:
                inner = _inside(item, found, namespace)
            except Exception:  # objects may answer any question with an error
                found.countless = True
                continue
            if inner is None:
                followed.append(item)
            else:
                beside += inner
        # One call for all: each is an event that our own audit hook is told of.
        waiting = beside + gc.get_referents(*followed)
    return found


def _inside(item: Any, found: Parts, namespace: dict[str, Any]) -> Iterable[Any] | None:
    """Parts of one item, None for all that the garbage collector knows of.

    What it shares or links to goes into `found`.
    """
    kind = type(item)
    if kind in CONTAINERS:  # most of what is met
        if kind not in (tuple, frozenset):
            found.ids.add(identity(item))
        return None
    if isinstance(item, type):
        return _of_class(item, found, namespace)
    if isinstance(item, FunctionType):
        return _of_function(item, found, namespace)
    if isinstance(item, BuiltinMethodType):
        return () if isinstance(item.__self__, ModuleType | None) else (item.__self__,)
    own_kind = [kind] if is_lecture_class(kind, namespace) else []
    if isinstance(item, NO_PARTS) and not own_kind:
        return ()
    if isinstance(item, weakref.ref):
        return (item(),)
    if parts := memory(item):
        found.spans += parts[0]
        return [*own_kind, *parts[1]]
    if not _shared_safely(kind.__module__, kind.__qualname__):
        found.ids.add(identity(item))
    if isinstance(item, ContextVar):
        return (item.get(None),)
    return [*own_kind, *gc.get_referents(item)] if own_kind else None


@cache
def _shared_safely(module: str, name: str) -> bool:
    return any(part in f"{module}.{name}" for part in SHARED_SAFELY)


def _of_class(item: type, found: Parts, namespace: dict[str, Any]) -> Iterable[Any]:
    if not is_lecture_class(item, namespace):
        return ()
    if outline(item, namespace) is None:
        found.ids.add(identity(item))
    found.links.add(item.__name__)
    found.links |= _hints_of(item)
    names = [name for name in vars(item) if name not in ("__dict__", "__weakref__")]
    return [*(vars(item)[name] for name in names), *item.__bases__, type(item)]


def _of_function(item: FunctionType, found: Parts, namespace: dict[str, Any]) -> Iterable[Any]:
    if item.__globals__ is namespace:
        found.links |= globals_of(item.__code__) | _hints_of(item)
        if namespace.get(item.__name__) is item:
            found.links.add(item.__name__)
        if not is_simple(item):
            found.ids.add(identity(item))
    cells = item.__closure__ or ()
    found.ids.update(identity(cell) for cell in cells)
    contents = [cell.cell_contents for cell in cells if _is_filled(cell)]
    return [*contents, item.__defaults__, item.__kwdefaults__, *item.__dict__.values()]


def _hints_of(item: Any) -> frozenset[str]:
    """Names in the hints of a function or class that were written as strings."""
    hints = [hint for hint in get_annotations(item).values() if not isinstance(hint, type)]
    # Of `Optional["Net"]` only how it is written tells all that is in it.
    texts = (text for hint in hints for text in QUOTED.findall(repr(hint)))
    return frozenset[str]().union(*map(hinted, texts))


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


_globals: dict[CodeType, frozenset[str]] = {}


def globals_of(code: CodeType) -> frozenset[str]:
    """Global names that a function's code reads or binds, also in functions inside it."""
    if code not in _globals:
        own = {i.argval for i in dis.get_instructions(code) if i.opname.endswith("_GLOBAL")}
        own |= {i.argval for i in dis.get_instructions(code) if i.opname.endswith("_NAME")}
        inner = (globals_of(part) for part in code.co_consts if isinstance(part, CodeType))
        _globals[code] = frozenset(own).union(*inner)
    return _globals[code]
