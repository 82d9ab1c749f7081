from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from proofdeck.cache import Cache, write_atomically
from proofdeck.errors import ProofdeckError
from proofdeck.model import Result

RESULT = Result("a", "ok")


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def test_what_was_kept_comes_back(cache: Cache) -> None:
    assert cache.get("results", "key") is None
    cache.put("results", "key", RESULT)
    assert cache.get("results", "key") == RESULT


def test_a_damaged_entry_counts_as_none(cache: Cache) -> None:
    cache.put("math", "key", {"a": 1})
    file = cache.folder / "math" / "key"
    file.write_bytes(file.read_bytes()[:-1])
    assert cache.get("math", "key") is None
    file.write_bytes(b"")
    assert cache.get("math", "key") is None


def test_an_entry_whose_classes_are_gone_counts_as_none(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.put("stamps", "key", RESULT)
    monkeypatch.delattr("proofdeck.facts.Facts")
    assert cache.get("stamps", "key") is None


def test_equal_entries_can_be_written_at_once(cache: Cache) -> None:
    with ThreadPoolExecutor(8) as pool:
        for n in range(50):
            list(pool.map(lambda _, n=n: cache.put("runs", "key", n), range(8)))
    assert cache.get("runs", "key") == 49


def test_a_file_is_written_once_and_left_alone_while_it_is_the_same(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "page.html"
    assert write_atomically(file, b"one")
    before = file.stat()
    assert not write_atomically(file, b"one")
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert write_atomically(file, b"two")
    assert file.read_bytes() == b"two"
    assert [entry.name for entry in file.parent.iterdir()] == ["page.html"]


def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "page.html"
    write_atomically(file, b"old")

    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as half:
            half.write(data[:1])
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ProofdeckError, match="no space"):
        write_atomically(file, b"new")
    assert file.read_bytes() == b"old"


def test_entries_hold_plain_pickles(cache: Cache) -> None:
    cache.put("stamps", "key", {"a": (1, b"2")})
    data = (cache.folder / "stamps" / "key").read_bytes()
    assert pickle.loads(data[32:]) == {"a": (1, b"2")}
