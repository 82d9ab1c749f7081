"""Global settings that snippets may change without a name of the lecture showing it."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any

IGNORED = frozenset(
    "TMPDIR PROOFDECK TORCHINDUCTOR_CACHE_DIR backend interactive backend_fallback".split()
)
"""What the machine or a library sets by itself."""

ABSENT = "absent"


def current() -> dict[str, str]:
    """All known settings, each as a text by its name."""
    return {f"{kind} {name}": text for kind, name, text in _all() if name not in IGNORED}


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """What is new in `after`; not what was only loaded meanwhile."""
    known = {name.split()[0] for name in before}
    after = {name: text for name, text in after.items() if name.split()[0] in known}
    new = {name: text for name, text in after.items() if before.get(name) != text}
    return new | dict.fromkeys(before.keys() - after.keys(), ABSENT)


def hold(wanted: Mapping[str, str]) -> bool:
    """Whether settings are now as `wanted` says."""
    now = current() if wanted else {}
    return all(now.get(name, ABSENT) == text for name, text in wanted.items())


def _all() -> Iterator[tuple[str, str, str]]:
    yield "working", "folder", _folder()
    scratch = os.environ.get("TMPDIR")  # another one for each process: torch names a folder there
    for name, value in os.environ.items():
        if not (scratch and value.startswith(scratch)):
            yield "environment", name, value
    modules = sys.modules
    yield "logging", "disabled", str(logging.root.manager.disable)
    for logger in [logging.root, *logging.root.manager.loggerDict.values()]:
        if isinstance(logger, logging.Logger):  # each a kind of its own: libraries bring theirs
            kind = f"logger:{logger.name.replace(' ', '_')}"
            yield kind, "level", f"{logger.level} {logger.disabled}"
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
    if "keras.src.backend" in modules:
        yield "keras", "dtype", modules["keras"].config.floatx()
        yield "keras", "policy", str(modules["keras"].config.dtype_policy().name)


def _folder() -> str:
    try:
        return str(os.getcwd())  # noqa: PTH109
    except OSError:
        return ABSENT
