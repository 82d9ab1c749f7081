"""What of a function or class its text does not tell: seen in the object itself."""

from __future__ import annotations

from types import (
    BuiltinMethodType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    ModuleType,
)
from typing import Any

from proofdeck.exports import SCALARS


def outline(value: Any, namespace: dict[str, Any]) -> str | None:
    """The outline of a module, function or class, as `statements.outline` tells it from the text.

    None where it has a state of its own, which running its statement again would not bring back.
    """
    if isinstance(value, ModuleType | BuiltinMethodType):
        return ""
    if isinstance(value, FunctionType):
        if value.__globals__ is not namespace:
            return ""
        return _outline_of(value) if is_simple(value) else None
    if isinstance(value, type):
        return _class_outline(value) if is_lecture_class(value, namespace) else ""
    return "" if callable(value) and type(value).__module__ in ("numpy", "builtins") else None


def _outline_of(function: FunctionType) -> str:
    named = sorted((function.__kwdefaults__ or {}).items())
    made_as = function.__code__.co_qualname  # not so where another took its place
    return repr((made_as, [*(function.__defaults__ or ())], [list(pair) for pair in named]))


def is_simple(function: FunctionType) -> bool:
    """Whether its text is all there is to a function."""
    cells = function.__closure__ or ()
    own_class = all(name == "__class__" for name in function.__code__.co_freevars)
    defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    constant = all(_is_constant(value) for value in defaults)
    renamed = function.__name__ != function.__code__.co_name
    return (not cells or own_class) and constant and not function.__dict__ and not renamed


def _is_constant(value: Any) -> bool:
    if type(value) is tuple:
        return all(map(_is_constant, value))
    return type(value) in SCALARS


GENERATED = frozenset(
    "__dict__ __weakref__ __doc__ __module__ __qualname__ __annotations__ __abstractmethods__ "
    "_abc_impl __parameters__ __orig_bases__ __firstlineno__ __static_attributes__".split()
)
OF_DATACLASS = frozenset(
    "__dataclass_fields__ __dataclass_params__ __match_args__ __init__ __repr__ __eq__ __hash__ "
    "__lt__ __le__ __gt__ __ge__ __setattr__ __delattr__ __replace__".split()
)


def _class_outline(item: type) -> str | None:
    own = vars(item)
    skipped = GENERATED | (OF_DATACLASS if "__dataclass_fields__" in own else frozenset())
    lines = []
    for name, value in own.items():
        if name in skipped or isinstance(value, MemberDescriptorType | GetSetDescriptorType):
            continue
        parts = [value]
        if isinstance(value, property):
            parts = [value.fget, value.fset, value.fdel]
        elif isinstance(value, staticmethod | classmethod):
            parts = [value.__func__]
        functions = [part for part in parts if isinstance(part, FunctionType)]
        if functions and all(map(is_simple, functions)):
            lines.append(f"{name}: {_outline_of(functions[0])}")
        elif functions or not _is_constant(value):
            return None
        else:
            lines.append(f"{name} = {value!r}")
    return "\n".join(sorted(lines))


def is_lecture_class(kind: type, namespace: dict[str, Any]) -> bool:
    """Whether a snippet defined it."""
    return kind.__module__ == namespace.get("__name__")
