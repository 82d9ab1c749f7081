"""Claims: a slide says only what its own code showed."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import CompletedProcess
from threading import Semaphore
from unittest.mock import patch

import pytest
from pypdf import PdfReader

from helpers import count_in, fence, make_course, proofdeck, read, read_errors, slide
from proofdeck.cache import Cache
from proofdeck.check import Checked, check
from proofdeck.claims import Judgement, judge, short, wilson
from proofdeck.errors import Place
from proofdeck.execute import Workers
from proofdeck.model import Claim, Verdict
from proofdeck.parse import parse
from proofdeck.views import begin

COUNT = count_in("runs.txt")
"""A snippet's trace of having run; the runs of one snippet are all that count."""


def claim(check: str, sentence: str = "So it is.", **attributes: object) -> str:
    given = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in attributes.items())
    return f'::: {{.claim check="{check}"{given}}}\n{sentence}\n:::\n'


def checked(root: Path, *parts: str, fast: bool = False, **files: str) -> Checked:
    """A lecture of one slide, run and judged."""
    config = make_course(root, slide(*parts), **files)
    lecture = parse(config, "slides/x.md")
    with patch.dict(os.environ):
        workers = Workers(config, Cache(config.cache), lambda *_: None, Semaphore(2))
        return check(workers, begin(workers, lecture), fast)


def judgements(root: Path, *parts: str, fast: bool = False, **files: str) -> list[Judgement]:
    return list(checked(root, *parts, fast=fast, **files).judgements.values())


def runs(root: Path) -> int:
    """How often the snippets with `COUNT` ran until now."""
    log = root / "runs.txt"
    return len(log.read_text()) if log.is_file() else 0


# The check ---------------------------------------------------------------------------------------


def test_a_check_sees_the_state_at_its_point_of_the_lecture(tmp_path: Path) -> None:
    one, two = judgements(
        tmp_path, fence("x = 1"), claim("x == 1"), fence("x = 2"), claim("x == 1", expect="fails")
    )
    assert (one.holds, two.holds) == (True, True)


def test_a_check_may_call_a_function_of_a_figure_script_or_prelude(tmp_path: Path) -> None:
    script = "import tools\n\ndef steep(x):\n    return tools.slope(x) > 3\n"
    (judged,) = judgements(
        tmp_path,
        fence("", "file: figures/steep.py"),
        fence("x = 4"),
        claim("steep(x)"),
        **{"figures/steep.py": script, "figures/tools.py": "def slope(x):\n    return 2 * x\n"},
    )
    assert judged.holds


def test_under_further_seeds_functions_from_snippets_that_do_not_run_are_there(
    tmp_path: Path,
) -> None:
    (judged,) = judgements(
        tmp_path,
        fence("import random\nx = random.random()"),
        fence("def twice(x):\n    return 2 * x"),
        fence("y = twice(x)"),
        claim("0 < y < 2", show="y", seeds=3),
    )
    assert (judged.holds, judged.error) == (True, "")


def test_a_call_on_what_a_claim_does_not_need_is_left_out_under_further_seeds(
    tmp_path: Path,
) -> None:
    """Else it would be made again as a setting, fail, and all above would run once more."""
    (judged,) = judgements(
        tmp_path,
        fence(f"import random\nx = random.random()\n{COUNT}"),
        fence("from tools import show\nrows = [1]\nshow(rows)"),
        fence("y = x * random.random()"),
        claim("0 < y < 1", show="y", seeds=3),
        **{"figures/tools.py": "def show(rows):\n    print(rows)\n"},
    )
    assert (judged.holds, judged.error, runs(tmp_path)) == (True, "", 3)


def test_random_state_is_put_back_also_of_the_lecture_s_own_generators(tmp_path: Path) -> None:
    first = """
import random
import numpy as np
own, generator = random.Random(1), np.random.default_rng(1)
before = random.getstate(), own.getstate(), generator.bit_generator.state"""
    draws = "random.random() + own.random() + generator.random() + np.random.rand() < 4"
    same = "before == (random.getstate(), own.getstate(), generator.bit_generator.state)"
    drawn, kept = judgements(
        tmp_path, fence(first), claim(draws, show="generator.random()"), claim(same)
    )
    assert (drawn.holds, kept.holds) == (True, True)


def test_a_failing_claim_gives_the_values_of_its_sub_expressions(tmp_path: Path) -> None:
    done = checked(tmp_path, fence("losses = [8.0, 4.0]"), claim("losses[1] < losses[0] / 3"))
    assert [str(error) for error in done.errors.values()] == [
        "slides/x.md:8: the claim does not hold: So it is.\n"
        "    on slide 'One': losses[1] < losses[0] / 3\n"
        "    losses = [8.0, 4.0]\n"
        "    losses[1] = 4\n"
        "    losses[0] = 8\n"
        "    losses[0] / 3 = 2.66667\n"
        "  Mend the code or the sentence: a slide says only what its code showed."
    ]


