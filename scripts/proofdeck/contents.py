"""A fingerprint of values that travel nowhere but can be read to the last byte: arrays and tensors.

Values that share memory are not exports, since copies would no longer share it. Whether a snippet
changed them can be seen all the same: by their bytes and by who shares what with whom.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from typing import Any

from proofdeck.arrays import overlap
from proofdeck.exports import SCALARS

LARGEST = 32 << 20
"""Bytes that are read; what is larger counts as changed whenever it is touched."""


class _UnknownError(Exception):
    """Something is in it that cannot be read so."""


def fingerprint(values: Mapping[str, Any]) -> str:
    """The same for the same contents that share the same memory; empty where that cannot be told.

    Arrays, tensors that no gradient flows through, and lists, tuples and dicts of these.
    """
    reader = _Reader()
    try:
        for name in sorted(values):
            reader.note(name)
            reader.read(values[name])
        reader.check_memory()
    except Exception:  # what cannot be told, or answers with an error
        return ""
    return reader.hash.hexdigest()


class _Reader:
    """Writes all that it meets into one hash, each part once."""

    def __init__(self) -> None:
        self.hash = hashlib.sha256()
        self.room = LARGEST
        self.met: dict[Any, int] = {}
        """Numbers of parts by id, and of memory by address."""
        self.memory: list[tuple[int, int]] = []
        """First and last address of each piece of memory."""
        self.tracked: dict[int, bool] = {}
        """Whether gradients are asked of the first tensor met there."""

    def note(self, *texts: object) -> None:
        self.hash.update(repr(texts).encode("utf-8", "surrogatepass"))

    def is_new(self, part: Any) -> bool:
        """Whether a part is met for the first time; its number is noted."""
        new = part not in self.met
        self.note(self.met.setdefault(part, len(self.met)))
        return new

    def read(self, item: Any) -> None:
        kind = type(item)
        self.note(kind.__name__)
        numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
        if kind in SCALARS:
            self.note(item)
        elif not self.is_new(id(item)):
            return
        elif kind in (list, tuple):
            self.note(len(item))
            for part in item:
                self.read(part)
        elif kind is dict:
            self.note(len(item))
            for key, part in item.items():
                self.read(key)
                self.read(part)
        elif numpy and kind is numpy.ndarray:
            self._array(item)
        elif torch and kind is torch.Tensor:
            self._tensor(item)
        elif kind.__name__ == "EagerTensor":
            self._bytes(item.numpy())
        else:
            raise _UnknownError

    def _array(self, array: Any) -> None:
        root = array
        while type(root.base) is type(array):
            root = root.base
        if root.base is not None or array.dtype.hasobject or root.dtype.hasobject:
            raise _UnknownError
        start = root.__array_interface__["data"][0]
        self.note(array.__array_interface__["data"][0] - start, array.strides, array.shape)
        self.note(array.dtype.str, array.flags.writeable)
        if self.is_new(id(root)) or root is array:
            self.memory.append((start, start + root.nbytes))
            self.note(root.strides, root.flags.writeable)
            self._bytes(root)

    def _tensor(self, tensor: Any) -> None:
        torch = sys.modules["torch"]
        if tensor.layout is not torch.strided or tensor.is_quantized or tensor.__dict__:
            raise _UnknownError
        hooks = tensor._backward_hooks, getattr(tensor, "_post_accumulate_grad_hooks", None)
        if tensor.grad_fn is not None or tensor.grad is not None or any(hooks):
            raise _UnknownError
        self.note(tensor.dtype, tuple(tensor.shape), tensor.stride(), tensor.requires_grad)
        self.note(tensor.storage_offset(), tensor.is_conj(), tensor.is_neg(), tensor.is_shared())
        inference = tensor.is_inference()
        self.note(inference, tensor._base is None, None if inference else tensor._version)
        storage = tensor.untyped_storage()
        start = storage.data_ptr()
        if self.is_new(("memory", start)):
            self.memory.append((start, start + storage.nbytes()))
            self.tracked[start] = tensor.requires_grad
            self._bytes(torch.empty(0, dtype=torch.uint8).set_(storage).numpy())
        elif tensor.requires_grad or self.tracked[start]:
            raise _UnknownError  # nothing tells `w.data` from `w.detach()`, which autograd does

    def _bytes(self, array: Any) -> None:
        self.room -= array.nbytes
        if self.room < 0 or array.dtype.hasobject:
            raise _UnknownError
        self.note(array.dtype.str, array.shape)
        self.hash.update(array.tobytes())

    def check_memory(self) -> None:
        """An array and a tensor may share memory in ways that are not told here."""
        if overlap(self.memory):
            raise _UnknownError
