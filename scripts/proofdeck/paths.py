"""Which modules and classes of libraries code may come to, by names such as `nn.Module`.

Followed by name only: nothing is called, and nothing loaded that a library loads when it is asked.
"""

from __future__ import annotations

import ast
import dis
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

from proofdeck.outlines import is_lecture_class

WORD = re.compile(r"\w+")

Path = tuple[str, ...]
"""What `a.b.c` names, part by part."""


def codes_of(value: Any, namespace: dict[str, Any]) -> Iterator[CodeType]:
    """Code of a function of the lecture, or of those of a class."""
    if isinstance(value, FunctionType) and value.__globals__ is namespace:
        yield value.__code__
    elif issubclass(type(value), type) and is_lecture_class(value, namespace):
        for part in vars(value).values():
            if isinstance(part, FunctionType):
                yield part.__code__


@cache
def paths_in(code: str) -> frozenset[Path]:
    """All `a.b.c` that a snippet reads; none where it is not Python alone."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        return paths(compile(code, "<snippet>", "exec", flags, dont_inherit=True))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()


@cache
def paths(code: CodeType) -> frozenset[Path]:
    """All `a.b.c` that code reads, also in functions inside it."""
    found: set[Path] = set()
    path: Path = ()
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_NAME", "LOAD_GLOBAL"):
            path = (step.argval,)
        elif path and step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            path = (*path, step.argval)
        else:
            path = ()
        if len(path) > 1:
            found.add(path)
    inner = (paths(part) for part in code.co_consts if isinstance(part, CodeType))
    return frozenset(found).union(*inner)


def words(code: str, touches: frozenset[str] | None, namespace: dict[str, Any]) -> frozenset[str]:
    """All that a step with this `code` mentions, and the functions that it `touches`."""
    touched = namespace if touches is None else touches & namespace.keys()
    codes = (code for name in touched for code in codes_of(namespace[name], namespace))
    return frozenset(WORD.findall(code)).union(*map(_mentioned, codes))


@cache
def _mentioned(code: CodeType) -> frozenset[str]:
    """Names and attributes in a function, also in functions inside it."""
    inner = (_mentioned(part) for part in code.co_consts if isinstance(part, CodeType))
    return frozenset(code.co_names).union(*inner)


def on_the_way(path: Path, namespace: dict[str, Any], origins: Mapping[str, str]) -> Iterator[Any]:
    """Modules and classes that a path leads through or to.

    `origins` says of what is imported what it means in full.
    """
    first, *rest = path
    value = namespace.get(first)
    if first in origins and not isinstance(value, ModuleType):
        first, *more = origins[first].split(".")
        value, rest = sys.modules.get(first), [*more, *rest]
    for part in rest:
        if not isinstance(value, ModuleType):
            return
        yield value
        value = vars(value).get(part)
    if issubclass(type(value), ModuleType | type):
        yield value