@pytest.mark.parametrize("expect", ["holds", "fails"])
@pytest.mark.parametrize(
    ("check", "show", "error"),
    [
        ("1 / x > 0", "", "ZeroDivisionError: division by zero"),
        ("missing > x", "", "NameError: name 'missing' is not defined"),
        ("x == 0", "x.size", "AttributeError: 'int' object has no attribute 'size'"),
        ("x == 0", "x * inf", "x * inf is not a number"),
    ],
)
def test_a_check_that_raises_satisfies_nothing(
    tmp_path: Path, check: str, show: str, error: str, expect: str
) -> None:
    parts = fence("x, inf = 0, float('inf')"), claim(check, show=show, expect=expect)
    (judged,) = judgements(tmp_path, *parts)
    assert (judged.holds, judged.error) == (False, error)


def test_a_mistake_is_taught_by_a_check_that_must_be_false(tmp_path: Path) -> None:
    done = checked(
        tmp_path, fence("x = 1"), claim("x > 1", expect="fails"), claim("x > 0", expect="fails")
    )
    shown, wrong = done.judgements.values()
    assert (shown.holds, shown.badge) == (True, "fails in 1 run")
    assert (wrong.holds, wrong.badge) == (False, "does not fail in 1 run")
    (error,) = done.errors.values()
    assert error.message.startswith("the claim should fail, and does not: So it is.")


@pytest.mark.parametrize(
    "check", ["True", "1 < 2", "len('abc') == 3", "all(i < 3 for i in range(3))", "other > 1"]
)
def test_a_check_that_cannot_fail_is_an_error(tmp_path: Path, check: str) -> None:
    (error,) = read_errors(tmp_path, slide(fence("x = [i for i in range(3)]"), claim(check)))
    assert error.startswith(f"slides/x.md:8: the check {check!r} reads nothing that the lecture")


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ('check=""', "the claim has no check"),
        ('check="x >"', "syntax error on slide 'one'"),
        ('check="x" sedes=3', "unknown attribute 'sedes' of a claim"),
        ('check="x" seeds=few', "seeds='few' is not a whole number above 0"),
        ('check="x" expect="maybe"', "expect='maybe' means nothing"),
        ('check="x" seeds=5 at-least=6', "at-least='6' asks for more than seeds=5"),
        ('check="x" seeds=5 at-least="120%"', "at-least='120%' asks for more than seeds=5"),
    ],
)
def test_a_claim_that_cannot_be_used_is_an_error_at_its_line(
    tmp_path: Path, attributes: str, message: str
) -> None:
    text = slide(fence("x = 1"), f"::: {{.claim {attributes}}}\nSo it is.\n:::\n")
    (error,) = read_errors(tmp_path, text)
    assert error.startswith(f"slides/x.md:8: {message}")


def test_a_failed_snippet_leaves_the_claims_that_need_it_unasked_and_no_others(
    tmp_path: Path,
) -> None:
    done = checked(
        tmp_path,
        fence("x = 1"),
        claim("x == 2"),
        fence("y = 1 / 0"),
        claim("y == 1"),
        claim("x == 1"),
    )
    assert {id: judged.holds for id, judged in done.judgements.items()} == {
        "one-claim-1": False,
        "one-claim-3": True,
    }
    assert list(done.errors) == ["one-claim-1", "one-2"]


# Seeds -------------------------------------------------------------------------------------------


def test_seeds_run_what_a_claim_needs_and_each_is_kept_by_itself(tmp_path: Path) -> None:
    random = fence(f"import random\nx = random.random()\n{COUNT}")
    other = fence("y = 1\n" + count_in("other.txt"))

    def seeded(seeds: int, check: str = "x < 1") -> tuple[int, int]:
        parts = random, other, claim(check, show="x", seeds=seeds), claim("y == 1")
        (judged, _) = judgements(tmp_path, *parts)
        assert (judged.holds, judged.held, judged.runs) == (True, seeds, seeds)
        return runs(tmp_path), len((tmp_path / "other.txt").read_text())

    assert seeded(3) == (3, 1)
    assert seeded(4) == (4, 1)
    assert seeded(2) == (4, 1)
    assert seeded(4, "x * x < 1") == (4, 1)


def test_a_claim_with_few_seeds_does_not_run_under_the_many_of_another(tmp_path: Path) -> None:
    judgements(
        tmp_path,
        fence(f"import random\nx = random.random()\n{COUNT}"),
        claim("x < 1", seeds=2),
        fence("import random\ny = random.random()"),
        claim("y < 1", seeds=5),
    )
    assert runs(tmp_path) == 2


