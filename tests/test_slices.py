"""What a question needs to be run again, with what a run was seen to change."""

from __future__ import annotations

import pytest

from proofdeck.slices import imports_for, needed, uses


@pytest.mark.parametrize(
    ("code", "free"),
    [
        ("y = x + 1", {"x"}),
        ("x = x + 1", {"x"}),
        ("x = 1\ny = x", set()),
        ("n += 1", {"n"}),
        ("def f(a):\n    b = a\n    return b + c", {"c"}),
        ("def f():\n    return c\nc = 1", set()),
        ("def f():\n    global n\n    n = n + m", {"n", "m"}),
        ("y = [a * k for a in data]", {"k", "data"}),
        ("f = lambda a: a + k", {"k"}),
        ("for i in rows:\n    total += i", {"rows", "total"}),
        ("with tape as t:\n    y = f(t)", {"tape", "f"}),
        ("try:\n    a = b\nexcept E:\n    a = c", {"b", "E", "c"}),
        ("class A(Base):\n    size = n", {"Base", "n"}),
        ("import a.b as c\nc.d", set()),
    ],
)
def test_free_names_are_those_that_snippets_above_must_give(code: str, free: set[str]) -> None:
    assert uses(code).free == free


def slice_of(codes: list[str], changed: list[set[str]], *reads: str) -> set[int]:
    found = needed([uses(code) for code in codes], [*map(frozenset, changed)], frozenset(reads))
    return set(found)


def test_only_the_last_snippet_that_makes_a_value_is_needed() -> None:
    codes = ["x = 1", "x = 2", "y = 3"]
    assert slice_of(codes, [{"x"}, {"x"}, {"y"}], "x") == {1}


def test_a_plain_value_is_not_changed_by_who_was_seen_to_leave_it_alone() -> None:
    codes = ["x = [1]", "print(x)", "x.append(2)", "y = len(x)"]
    assert slice_of(codes, [{"x"}, set(), {"x"}, {"y"}], "y") == {0, 2, 3}


def test_an_object_may_be_changed_by_all_that_mention_it() -> None:
    codes = ["net = make()", "train(net)", "other = 1", "loss = float(net(1))"]
    assert slice_of(codes, [set(), set(), {"other"}, {"loss"}], "loss") == {0, 1, 3}


def test_pythons_own_names_connect_nothing() -> None:
    assert slice_of(["a = len(b)", "c = len(d)"], [{"a"}, {"c"}], "c", "len") == {1}


def test_what_is_imported_needs_no_snippet_but_its_import_statement() -> None:
    codes = ["import torch as t, math\nfrom a import (b,\n  c)\nx = 1", "y = t.ones(c)"]
    assert slice_of(codes, [{"x"}, set()], "y") == {1}
    found = imports_for([uses(code) for code in codes], frozenset({"t", "c"}))
    assert found == "import torch as t, math\nfrom a import b, c"


def test_a_function_is_not_changed_by_its_calls() -> None:
    codes = ["def f(x):\n    return x", "y = f(1)", "z = f(2)"]
    assert slice_of(codes, [set(), {"y"}, {"z"}], "z") == {0, 2}
