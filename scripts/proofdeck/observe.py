"""What a snippet left under the lecture's names, seen rather than guessed.

Of each name that a snippet may have touched: whether it holds a plain value, a definition or an
object; which other names it uses when it is used; which names share something that can change.
"""

from __future__ import annotations

import hashlib
import re
import sys
import tempfile
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from proofdeck import counts, patches, settings
from proofdeck.contents import fingerprint
from proofdeck.exports import plain_bytes
from proofdeck.facts import Facts, Holding
from proofdeck.jobs import RunStep
from proofdeck.names import origins
from proofdeck.outlines import outline
from proofdeck.reach import groups_of, parts_of
from proofdeck.watch import Watch

IPYTHON = re.compile(
    r"__(name|doc|package|loader|spec|file|builtins?|annotations|warningregistry)__"
    r"|_{1,3}|_\d+|_i+|_i\d+|_[iod]h|In|Out|exit|quit|open|get_ipython"
)
"""Names that are the shell's, not the lecture's."""


LENT = "?"
"""What the values of the course's modules are called among the lecture's names."""

TELLS_LINES = frozenset(
    "traceback print_exc format_exc exc_info exception lineno f_lineno co_firstlineno tb_lineno "
    "getsource getsourcelines stack currentframe inspect dis".split()
)
"""What may put out on which line a function stands."""

HOOKS = frozenset({"register_hook", "register_prehook", "register_multi_grad_hook"})
"""What gives PyTorch functions to call which nobody sees again in any object."""


def lecture_names(namespace: Mapping[str, Any]) -> set[str]:
    """Names that are the lecture's."""
    return {name for name, value in namespace.items() if not _is_shells(name, value)}


def _is_shells(name: str, value: Any) -> bool:
    """Whether a name is the shell's own; prices may be called `open`."""
    given = name != "open" or getattr(value, "__module__", "") in ("io", "_io")
    return given and bool(IPYTHON.fullmatch(name))


def observe(
    namespace: dict[str, Any],
    names: Iterable[str],
    shared: frozenset[int] = frozenset(),
    lent: Sequence[Any] = (),
) -> tuple[dict[str, Holding], dict[str, bytes]]:
    """What each of `names` holds, and the bytes of the plain values among them.

    What has a part that is `shared` with libraries, by id, does not travel, nor what shares
    one with what the course's modules have `lent`.
    """
    lenders = {f"{LENT}{number}": value for number, value in enumerate(lent)}
    present = sorted(lecture_names({n: namespace[n] for n in names if n in namespace}))
    parts = parts_of({**lenders, **{name: namespace[name] for name in present}}, namespace)
    groups = groups_of(parts)
    holdings, exports = {}, {}
    prints: dict[frozenset[str], str] = {}
    for name in present:
        value, group = namespace[name], groups[name].difference(lenders, {name})
        data = None if group or shared & parts[name].ids else _lasting_bytes(value)
        lender = groups[name] & lenders.keys()
        kind: Literal["plain", "definition", "borrowed", "object"] = "object"
        digest = None
        if data is not None and any(value is lenders[each] for each in lender):
            kind, digest = "borrowed", hashlib.sha256(data).hexdigest()
        elif data is not None and not lender:
            exports[name] = data
            kind, digest = "plain", hashlib.sha256(data).hexdigest()
        elif not group and (digest := outline(value, namespace)) is not None:
            kind = "definition"
        else:
            together = groups[name].difference(lenders)
            if together not in prints:
                prints[together] = fingerprint({each: namespace[each] for each in together})
            digest = prints[together]
        links = frozenset(parts[name].links) - {name}
        holdings[name] = Holding(kind, digest or "", links, group)
    return holdings, exports


def _lasting_bytes(value: Any) -> bytes | None:
    """A plain value as bytes; not of a path that ends with this process."""
    data = plain_bytes(value)
    return None if data and tempfile.gettempdir().encode() in data else data


@dataclass(frozen=True, slots=True)
class Found:
    """What there is before a step."""

    names: frozenset[str]
    hidden: dict[str, Any]
    """Values that the step cannot see; after it, those that it did not replace."""
    settings: Mapping[str, str]
    owners: list[patches.Owner]
    """Modules and classes of libraries."""
    others: Mapping[str, int]
    """Ids of the values that the step, as far as its text tells, leaves alone."""