def test_seeds_run_side_by_side(tmp_path: Path) -> None:
    """Two runs that wait for each other end only if both are there at a time."""
    os.mkfifo(tmp_path / "meet")
    code = """
import os, random
x = random.random()
try:
    os.mkdir("own run")
except FileExistsError:
    try:
        os.mkdir("first")
        os.close(os.open("meet", os.O_RDONLY))
    except FileExistsError:
        os.close(os.open("meet", os.O_WRONLY))
"""
    (judged,) = judgements(tmp_path, fence(code, "timeout: 20"), claim("x < 1", seeds=3))
    assert (judged.held, judged.runs, judged.error) == (3, 3, "")


def test_a_quantity_that_no_seed_changes_is_an_error(tmp_path: Path) -> None:
    code = "import random\nx = random.Random(0).random()"
    (judged,) = judgements(tmp_path, fence(code), claim("x < 1", show="x", seeds=3))
    assert not judged.holds
    assert judged.error == "x is the same in all 3 runs: a seed fixed in the snippet?"


def test_fast_asks_the_lecture_s_own_run_only_and_says_so(tmp_path: Path) -> None:
    parts = fence(f"import random\nx = random.random()\n{COUNT}"), claim("x < 1", seeds=20)
    (judged,) = judgements(tmp_path, *parts, fast=True)
    assert (judged.holds, judged.badge, runs(tmp_path)) == (True, "holds in 1 run", 1)


def test_editing_a_claim_or_its_sentence_runs_no_snippet_again(tmp_path: Path) -> None:
    code = fence(
        f"import random\n\ndef double(x):\n    return 2 * x\n\nx = random.random()\n{COUNT}"
    )
    for number, edited in enumerate(("x < 1", "double(x) < 2", "0 <= x")):
        (judged,) = judgements(tmp_path, code, claim(edited, f"Sentence {number}.", seeds=3))
        assert (judged.holds, judged.runs) == (True, 3)
    assert runs(tmp_path) == 3


@pytest.mark.parametrize(
    ("snippets", "check"),
    [
        (("x = 3", "x = iter([3])"), "x == 3"),
        (("def f():\n    return 3", "f = iter([3])"), "f() == 3"),
        (("class A:\n    n = 3", "A.n = 4"), "A.n == 3"),
        (("import math", "math.tau = 3"), "math.tau == 3"),
    ],
)
def test_what_exports_and_definitions_cannot_bring_back_is_asked_in_a_full_run(
    tmp_path: Path, snippets: tuple[str, ...], check: str
) -> None:
    before = [*map(fence, snippets[:1]), *map(fence, snippets[1:]), fence("done = 1")]
    judgements(tmp_path, *before, claim("done == 1"))
    (edited,) = judgements(tmp_path, *before, claim(f"done == 1 and {check}"))
    shutil.rmtree(tmp_path / "build")
    (anew,) = judgements(tmp_path, *before, claim(f"done == 1 and {check}"))
    expected = check == "math.tau == 3"
    assert [(j.held, j.error) for j in (edited, anew)] == [(int(expected), anew.error)] * 2


# Judging -----------------------------------------------------------------------------------------


def make_claim(seeds: int = 1, at_least: int = 1) -> Claim:
    return Claim("c", Place("slides/x.md", 1), "one", "x", "T", "", seeds, at_least)


@pytest.mark.parametrize(
    ("attributes", "wanted"),
    [
        ({"seeds": 20}, 18),
        ({"seeds": 5}, 5),
        ({"seeds": 11}, 10),
        ({"seeds": 100, "at_least": "7%"}, 7),
        ({"seeds": 20, "at_least": "51%"}, 11),
        ({"seeds": 20, "at_least": 3}, 3),
        ({}, 1),
    ],
)
def test_nine_tenths_of_the_runs_rounded_up_unless_at_least_says_otherwise(
    tmp_path: Path, attributes: dict[str, object], wanted: int
) -> None:
    (made,) = read(tmp_path, slide(fence("x = 1"), claim("x", **attributes))).claims
    assert made.at_least == wanted


@pytest.mark.parametrize(("held", "holds"), [(20, True), (18, True), (17, False)])
def test_a_claim_holds_in_at_least_so_many_of_its_runs(held: int, holds: bool) -> None:
    verdicts = [Verdict(number < held) for number in range(20)]
    judged = judge(make_claim(20, 18), verdicts)
    only = "" if holds else "only "
    assert (judged.holds, judged.badge) == (holds, f"holds {only}in {held} of 20 seeded runs")


