from __future__ import annotations

from pathlib import Path

import pytest

from proofdeck.names import all_imports, binds, imports, reads, sets_seed


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("x = y = 1", {"x", "y"}),
        ("a, (b, *c) = t", {"a", "b", "c"}),
        ("x += 1", {"x"}),
        ("x: int = 1", {"x"}),
        ("for i, j in t: pass", {"i", "j"}),
        ("with open(p) as f: pass", {"f"}),
        ("def f(): pass", {"f"}),
        ("async def f(): pass", {"f"}),
        ("class A: pass", {"A"}),
        ("import a.b, c as d", {"a", "d"}),
        ("from m import n, o as p", {"n", "p"}),
        ("print(y := 1)", {"y"}),
        ("x.y = 1; x[0] = 2", set()),
        ("f(", set()),
        ("", set()),
    ],
)
def test_names_that_code_binds(code: str, names: set[str]) -> None:
    assert binds(code) == names


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("x = y + z.w", {"y", "z"}),
        ("x.y = 1", {"x"}),
        ("def f():\n    return a", {"a"}),
        ("f'{b:{c}}'", {"b", "c"}),
        ("[i for i in t]", {"i", "t"}),
        ("%time x", set()),
    ],
)
def test_names_that_code_reads_also_inside_functions(code: str, names: set[str]) -> None:
    assert reads(code) == names


def test_imports_are_top_level_names_and_relative_ones_none() -> None:
    assert imports("import a.b\nfrom c.d import e\nfrom . import f\nfrom .g import h") == {"a", "c"}


def test_imports_are_followed_through_local_modules_even_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "here.py").write_text("import numpy\nimport there\n")
    (tmp_path / "there.py").write_text("import here, random\n")
    assert all_imports(["import here", "import json"], [tmp_path]) == {
        "here",
        "there",
        "numpy",
        "random",
        "json",
    }


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("torch.manual_seed(0)", True),
        ("np.random.seed(0)", True),
        ("keras.utils.set_random_seed(1)", True),
        ("tf.random.set_seed(1)", True),
        ("seed = 3", False),
        ("np.random.default_rng(3)", False),
    ],
)
def test_code_that_seeds_a_global_generator_is_known(code: str, expected: bool) -> None:
    assert sets_seed(code) is expected