class Observer:
    """Looks at the lecture's names before and after each snippet."""

    def __init__(self, namespace: dict[str, Any], watch: Watch) -> None:
        self.namespace, self.watch = namespace, watch
        self.digests: dict[str, str] = {}
        """Of the plain values that the parent knows."""
        self.origins: dict[str, str] = {}
        """What the names mean that were imported here."""

    def find(self, order: RunStep) -> Found:
        """What there is before a step.

        What the step may bind but does not read is taken away: then it shows whether it did.
        """
        names = frozenset(lecture_names(self.namespace))
        known = settings.current(self.watch.root)
        self.origins |= origins(order.step.code)
        owners = self._owners(order)
        unread = frozenset() if order.touches is None else order.binds - order.touches
        hidden = {name: self.namespace.pop(name) for name in unread & self.namespace.keys()}
        mine = names if order.touches is None else order.touches | order.binds
        others = {name: id(self.namespace[name]) for name in names - mine}
        return Found(names, hidden, known, owners, others)

    def _owners(self, order: RunStep) -> list[patches.Owner]:
        code, touches = order.step.code, order.touches
        return patches.owners(self.namespace, code, touches, order.imports, self.origins)

    def put_back(self, found: Found) -> None:
        """Give back what the step did not replace."""
        for name in found.hidden.keys() & self.namespace.keys():
            del found.hidden[name]
        self.namespace.update(found.hidden)

    def _touched(self, order: RunStep, found: Found, now: set[str]) -> set[str]:
        """Names that a step may have touched, of those that there are `now`."""
        assert order.touches is not None
        touched = now & (order.touches | order.binds | (now - found.names))
        # Given another value by a library, as SymPy's `var` does.
        others = {n for n in found.others.keys() & now if id(self.namespace[n]) != found.others[n]}
        return (touched - found.hidden.keys()) | others

    def facts(
        self, order: RunStep, found: Found, said: frozenset[str], stopped: bool, warned: bool
    ) -> tuple[dict[str, bytes], Facts]:
        """Plain values that the step made or changed, and all that was observed of it.

        `said` are the words of its code, and of the functions that it may have called.
        """
        now = lecture_names(self.namespace)
        touched = now if order.touches is None else self._touched(order, found, now)
        known = settings.current(self.watch.root)
        shared = patches.containers(self._owners(order))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            lent = settings.own_containers(self.watch.root)
            holdings, exports = observe(self.namespace, touched, shared, lent)
        if HOOKS & said:
            holdings = {name: _hooked(holding, touched) for name, holding in holdings.items()}
        digests = {name: holdings[name].digest for name in exports}
        # What was not read may be the same by chance only, so it is not left out.
        bound = now if order.touches is None else order.binds
        same = {n for n in exports if n not in bound and self.digests.get(n) == digests[n]}
        gone = found.names - now
        for name in touched | gone:
            self.digests.pop(name, None)
        self.digests |= digests
        read, wrote, shifted = self.watch.take()
        facts = Facts(
            held=holdings,
            gone=gone,
            settings=settings.changes(found.settings, known),
            patched=patches.patched(found.owners),
            counted=counts.went_on(order.counted),
            stopped=stopped,
            lines=stopped or warned or bool(TELLS_LINES & said) or settings.tell_lines(known),
            read=read,
            wrote=wrote,
            shifted=shifted,
            versions=_versions(order.imports),
        )
        return {name: data for name, data in exports.items() if name not in same}, facts


def _hooked(holding: Holding, touched: Iterable[str]) -> Holding:
    """Of an object: whatever is done with it may call what the snippet gave as a hook."""
    links = holding.links.union(touched) if holding.kind == "object" else holding.links
    return replace(holding, links=links)


def _versions(imports: frozenset[str]) -> tuple[tuple[str, str], ...]:
    found = {
        name: str(version)  # torch's is a string of its own kind, which to load imports torch
        for name in imports
        if isinstance(version := getattr(sys.modules.get(name), "__version__", None), str)
    }
    return tuple(sorted(found.items()))
