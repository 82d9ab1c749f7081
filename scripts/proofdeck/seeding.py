"""Random generators: seeded before every snippet, and watched for draws.

`seed` is also printed, word for word, into the setup cell of every notebook, so it stands alone.
"""

from __future__ import annotations

import hashlib
import random
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import ModuleType
from typing import Any

GENERATORS = ("numpy", "torch", "tensorflow", "keras")
"""Packages with a global random generator; imported before a lecture that uses them starts."""


def seed(number: int) -> None:
    """Seed every random generator that is imported."""
    random.seed(number)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(number)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(number)
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(number)


def seed_for(lecture_seed: int, snippet: str) -> int:
    """The seed of one snippet, in 0 … 2³²-1: of the lecture's seed and the snippet's id.

    Neither the snippet's number in the lecture nor its code counts, so an insertion above or a
    comment inside leaves its random numbers as they were.
    """
    digest = hashlib.sha256(f"{lecture_seed}:{snippet}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def state() -> tuple[Any, ...]:
    """What the generators will draw next; equal states mean that nothing was drawn between."""
    parts: list[Any] = [random.getstate()]
    if "numpy" in sys.modules:
        kind, keys, *rest = sys.modules["numpy"].random.get_state()
        parts += [kind, keys.tobytes(), tuple(rest)]
    if "torch" in sys.modules:
        parts.append(sys.modules["torch"].get_rng_state().numpy().tobytes())
    return tuple(parts)


UNSEEN = frozenset({"tensorflow", "keras"})
"""Packages whose draws do not show in `state`."""


def unseen_draws(namespace: Mapping[str, Any], names: Iterable[str] | None) -> bool:
    """Whether a step that touches these names may draw without `state` showing it.

    `names` are all that the step can reach; None means everything.
    """
    if not UNSEEN & sys.modules.keys():
        return False
    if names is None:
        return True
    return any(_reaches(namespace[name]) for name in names if name in namespace)


def _reaches(value: Any) -> bool:
    """Whether a value is of such a package, or of a module that uses one."""
    kinds = [getattr(value, "__module__", None), type(value).__module__]
    if isinstance(value, ModuleType):
        kinds = [value.__name__]
    roots = {str(kind).partition(".")[0] for kind in kinds if kind}
    if roots & UNSEEN:
        return True
    modules = [sys.modules[root] for root in roots - {"__main__"} if root in sys.modules]
    own = (
        m for m in modules if "site-packages" not in str(getattr(m, "__file__", "site-packages"))
    )
    return any(
        isinstance(part, ModuleType) and part.__name__.partition(".")[0] in UNSEEN
        for module in own
        for part in vars(module).values()
    )


def undisturbed(action: Callable[[], Any], values: Iterable[Any] = ()) -> Any:
    """Call `action` and put the random state back, also of the generators among `values`."""
    restorers = [restore for value in list(values) if (restore := _restorer(value))]
    own = random.getstate()
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    numpy_state = numpy.random.get_state() if numpy else None
    torch_state = torch.get_rng_state() if torch else None
    try:
        return action()
    finally:
        for restore in restorers:
            restore()
        random.setstate(own)
        if numpy:
            numpy.random.set_state(numpy_state)
        if torch:
            torch.set_rng_state(torch_state)


def _restorer(value: Any) -> Callable[[], object] | None:
    """What puts a generator's state back; None for anything that is not one."""
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if isinstance(value, random.Random):
        return partial(value.setstate, value.getstate())
    if numpy and isinstance(value, numpy.random.Generator):
        bits = value.bit_generator
        return partial(setattr, bits, "state", bits.state)
    if (numpy and isinstance(value, numpy.random.RandomState)) or (
        torch and isinstance(value, torch.Generator)
    ):
        return partial(value.set_state, value.get_state())
    return None
