"""Mutants of small lectures: killed by claims, by exceptions, or listed with their lines."""

from __future__ import annotations

import json
import os
from pathlib import Path
from unittest.mock import patch

import pytest

from helpers import count_in, fence, make_course, proofdeck, slide
from proofdeck.errors import ProofdeckError
from proofdeck.mutate import Mutated, mutate_all

DATA = fence("import numpy as np\nx = np.random.uniform(1, 2, 8)\ny = x - 1", "label: data")


def claim(check: str, more: str = "") -> str:
    return f'::: {{.claim check="{check}" {more}}}\nIt is so.\n:::'


def mutate(root: Path, text: str, minutes: float = 1, **files: str) -> Mutated:
    """What became of the mutants of the lecture `text`."""
    config = make_course(root, text, **files)
    with patch.dict(os.environ):
        (found,) = mutate_all(config, ["slides/x.md"], minutes, 2, "", lambda *_: None)
    return found


def fates(found: Mutated) -> set[tuple[str, str, str]]:
    """Each mutant's description, outcome and cause."""
    return {(o.mutant.description, o.kind, o.by) for o in found.outcomes}


def runs(root: Path) -> int:
    """How many results of runs without figures are kept."""
    return len(list((root / "build/cache/values").iterdir()))


def test_a_claim_about_what_the_code_does_kills_its_mutants(tmp_path: Path) -> None:
    found = mutate(tmp_path, slide(DATA, claim("0 <= y.min() and y.max() <= 1")))
    assert fates(found) == {("`x - 1` → `x + 1`", "claim", "one-claim-1")}
    assert found.rate == 1


def test_under_a_weak_claim_the_survivor_is_listed_with_its_line(tmp_path: Path) -> None:
    make_course(tmp_path, slide(DATA, claim("y.shape == (8,)")))
    done = proofdeck(tmp_path, "mutate", "--jobs", "1")
    assert done.returncode == 0
    assert "slides/x.md:7: `x - 1` → `x + 1`" in done.stderr
    assert "0%" in done.stderr
    (lecture,) = json.loads((tmp_path / "build/mutations.json").read_text())["lectures"]
    assert lecture["survived"] == 1
    assert lecture["mutants"] == [
        {
            "path": "slides/x.md",
            "line": 7,
            "description": "`x - 1` → `x + 1`",
            "outcome": "survived",
            "by": "",
            "sure": True,
        }
    ]


def test_mutants_of_a_snippet_that_no_claim_needs_survive(tmp_path: Path) -> None:
    text = slide(DATA, fence("unused = 1 + x"), claim("0 <= y.min() and y.max() <= 1"))
    assert ("`1 + x` → `1 - x`", "survived", "") in fates(mutate(tmp_path, text))


@pytest.mark.parametrize("check", ["first > 0", "True or x is first"])
def test_a_mutant_that_raises_is_not_the_claims_merit(tmp_path: Path, check: str) -> None:
    text = slide(fence("x = [1, 2]\nn = 2\nfirst = x[n - 1]", "label: data"), claim(check))
    found = mutate(tmp_path, text)
    assert fates(found) == {("`n - 1` → `n + 1`", "exception", "IndexError in data")}
    assert found.rate is None


def test_code_that_never_runs_is_told_apart_from_survivors(tmp_path: Path) -> None:
    code = "def f(a):\n    if a:\n        return 1\n    return a + 2\n\n\ny = f(True)"
    found = mutate(tmp_path, slide(fence(code), claim("y == 1")))
    assert fates(found) == {("`a + 2` → `a - 2`", "unreached", "")}
    assert found.rate is None


def test_a_mutant_that_never_ends_is_ended(tmp_path: Path) -> None:
    text = slide(fence("n = 0\nwhile n != 3:\n    n += 1", "label: count"), claim("n == 3"))
    with patch("proofdeck.trial.AT_LEAST", 0.5):
        found = mutate(tmp_path, text)
    assert ("`n += 1` → `n -= 1`", "exception", "Timeout in count") in fates(found)


def test_a_seeded_claim_is_given_up_when_it_cannot_hold_any_more(tmp_path: Path) -> None:
    seeded = claim("y.max() <= 1", 'seeds=9 at-least=7 show="y.max()"')
    assert fates(mutate(tmp_path, slide(DATA, seeded))) == {
        ("`x - 1` → `x + 1`", "claim", "one-claim-1")
    }
    assert runs(tmp_path) == 3 * len(["data", "claim"])


