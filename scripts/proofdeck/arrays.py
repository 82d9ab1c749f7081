"""Where arrays and tensors lie, and what else belongs to them, unknown to the garbage collector."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from itertools import pairwise
from typing import Any

Span = tuple[int, int]
"""First address of a piece of memory, and the one after its last."""


def overlap(spans: Iterable[Span]) -> bool:
    """Whether any two pieces of memory share a byte."""
    ordered = sorted(spans)
    return any(start < end for (_, end), (start, _) in pairwise(ordered))


def span_of(array: Any) -> Span:
    """Where an array of NumPy's lies; nowhere, if it is empty."""
    low, high = sys.modules["numpy"].lib.array_utils.byte_bounds(array) if array.size else (0, 0)
    return low, high


def memory(item: Any) -> tuple[list[Span], list[Any]] | None:
    """Where an array or tensor lies, and what else belongs to it."""
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if numpy and isinstance(item, numpy.ndarray):
        inner = [item.base, getattr(item, "__dict__", None)]  # a subclass has one, as masks do
        inner += item.ravel().tolist() if item.dtype.hasobject else ()
        return [span_of(item)] if item.flags.writeable or item.base is not None else [], inner
    if numpy and isinstance(item, numpy.flatiter | numpy.void):
        return [], [item.base]
    if numpy and isinstance(item, numpy.nditer):
        return [], list(item.operands)
    if torch and isinstance(item, torch.Tensor):
        return _of_tensor(item)
    if torch and isinstance(item, torch.UntypedStorage):
        return [_span_of_storage(item)], []
    if torch and isinstance(item, torch.jit.ScriptModule):
        return [], [item.__dict__, *item.parameters(), *item.buffers()]
    return None


PARTS = "_indices _values crow_indices ccol_indices row_indices col_indices values".split()
"""Methods that give the parts of a sparse tensor, each kind its own."""


def _of_tensor(item: Any) -> tuple[list[Span], list[Any]]:
    spans = []
    hooks = item._backward_hooks, getattr(item, "_post_accumulate_grad_hooks", None)
    inner = [item.__dict__, item._base, *hooks]
    try:
        spans.append(_span_of_storage(item.untyped_storage()))
    except (RuntimeError, NotImplementedError):  # of a kind that has no storage
        for name in PARTS:
            with suppress(RuntimeError, NotImplementedError):
                inner.append(getattr(item, name)())
    try:
        grad = item.grad if item.is_leaf or item.retains_grad else None
        return spans, [*inner, grad, *_leaves(item.grad_fn)]
    except RuntimeError:  # a view that autograd refuses to follow
        return spans, inner


def _span_of_storage(storage: Any) -> Span:
    return storage.data_ptr(), storage.data_ptr() + storage.nbytes()


def _leaves(node: Any) -> list[Any]:
    """The tensors into whose `grad` a backward pass through `node` would add.

    And what else it would use: tensors that were kept for it, functions of the lecture.
    """
    found, seen, waiting = [], set(), [node]
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        found += [getattr(node, name, None) for name in ("variable", "_forward_cls", "__dict__")]
        found += [part for name in _saved_by(node.__class__) for part in _saved(node, name)]
        waiting += [following for following, _ in node.next_functions]
    return found


@cache
def _saved_by(kind: Any) -> tuple[str, ...]:
    """Attributes of a node of autograd's graph that hold tensors."""
    return tuple(name for name in dir(kind) if name.startswith("_raw_saved_"))


def _saved(node: Any, name: str) -> list[Any]:
    """What is kept as it is: to ask for the tensor itself would call the lecture's hooks."""
    try:
        kept = getattr(node, name)
        each = kept if isinstance(kept, list | tuple) else [kept]
        return [part for one in each for part in (one.data, one.unpack_hook)]
    except (RuntimeError, AttributeError):  # freed by a backward pass
        return []
