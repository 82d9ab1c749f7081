"""Where arrays and tensors lie, and what else belongs to them, unknown to the garbage collector."""

from __future__ import annotations

import sys
from collections.abc import Iterable
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
        inner = [item.base, *(item.ravel().tolist() if item.dtype.hasobject else ())]
        return [span_of(item)] if item.flags.writeable or item.base is not None else [], inner
    if numpy and isinstance(item, numpy.flatiter | numpy.void):
        return [], [item.base]
    if numpy and isinstance(item, numpy.nditer):
        return [], list(item.operands)
    if torch and isinstance(item, torch.Tensor):
        return _of_tensor(item)
    return None


def _of_tensor(item: Any) -> tuple[list[Span], list[Any]]:
    try:
        storage = item.untyped_storage()
        spans = [(storage.data_ptr(), storage.data_ptr() + storage.nbytes())]
    except (RuntimeError, NotImplementedError):  # of a kind that has no storage
        spans = []
    hooks = item._backward_hooks, getattr(item, "_post_accumulate_grad_hooks", None)
    inner = [item.__dict__, item._base, *hooks]
    try:
        return spans, [*inner, item.grad if item.is_leaf else None, *_leaves(item.grad_fn)]
    except RuntimeError:  # a view that autograd refuses to follow
        return spans, inner


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
        found += [getattr(node, name, None) for name in ("variable", "_forward_cls")]
        found += [_saved(node, name) for name in _saved_by(node.__class__)]
        waiting += [following for following, _ in node.next_functions]
    return found


@cache
def _saved_by(kind: Any) -> tuple[str, ...]:
    """Attributes of a node of autograd's graph that hold tensors."""
    return tuple(name for name in dir(kind) if name.startswith("_saved_"))


def _saved(node: Any, name: str) -> Any:
    try:
        return getattr(node, name)
    except RuntimeError:  # freed by a backward pass
        return None
