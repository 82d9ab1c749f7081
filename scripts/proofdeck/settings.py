"""Global settings that snippets may change without a name of the lecture showing it."""

from __future__ import annotations

import gc
import hashlib
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pickle import dumps
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from proofdeck.exports import plain_bytes
from proofdeck.tracebacks import is_own

IGNORED = frozenset("TMPDIR PROOFDECK TORCHINDUCTOR_CACHE_DIR backend_fallback".split())
"""What the machine or a library sets by itself."""

ABSENT = "absent"

NO_STATE = (ModuleType, BuiltinFunctionType, property, staticmethod, classmethod)
"""Kinds of variables that are not looked into."""

STATEFUL = frozenset(
    "random itertools collections numpy.random._generator numpy.random.mtrand".split()
)
"""Modules of classes whose objects in a module say what they hold when they are pickled."""


def current(root: str) -> dict[str, str]:
    """All known settings, each as a text by its name; of modules, those under `root`."""
    found = (*_all(), *_of_modules(root))
    return {f"{kind} {name}": text for kind, name, text in found if name not in IGNORED}


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """What is new in `after`; not what was only loaded meanwhile."""
    known = {name.split()[0] for name in before}
    after = {name: text for name, text in after.items() if name.split()[0] in known}
    new = {name: text for name, text in after.items() if before.get(name) != text}
    return new | dict.fromkeys(before.keys() - after.keys(), ABSENT)


def hold(wanted: Mapping[str, str], root: str) -> bool:
    """Whether settings are now as `wanted` says."""
    now = current(root) if wanted else {}
    return all(now.get(name, ABSENT) == text for name, text in wanted.items())


def _all() -> Iterator[tuple[str, str, str]]:
    yield "working", "folder", _folder()
    scratch = os.environ.get("TMPDIR")  # another one for each process: torch names a folder there
    for name, value in os.environ.items():
        if not (scratch and value.startswith(scratch)):
            yield "environment", name, value
    modules = sys.modules
    yield "gc", "state", f"{gc.isenabled()} {gc.get_threshold()} {gc.get_debug()}"
    yield "logging", "disabled", str(logging.root.manager.disable)
    yield from _of_loggers()
    if decimal := modules.get("decimal"):
        yield "decimal", "context", f"{decimal.getcontext().prec} {decimal.getcontext().rounding}"
    if matplotlib := modules.get("matplotlib"):
        params: Any = matplotlib.rcParams
        for name in params:
            if name not in IGNORED:
                yield "rcParams", name, repr(params._get(name))
    if numpy := modules.get("numpy"):
        yield "numpy", "errors", repr(numpy.geterr())
        yield "numpy", "printing", repr(numpy.get_printoptions())
    if torch := modules.get("torch"):
        yield "torch", "dtype", str(torch.get_default_dtype())
        yield "torch", "gradients", str(torch.is_grad_enabled())
        yield "torch", "threads", str(torch.get_num_threads())
        yield "torch", "deterministic", str(torch.are_deterministic_algorithms_enabled())
    if tensorflow := modules.get("tensorflow"):
        yield "tensorflow", "eager", str(tensorflow.config.functions_run_eagerly())
    if "keras.src.backend" in modules:
        yield from _of_keras(modules["keras.src.backend.common.global_state"])


def _of_keras(state: Any) -> Iterator[tuple[str, str, str]]:
    floats = sys.modules["keras"].config.floatx()
    yield "keras", "dtype", floats
    # Not as `dtype_policy()` tells it: asked so, Keras would hold to it from then on, as it does
    # from the first layer.
    policy = state.get_global_attribute("dtype_policy")
    yield "keras", "policy", policy.name if policy and policy.name != floats else "as floats"


def _of_loggers() -> Iterator[tuple[str, str, str]]:
    for logger in [logging.root, *logging.root.manager.loggerDict.values()]:
        if isinstance(logger, logging.Logger):
            text, of = _of_logger(logger), f"of {logger.name}"
            root = logger.name.partition(".")[0]
            if root in sys.modules and root != "__main__":
                # Of libraries each is a kind of its own: they bring theirs.
                yield f"logger:{logger.name.replace(' ', '_')}", of, text
            elif text:
                yield "logging", of, text


def _of_logger(logger: logging.Logger) -> str:
    """What was set of a logger; nothing, where nothing was."""
    handlers = [
        (type(each).__name__, each.level, len(each.filters), _format_of(each))
        for each in logger.handlers
    ]
    set_here = logger.level, logger.disabled, logger.propagate, len(logger.filters), handlers
    return repr(set_here) if set_here != (logging.NOTSET, False, True, 0, []) else ""


def _format_of(handler: logging.Handler) -> str:
    return str(handler.formatter and (handler.formatter._fmt, handler.formatter.datefmt))


def tell_lines(known: Mapping[str, str]) -> bool:
    """Whether what is logged says on which line."""
    return any("lineno" in text for name, text in known.items() if name.startswith("logg"))


_foreign: set[str] = set()
"""Names of modules that are known not to be the course's: there are thousands."""


def is_foreign(module: str) -> bool:
    """Whether a module, when settings were last looked at, was known not to be the course's."""
    return module in _foreign


def _of_modules(root: str) -> Iterator[tuple[str, str, str]]:
    """What the course's own modules keep in variables: counters, generators, what they collect."""
    for name, parts in _own_modules(root):
        yield f"module:{name}", "is", "there"  # before it has any variable
        for variable, value in _variables(parts, name):
            yield f"module:{name}", variable, _contents(value, name)


def _own_modules(root: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name in sorted(sys.modules.keys() - _foreign):
        parts = getattr(sys.modules[name], "__dict__", {})
        if is_own(str(parts.get("__file__")), "", root):
            yield name, parts
        else:
            _foreign.add(name)


def own_containers(root: str) -> list[Any]:
    """Lists, dicts, sets and arrays that the course's own modules keep in variables."""
    found = (value for name, parts in _own_modules(root) for _, value in _variables(parts, name))
    return [v for v in found if type(v) in (list, dict, set) or type(v).__name__ == "ndarray"]


def _variables(parts: Mapping[str, Any], module: str) -> Iterator[tuple[str, Any]]:
    """Variables of a module, and those of its classes and functions."""
    for name, value in list(parts.items()):
        if isinstance(value, type | FunctionType):
            if value.__module__ == module:
                yield from ((f"{name}.{n}", part) for n, part in _variables(vars(value), ""))
        elif not (name.startswith("__") or isinstance(value, NO_STATE)):
            yield name, value


def _contents(value: Any, module: str) -> str:
    """A hash of what a module's variable holds; empty where that cannot be told."""
    data, kind = plain_bytes(value), type(value)
    with suppress(Exception):
        if kind.__module__ in STATEFUL:
            data = dumps(value)
        elif kind.__module__ == module:
            data = plain_bytes(vars(value))
        elif kind.__name__ == "Generator":
            data = value.get_state().numpy().tobytes()  # torch's
    return hashlib.sha256(data).hexdigest() if data else ""


def _folder() -> str:
    try:
        return str(os.getcwd())  # noqa: PTH109
    except OSError:
        return ABSENT
