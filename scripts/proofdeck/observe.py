"""What a snippet left under the lecture's names, seen rather than guessed.

Of each name that a snippet may have touched: whether it holds a plain value, a definition or an
object; which other names it uses when it is used; which names share something that can change.
"""

from __future__ import annotations

import hashlib
import re
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from proofdeck.exports import plain_bytes
from proofdeck.facts import Holding
from proofdeck.outlines import outline
from proofdeck.reach import groups_of, parts_of

IPYTHON = re.compile(r"__\w+__|_{1,3}|_\d+|_i+|_i\d+|_[iod]h|In|Out|exit|quit|open|get_ipython")
"""Names that are the shell's, not the lecture's."""


def lecture_names(namespace: Mapping[str, Any]) -> set[str]:
    """Names that are the lecture's."""
    return {name for name in namespace if not IPYTHON.fullmatch(name)}


@dataclass(frozen=True, slots=True)
class Value:
    """What a name held, without keeping large things alive."""

    name: str
    get: Callable[[], Any]

    def is_still(self, namespace: Mapping[str, Any]) -> bool:
        """Whether the name holds the same thing; a new one may have the id of one that is gone."""
        return self.name in namespace and namespace[self.name] is self.get()


Values = Mapping[str, Value]


def hold(namespace: Mapping[str, Any]) -> Values:
    """What the lecture's names hold now."""
    return {name: Value(name, _ref(namespace[name])) for name in lecture_names(namespace)}


def _ref(value: Any) -> Callable[[], Any]:
    try:
        return weakref.ref(value)
    except TypeError:  # a number, a text, a list
        return lambda: value


def observe(
    namespace: dict[str, Any], names: Iterable[str]
) -> tuple[dict[str, Holding], dict[str, bytes]]:
    """What each of `names` holds, and the bytes of the plain values among them."""
    present = sorted(name for name in names if name in namespace and not IPYTHON.fullmatch(name))
    parts = {name: parts_of(namespace[name], namespace) for name in present}
    groups = groups_of(parts)
    holdings, exports = {}, {}
    for name in present:
        value, group = namespace[name], groups[name] - {name}
        data = None if group else plain_bytes(value)
        kind: Literal["plain", "definition", "object"] = "object"
        digest = None
        if data is not None:
            exports[name] = data
            kind, digest = "plain", hashlib.sha256(data).hexdigest()
        elif not group and (digest := outline(value, namespace)) is not None:
            kind = "definition"
        links = frozenset(parts[name].links) - {name}
        holdings[name] = Holding(kind, digest or "", links, frozenset(group))
    return holdings, exports
