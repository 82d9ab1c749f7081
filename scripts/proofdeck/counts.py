"""The numbers in the names that Keras gives layers and models: they count on through a lecture."""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

NAMING = frozenset("name names summary get_config get_layer to_json plot_model".split())
"""What tells such names."""

KEPT_AS = "object_name_uids"
"""Keras' own name for its counters."""


def counted() -> str:
    """How far Keras has counted, as text; empty where it has not begun."""
    counters = _keras().get_global_attribute(KEPT_AS) if _keras() else None
    return json.dumps(dict(sorted(counters.items()))) if counters else ""


def went_on(start: str) -> str | None:
    """How far Keras has counted, as text; None where it stands at its `start`, or is not there."""
    now = counted()
    return now if _keras() and now != start else None


def count_from(text: str) -> None:
    """Have Keras go on from there, whatever has run in this process."""
    if _keras() and counted() != text:
        counters: dict[str, int] = json.loads(text or "{}")
        _keras().set_global_attribute(KEPT_AS, defaultdict(int, counters))


def tells_names(said: frozenset[str], shown: object, exports: Iterable[bytes]) -> bool:
    """Whether a step whose words are `said` has told such a name, in what it gave."""
    names = json.loads(counted() or "{}")
    if not names:
        return False
    name = rf"\b({'|'.join(map(re.escape, names))})(_\d+)?\b"
    told = re.search(name, repr(shown)) or any(re.search(name.encode(), each) for each in exports)
    return bool(NAMING & said or told)


def _keras() -> Any:
    return sys.modules.get("keras.src.backend.common.global_state")