def test_a_survivor_is_tried_under_all_seeds(tmp_path: Path) -> None:
    seeded = claim("y.min() >= 0", 'seeds=5 at-least=4 show="y.min()"')
    (outcome,) = mutate(tmp_path, slide(DATA, seeded)).outcomes
    assert (outcome.kind, outcome.sure) == ("survived", True)
    assert runs(tmp_path) == 4 * len(["data", "claim"])


def test_a_mutant_that_fails_only_under_other_seeds_is_killed(tmp_path: Path) -> None:
    own = fence("from proofdeck.seeding import seed_for\nown = seed_for(1, 'draw')")
    code = "import numpy as np\nn = np.random.get_state()[1][0]\nfirst = 1 < 2 or n == own"
    seeded = claim("first", 'seeds=3 show="float(n)"')
    found = mutate(tmp_path, slide(own, fence(code, "label: draw"), seeded))
    assert ("`1 < 2` → `1 >= 2`", "claim", "one-claim-1") in fates(found)


def test_a_module_is_changed_for_the_mutants_run_only(tmp_path: Path) -> None:
    module = "def half(x):\n    return x / 2 - 0 * x\n\n\ndef other(x):\n    return -x\n"
    text = slide(fence("from tools import half\ny = half(8) - 3"), claim("y == 1"))
    found = mutate(tmp_path, text, **{"figures/tools.py": module})
    assert {str(outcome.mutant.place) for outcome in found.outcomes} == {
        "slides/x.md:5",
        "figures/tools.py:2",
    }
    assert (tmp_path / "figures/tools.py").read_text() == module


def test_a_changed_module_kills_through_the_snippet_that_uses_it(tmp_path: Path) -> None:
    module = "def less(x):\n    return x - 1\n\n\ndef least(x):\n    return less(x)\n"
    text = slide(fence("import tools\ny = tools.least(8)"), claim("y == 7"))
    found = mutate(tmp_path, text, **{"figures/tools.py": module})
    assert fates(found) == {("`x - 1` → `x + 1`", "claim", "one-claim-1")}


def test_a_changed_module_kills_through_a_check_that_calls_it(tmp_path: Path) -> None:
    module = "def less(x):\n    return x - 1\n"
    text = slide(fence("import tools\ny = 8"), claim("tools.less(y) == 7"))
    found = mutate(tmp_path, text, **{"figures/tools.py": module})
    assert fates(found) == {("`x - 1` → `x + 1`", "claim", "one-claim-1")}


def test_a_figure_script_is_changed_and_named(tmp_path: Path) -> None:
    text = slide(fence("", "file: figures/curve.py"), claim("y == 7"))
    found = mutate(tmp_path, text, **{"figures/curve.py": "x = 8\ny = x - 1\n"})
    assert [str(outcome.mutant) for outcome in found.outcomes] == [
        "figures/curve.py:2: `x - 1` → `x + 1`"
    ]


def test_snippets_that_the_claims_do_not_need_are_not_run(tmp_path: Path) -> None:
    noisy = fence(count_in("ran.txt"))
    mutate(tmp_path, slide(noisy, DATA, claim("y.max() <= 1")))
    assert (tmp_path / "ran.txt").read_text() == "."


def test_what_no_name_shows_is_found_by_running_all(tmp_path: Path) -> None:
    text = slide(fence("import math\nn = 3"), fence("math.tau = n - 2"), claim("math.tau == 1"))
    assert fates(mutate(tmp_path, text)) == {("`n - 2` → `n + 2`", "claim", "one-claim-1")}


def test_a_second_call_runs_nothing(tmp_path: Path) -> None:
    text = slide(DATA, fence("z = [1, 2][len(x) - 7]"), claim("y.max() <= 1"), claim("z == 2"))
    first = mutate(tmp_path, text)
    with patch("proofdeck.execute.Session", side_effect=AssertionError):
        assert fates(mutate(tmp_path, text)) == fates(first)


def test_without_time_the_mutants_count_as_not_tried(tmp_path: Path) -> None:
    found = mutate(tmp_path, slide(DATA, claim("y.max() <= 1")), minutes=0)
    assert fates(found) == {("`x - 1` → `x + 1`", "untried", "")}
    assert found.rate is None


def test_a_lecture_that_fails_is_not_tried(tmp_path: Path) -> None:
    with pytest.raises(ProofdeckError, match=r"x\.md fails as it is"):
        mutate(tmp_path, slide(fence("1 / 0")))
