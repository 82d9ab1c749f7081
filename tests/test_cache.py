from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from proofdeck.cache import Cache, write_atomically
from proofdeck.model import Facts, Result, Run

RUN = Run({"a": Result("a", "ok")}, Facts(files=("data.csv",)))


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    (tmp_path / "data.csv").write_text("1")
    return Cache(tmp_path / "cache")


def test_a_run_comes_back_as_it_was_kept_and_says_so(cache: Cache) -> None:
    assert cache.load("key") is None
    cache.store("key", RUN)
    assert cache.load("key") == Run(RUN.results, RUN.facts, cached=True)


@pytest.mark.parametrize("change", [lambda p: p.write_text("2"), lambda p: p.unlink()])
def test_a_run_holds_while_the_files_it_read_are_the_same(cache: Cache, change: object) -> None:
    cache.store("key", RUN)
    assert callable(change)
    change(cache.root / "data.csv")
    assert cache.load("key") is None


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
    cache.put("stamps", "key", RUN)
    monkeypatch.delattr("proofdeck.model.Facts")
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
    with pytest.raises(OSError, match="no space"):
        write_atomically(file, b"new")
    assert file.read_bytes() == b"old"


def test_entries_hold_plain_pickles(cache: Cache) -> None:
    cache.put("stamps", "key", {"a": (1, b"2")})
    data = (cache.folder / "stamps" / "key").read_bytes()
    assert pickle.loads(data[32:]) == {"a": (1, b"2")}