def test_one_run_in_which_the_check_raises_is_an_error_that_names_it() -> None:
    verdicts = [Verdict(True), Verdict(True), Verdict(None, error="ValueError: odd"), Verdict(True)]
    judged = judge(make_claim(4, 1), verdicts)
    assert (judged.holds, judged.error) == (False, "ValueError: odd (in seeded run 3)")


def test_the_badge_gives_median_and_range_of_the_shown_quantity() -> None:
    shown = [8.4e5, 2.1e5, *[8.4e5 + n for n in range(-8, 9)], 3.3e6]
    judged = judge(make_claim(20, 18), [Verdict(True, shown=number) for number in shown])
    text = "holds in 20 of 20 seeded runs · median 8.4e5 (2.1e5 to 3.3e6)"
    assert (judged.badge, judged.median) == (text, 8.4e5)
    assert replace(judged, runs=1, shown=(31.0,)).badge == "holds in 1 run · 31"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (0.25, "0.25"),
        (31.0, "31"),
        (999.7, "1000"),
        (2031.4, "2031"),
        (842000, "8.4e5"),
        (2e-7, "2.0e-7"),
        (1e999, "inf"),
    ],
)
def test_numbers_are_short(number: float, text: str) -> None:
    assert short(number) == text


@pytest.mark.parametrize(
    ("held", "runs", "low", "high"),
    [(20, 20, 0.8389, 1), (0, 10, 0, 0.2775), (5, 10, 0.2366, 0.7634), (18, 20, 0.6990, 0.9721)],
)
def test_the_interval_of_a_proportion_is_wilson_s(
    held: int, runs: int, low: float, high: float
) -> None:
    assert wilson(held, runs) == pytest.approx((low, high), abs=5e-5)


# Documents ---------------------------------------------------------------------------------------

HELD = "holds in 5 of 5 seeded runs · median"
TEXT = slide(
    fence("import random\nx = [random.random() for _ in range(9)]"),
    claim("max(x) < 1", "All nine are below one.", show="sum(x)", seeds=5),
)


@dataclass(frozen=True)
class Builds:
    """A good build; one of a claim that fails; a draft of the same; a fast build of the first."""

    root: Path
    deck: str
    handout: str
    failed: CompletedProcess[str]
    after_failure: str
    draft: CompletedProcess[str]
    drafted: str
    fast: str


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Builds:
    root = tmp_path_factory.mktemp("claims")
    folder = root / "build" / "site" / "x"

    def deck() -> str:
        return (folder / "index.html").read_text("utf-8")

    make_course(root, TEXT)
    done = proofdeck(root, "build")
    assert done.returncode == 0, done.stderr
    good = deck()
    pages = PdfReader(folder / "handout.pdf").pages
    handout = " ".join(" ".join(page.extract_text().split()) for page in pages)
    make_course(root, TEXT.replace("max(x) < 1", "max(x) < 0"))
    failed = proofdeck(root, "build", "--to", "deck")
    after_failure = deck()
    draft = proofdeck(root, "build", "--to", "deck", "--draft")
    drafted = deck()
    make_course(root, TEXT)
    proofdeck(root, "build", "--to", "deck", "--fast")
    return Builds(root, good, handout, failed, after_failure, draft, drafted, deck())


def test_the_slide_shows_a_quiet_badge_and_on_choosing_it_check_and_values(builds: Builds) -> None:
    slide = " ".join(
        builds.deck.partition('id="one-claim-1"')[2].partition("</section>")[0].split()
    )
    sentence, _, rest = slide.partition("<summary>")
    badge, _, details = rest.partition("</summary>")
    assert "All nine are below one." in sentence
    assert HELD in badge
    assert "max(x) &lt; 1" in details
    assert "max(x) = 0." in details


def test_the_handout_prints_the_badge_and_the_check_itself(builds: Builds) -> None:
    assert "All nine are below one." in builds.handout
    assert HELD in builds.handout
    assert "max(x) < 1" in builds.handout


def test_a_failed_claim_is_exit_code_1_and_leaves_the_old_deck(builds: Builds) -> None:
    assert builds.failed.returncode == 1
    assert "slides/x.md:9: the claim does not hold: All nine" in builds.failed.stderr
    assert "holds only in 0 of 5 seeded runs" in builds.failed.stderr
    assert "wanted: 5 of 5" in builds.failed.stderr
    assert builds.after_failure == builds.deck


def test_a_draft_shows_a_failed_claim_as_failed_never_silently(builds: Builds) -> None:
    assert builds.draft.returncode == 0
    assert "slides/x.md:9: warning: the claim does not hold: All nine" in builds.draft.stderr
    assert 'class="claim failed"' in builds.drafted
    assert "holds only in 0 of 5 seeded runs" in builds.drafted


def test_a_fast_build_s_badge_says_one_run(builds: Builds) -> None:
    assert "holds in 1 run · " in builds.fast
