"""Two frameworks side by side: tabs whose lecture runs once for each of them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from threading import Semaphore
from typing import Any
from unittest.mock import patch

import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from helpers import fence, make_course, proofdeck, read, read_errors, slide
from proofdeck.cache import Cache
from proofdeck.check import Checked, check
from proofdeck.config import Config
from proofdeck.execute import Workers
from proofdeck.frameworks import views
from proofdeck.model import Step
from proofdeck.parse import parse
from proofdeck.views import begin
from test_exercises import execute, sources, texts
from test_mutate import fates, mutate
from test_pytest_plugin import run_pytest

ALPHA = {"figures/alpha.py": "def train(n):\n    return [0.5**k for k in range(n)]\n"}
BETA = {
    "figures/beta.py": (
        "import random\n\n\n"
        "def train(n):\n    return [0.4**k + random.random() / 9 for k in range(n)]\n"
    )
}
BOTH = ALPHA | BETA
PYTORCH = fence("import alpha\nflow = alpha.train(depth)\nprint('torch', flow[0])")
TENSORFLOW = fence("import beta\nflow = beta.train(depth)\nprint('tensor', flow[0])")
ABSENT = fence("import no_such_framework\nflow = no_such_framework.train(depth)")
DEPTH = fence("depth = 3", "label: depth")


def tabs(torch: str = PYTORCH, tensor: str = TENSORFLOW) -> str:
    return "\n\n".join(
        [
            '::: {.panel-tabset group="framework"}',
            "### PyTorch",
            torch,
            "### TensorFlow",
            tensor,
            ":::\n",
        ]
    )


def claim(test: str, sentence: str = "So it is.", more: str = "") -> str:
    return f'::: {{.claim check="{test}" {more}}}\n{sentence}\n:::\n'


def dial(module: str) -> str:
    """A swept snippet and a claim over it, for a tab."""
    code = f"import {module}\nn = 2\nlast = {module}.train(n)[-1]\nprint('{module}', n)"
    swept = fence(code, f"label: dial-{module}", "sweep: {n: [1, 2, 3]}")
    return swept + claim("last < 1.2", "It ends below.", f'sweep="dial-{module}"')


@dataclass
class Ran:
    checked: Checked
    ran: list[str]
    """Ids of the steps that ran, in their order."""

    @property
    def errors(self) -> list[str]:
        return [str(error) for error in self.checked.errors.values()]

    def __getitem__(self, id: str) -> str:
        result = self.checked.run.results[id]
        return result.value or "".join(getattr(o, "text", "") for o in result.outputs)

    def badge(self, id: str) -> str:
        return self.checked.judgements[id].badge


def run(root: Path, *parts: str, fast: bool = False, **files: str) -> Ran:
    """A lecture of one slide, run and judged."""
    return run_again(make_course(root, slide(*parts), **(BOTH | files)), fast)


def run_again(config: Config, fast: bool = False) -> Ran:
    ran = []

    def progress(_: str, event: str, step: Step | None) -> None:
        if event == "running" and step:
            ran.append(step.id)

    with patch.dict(os.environ):
        workers = Workers(config, Cache(config.cache), progress, Semaphore(2))
        return Ran(check(workers, begin(workers, parse(config, "slides/x.md")), fast), ran)


def line(root: Path, text: str) -> str:
    """The lecture's last line that holds `text`, as errors begin."""
    lines = (root / "slides/x.md").read_text("utf-8").splitlines()
    return f"slides/x.md:{max(n for n, each in enumerate(lines, 1) if text in each)}: "


# Reading -----------------------------------------------------------------------------------------


def test_steps_in_tabs_have_ids_that_the_other_tab_does_not_move(tmp_path: Path) -> None:
    one = read(tmp_path, slide(DEPTH, tabs(), fence("after = 1"), claim("after == 1")))
    ids = [step.id for step in one.steps]
    assert ids == ["depth", "one-pytorch-1", "one-tensorflow-1", "one-2", "one-claim-1"]
    more = tabs(PYTORCH + "\n" + fence("more = 1"))
    two = read(tmp_path, slide(DEPTH, more, fence("after = 1"), claim("after == 1")))
    assert [step.id for step in two.steps if step.id not in ids] == ["one-pytorch-2"]


def test_a_view_has_what_stands_outside_and_one_frameworks_tabs(tmp_path: Path) -> None:
    lecture = read(tmp_path, slide(DEPTH, tabs(), fence("after = 1")), **BOTH)
    found = {view.framework: [step.id for step in view.steps] for view in views(lecture)}
    assert found == {
        "PyTorch": ["depth", "one-pytorch-1", "one-2"],
        "TensorFlow": ["depth", "one-tensorflow-1", "one-2"],
    }


def test_tabs_of_other_groups_run_in_one_run(tmp_path: Path) -> None:
    text = tabs(fence("a = 1"), fence("b = a + 1\nprint(b)")).replace("framework", "language")
    assert run(tmp_path, text)["one-2"] == "2\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            tabs().replace("### Tensor", "### pytorch\n\n### Tensor"),
            "'pytorch' is called 'PyTorch'",
        ),
        (tabs().replace("### PyTorch", "### 2 torch"), "'2 torch' cannot be a framework's name"),
        (tabs(claim("PyTorch.x > 1")), "reads PyTorch in a tab, where only PyTorch runs"),
        (f"::: {{.exercise}}\n{tabs()}\n:::", "framework tabs inside of an exercise"),
    ],
)
def test_what_cannot_be_meant_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    errors = read_errors(tmp_path, slide(DEPTH, text), **BOTH)
    assert any(error.startswith("slides/x.md:") and said in error for error in errors), errors


# Running -----------------------------------------------------------------------------------------


def test_what_no_tab_changes_runs_once_and_the_rest_in_each_run(tmp_path: Path) -> None:
    first, other = fence("print(flow[0] < 1)", "label: reads"), fence("print(depth)", "label: not")
    found = run(tmp_path, DEPTH, tabs(), first, other)
    assert found.errors == []
    one, two = ["depth", "one-pytorch-1", "reads", "not"], ["one-tensorflow-1", "reads"]
    assert found.ran == one + two
    shown = [found[id] for id in ("one-pytorch-1", "reads", "not")]
    assert shown == ["torch 1.0\n", "False\n", "3\n"]
    assert found["one-tensorflow-1"].startswith("tensor 1.")


def test_an_edited_tab_leaves_the_other_framework_alone(tmp_path: Path) -> None:
    run(tmp_path, DEPTH, tabs())
    found = run(tmp_path, DEPTH, tabs(tensor=TENSORFLOW.replace("'tensor'", "'flow'")))
    assert found.ran == ["one-tensorflow-1"]


def test_a_claim_in_a_tab_is_judged_by_its_frameworks_seeded_runs(tmp_path: Path) -> None:
    tensor = TENSORFLOW + "\n" + claim("flow[0] > 1", more='show="flow[0]" seeds=4')
    found = run(tmp_path, DEPTH, tabs(tensor=tensor))
    assert found.errors == []
    assert found.badge("one-tensorflow-claim-1").startswith("holds in 4 of 4 seeded runs · median")


def test_what_fails_only_with_the_second_framework_says_so(tmp_path: Path) -> None:
    found = run(tmp_path, DEPTH, tabs(), claim("flow[0] == 1"), fence("print(1 / (flow[0] == 1))"))
    assert [error.splitlines()[0] for error in found.errors] == [
        f"{line(tmp_path, '.claim')}with TensorFlow: the claim does not hold: So it is.",
        f"{line(tmp_path, 'print(1')}with TensorFlow: ZeroDivisionError: division by zero",
    ]


def test_every_framework_is_compared_with_a_run_from_scratch(tmp_path: Path) -> None:
    unseen = "import subprocess\nflow = [len(subprocess.getoutput('cat other.txt'))]"
    text = slide(DEPTH, tabs(tensor=fence(unseen)), "`{python} TensorFlow.flow`")
    make_course(tmp_path, text, **BOTH, **{"other.txt": "one"})
    assert proofdeck(tmp_path, "check").returncode == 0
    assert proofdeck(tmp_path, "check", "--verify").returncode == 0
    (tmp_path / "other.txt").write_text("three")
    done = proofdeck(tmp_path, "check", "--verify")
    assert done.returncode == 1
    assert "'one~1' gives something else from scratch" in done.stderr


# Comparing ---------------------------------------------------------------------------------------

COMPARED = "PyTorch.flow[0] < TensorFlow.flow[0] and depth == 3"


def test_a_claim_compares_what_the_frameworks_left_under_every_seed(tmp_path: Path) -> None:
    show = 'show="TensorFlow.flow[0] / PyTorch.flow[0]" seeds=5'
    sentence = "More than `{python} PyTorch.flow[0]`."
    found = run(tmp_path, DEPTH, tabs(), claim(COMPARED, sentence, show))
    assert found.errors == []
    judgement = found.checked.judgements["one-claim-1"]
    assert (judgement.held, judgement.runs, len(set(judgement.shown))) == (5, 5, 5)
    assert judgement.claim.text == "More than 1.0."
    values = dict(judgement.values)
    assert (values["PyTorch.flow[0]"], values["depth"]) == ("1", "3")
    assert float(values["TensorFlow.flow[0]"]) > 1


def test_a_comparison_sees_the_state_at_its_point_of_the_lecture(tmp_path: Path) -> None:
    again = tabs(fence("flow = [7]"), fence("flow = [8]"))
    found = run(
        tmp_path, DEPTH, tabs(), claim("PyTorch.flow[0] == 1"), again, "`{python} TensorFlow.flow`"
    )
    assert (found.errors, found["one~1"]) == ([], "[8]")


def test_a_comparison_that_does_not_hold_is_said_with_both_values(tmp_path: Path) -> None:
    (error,) = run(tmp_path, DEPTH, tabs(), claim("PyTorch.flow[0] > TensorFlow.flow[0]")).errors
    assert error.startswith(f"{line(tmp_path, '.claim')}the claim does not hold: So it is.")
    assert "    PyTorch.flow[0] = 1\n" in error
    assert "    TensorFlow.flow[0] = 1." in error


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("PyTorch.flaw == TensorFlow.flow", ["run with PyTorch has no 'flaw'", "PyTorch.flow?"]),
        ("PyTorch.net == 1", ["PyTorch.net is compared", "'one-pytorch-1'", "`float(…)`"]),
    ],
)
def test_what_cannot_be_compared_is_an_error_that_says_what_to_do(
    tmp_path: Path, test: str, said: list[str]
) -> None:
    torch = PYTORCH.replace("flow =", "net = object()\nflow =")
    (error,) = run(tmp_path, DEPTH, tabs(torch), claim(test)).errors
    assert error.startswith(line(tmp_path, ".claim"))
    assert [part for part in said if part not in error] == []


def test_an_edit_asks_again_only_what_compares_it(tmp_path: Path) -> None:
    parts = DEPTH, tabs(), claim("PyTorch.flow[0] == 1", more="seeds=3")
    run(tmp_path, *parts)
    assert run(tmp_path, *parts).ran == []
    config = make_course(tmp_path, slide(DEPTH, tabs(), claim("PyTorch.flow[0] < 2")), **BOTH)
    found = run_again(config)
    assert (found.ran, found.badge("one-claim-1")) == ([], "holds in 1 run")


def test_a_failed_tab_leaves_comparisons_unasked(tmp_path: Path) -> None:
    found = run(tmp_path, DEPTH, tabs(fence("1 / 0")), claim("PyTorch.flow == TensorFlow.flow"))
    assert [error.splitlines()[0] for error in found.errors] == [
        f"{line(tmp_path, '1 / 0')}ZeroDivisionError: division by zero"
    ]


# Exercises ---------------------------------------------------------------------------------------


def exercise(answer: str) -> str:
    cells = [
        fence("answer = 0", "exercise: starter"),
        fence(f"answer = {answer}", "exercise: solution"),
        fence("assert answer == flow[-1], 'not the last'", "exercise: check"),
    ]
    return "\n\n".join(["::: {.exercise}", "Which is the last?", *cells, ":::\n"])


def test_an_exercise_is_proved_with_each_framework_and_in_a_tab_with_its_own(
    tmp_path: Path,
) -> None:
    torch, tensor = (
        PYTORCH + "\n" + exercise("0.25"),
        TENSORFLOW + "\n" + exercise("max([flow[-1]])"),
    )
    found = run(tmp_path, DEPTH, tabs(torch, tensor), exercise("flow[-1]"))
    assert found.errors == []
    names = {"one-exercise-1", "one-pytorch-exercise-1", "one-tensorflow-exercise-1"}
    assert found.checked.proofs.keys() == names
    (error,) = run(tmp_path, DEPTH, tabs(), exercise("0.25")).errors
    assert "with TensorFlow: the check, after the solution: AssertionError: not the last" in error


# Documents ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two built lectures; in the first, everything that frameworks can have."""
    root = tmp_path_factory.mktemp("frameworks")
    plot = "import matplotlib.pyplot as plt\nplt.plot(flow);"
    value = "\n\nThe last is `{python} f'{flow[-1]:.2f}'`.\n\n"
    torch = PYTORCH + fence(plot) + value + claim("flow[0] > flow[-1]", "It shrinks in torch.")
    tensor = TENSORFLOW + value + claim("flow[0] > flow[-1]", "It shrinks in tensor.")
    x = [
        slide(DEPTH, tabs(torch, tensor), id="flow"),
        slide(claim("PyTorch.flow[0] < TensorFlow.flow[0]", "Less in torch."), id="compare"),
        slide(tabs(dial("alpha"), dial("beta")), id="dials"),
        slide(tabs(fence("flow.append(1)"), fence("flow.append(2)")), fence("flow[-1]"), id="last"),
    ]
    y = slide(tabs(fence("print('torch')"), fence("print('tensor')")), id="other")
    files = BOTH | {"slides/y.md": f"---\ntitle: Second\n---\n\n{y}"}
    make_course(root, "---\ntitle: First\n---\n\n" + "\n".join(x), **files)
    done = proofdeck(root, "build")
    assert done.returncode == 0, done.stderr
    return root / "build/site"


def test_the_handout_prints_both_tabs_one_after_the_other(course: Path) -> None:
    text = "".join(page.extract_text() for page in PdfReader(course / "x/handout.pdf").pages)
    wanted = [
        "PyTorch\n",
        "torch 1.0",
        "is 0.25.",
        "in torch.",
        "TensorFlow\n",
        "in tensor.",
        "Less",
    ]
    places = [text.index(each) for each in wanted]
    assert places == sorted(places)


@pytest.mark.parametrize(("framework", "last"), [("pytorch", "1"), ("tensorflow", "2")])
def test_each_framework_has_a_notebook_that_runs_by_itself(
    course: Path, tmp_path: Path, framework: str, last: str
) -> None:
    kept: Any = nbformat.read(course / f"x/x-{framework}-instructor.ipynb", as_version=4)
    done, said = execute(kept, tmp_path)
    assert done, said
    assert texts(done)[2:] == texts(kept)[2:]  # after those that set up and write files
    other = "beta" if framework == "pytorch" else "alpha"
    assert other not in "".join(sources(done))
    assert done.cells[-1].outputs[0].data["text/plain"] == last
    assert "Less in torch." in "".join(sources(done, "markdown"))


def test_course_page_and_last_slide_link_all_notebooks(course: Path) -> None:
    for page, folder in ((course / "index.html", "x/"), (course / "x/index.html", "")):
        text = page.read_text("utf-8")
        for framework in ("pytorch", "tensorflow"):
            assert f'href="{folder}x-{framework}-student.ipynb"' in text
        assert "x-student.ipynb" not in text


def chosen(page: Page, name: str) -> None:
    """Expect the deck's slide to show the tab with this name."""
    tab = page.locator(".slides > section.present").get_by_role("tab", selected=True)
    expect(tab).to_have_text(name)


def test_the_choice_is_kept_across_slides_and_lectures(course: Path, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto((course / "x/index.html").as_uri() + "#/flow")
    chosen(page, "PyTorch")
    page.get_by_role("tab", name="PyTorch").first.focus()
    page.keyboard.press("ArrowRight")
    chosen(page, "TensorFlow")
    page.goto((course / "x/index.html").as_uri() + "#/last")
    chosen(page, "TensorFlow")
    page.goto((course / "y/index.html").as_uri())
    page.keyboard.press("ArrowRight")
    chosen(page, "TensorFlow")
    expect(page.get_by_text("tensor", exact=True)).to_be_visible()
    context.close()


def test_a_dial_in_a_tab_shows_its_frameworks_frames(course: Path, browser: Browser) -> None:
    page = browser.new_page()
    page.goto((course / "x/index.html").as_uri() + "#/dials")
    for name, module in (("PyTorch", "alpha"), ("TensorFlow", "beta")):
        page.get_by_role("tab", name=name).locator("visible=true").click()
        expect(page.get_by_text(f"{module} 2", exact=True)).to_be_visible()
        page.get_by_role("slider", name="n").locator("visible=true").focus()
        page.keyboard.press("ArrowRight")
        expect(page.get_by_text(f"{module} 3", exact=True)).to_be_visible()
    report = json.loads((course.parent / "report.json").read_text("utf-8"))
    claims = report["lectures"][0]["claims"]
    assert [each["runs"] for each in claims if "ends below" in each["text"]] == [3, 3]
    page.close()


def test_an_open_deck_of_another_lecture_follows_the_choice(course: Path, browser: Browser) -> None:
    context = browser.new_context()
    pages = [context.new_page() for _ in range(2)]
    for page, rest in zip(pages, ("x/index.html#/flow", "y/index.html#/other"), strict=True):
        page.goto(f"{course.as_uri()}/{rest}")
    chosen(pages[1], "PyTorch")
    pages[0].get_by_role("tab", name="TensorFlow").first.click()
    chosen(pages[1], "TensorFlow")
    context.close()


def test_tabs_work_where_nothing_can_be_stored(course: Path, browser: Browser) -> None:
    context = browser.new_context()
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('forbidden') } })"
    )
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto((course / "x/index.html").as_uri() + "#/flow")
    page.get_by_role("tab", name="TensorFlow").first.click()
    chosen(page, "TensorFlow")
    assert problems == []
    context.close()


# Not installed -----------------------------------------------------------------------------------


def absent_course(root: Path, torch: str = PYTORCH, tensor: str = ABSENT) -> None:
    value = "\n\nThe last is `{python} flow[-1]`.\n\n" + claim("flow[0] > 0", "Some flow.")
    compare = claim("PyTorch.flow[0] < TensorFlow.flow[0]", "Less in torch.", "seeds=3")
    text = slide(DEPTH, tabs(torch + value, tensor + value), compare, fence("flow[0] > 0"))
    make_course(root, "---\ntitle: X\n---\n\n" + text, **BOTH)


@pytest.mark.parametrize("name", ["PyTorch", "TensorFlow"])
def test_the_tabs_of_a_framework_that_is_not_installed_say_so(tmp_path: Path, name: str) -> None:
    given = {"torch": ABSENT} if name == "PyTorch" else {"tensor": ABSENT}
    absent_course(tmp_path, **({"tensor": TENSORFLOW} | given))
    done = proofdeck(tmp_path, "build", CI="")
    assert done.returncode == 0, done.stdout + done.stderr
    where = line(tmp_path, "import no_such_framework")
    assert f"{where}warning: {name} is not installed here" in done.stderr
    folder = tmp_path / "build/site/x"
    deck = (folder / "index.html").read_text("utf-8")
    assert deck.count(f"{name} is not installed where this was built.") == 1
    assert deck.count("Some flow.") == deck.count("The last is") == 1
    assert f"not checked: {name} is not installed where this was built" in deck
    (report,) = json.loads((tmp_path / "build/report.json").read_text())["lectures"]
    said = {each["text"]: (each["holds"], each["runs"]) for each in report["claims"]}
    assert said["Less in torch."] == (False, 0)
    there = "tensorflow" if name == "PyTorch" else "pytorch"
    names = sorted(file.name for file in folder.glob("*.ipynb"))
    assert names == [f"x-{there}-instructor.ipynb", f"x-{there}-student.ipynb"]


def test_references_to_what_was_not_drawn_still_lead_somewhere(tmp_path: Path) -> None:
    options = "label: fig-flow", 'fig-cap: "Flow"', 'fig-alt: "A line."'
    plot = fence("import matplotlib.pyplot as plt\nimport no_such_framework", *options)
    make_course(tmp_path, slide(tabs(fence("x = 1"), plot), "See @fig-flow."))
    done = proofdeck(tmp_path, "build", CI="")
    assert done.returncode == 0, done.stderr
    for page in ("handout.pdf", "index.html"):
        assert "Not drawn here." in shown(tmp_path / "build/site/x" / page)


def shown(file: Path) -> str:
    if file.suffix == ".pdf":
        return "".join(page.extract_text() for page in PdfReader(file).pages)
    return file.read_text("utf-8")


@pytest.mark.parametrize(("command", "ci"), [("build", "true"), ("check", "")])
def test_in_ci_a_framework_that_is_not_installed_is_a_failure(
    tmp_path: Path, command: str, ci: str
) -> None:
    absent_course(tmp_path)
    assert proofdeck(tmp_path, "build", CI="").returncode == 0
    done = proofdeck(tmp_path, command, CI=ci)
    assert done.returncode == 1
    assert "TensorFlow is not installed here (no module 'no_such_framework')" in done.stderr
    assert "pyproject.toml" in done.stderr


def test_without_any_of_its_frameworks_a_lecture_fails_at_the_imports(tmp_path: Path) -> None:
    absent_course(tmp_path, ABSENT)
    done = proofdeck(tmp_path, "build", CI="")
    assert done.returncode == 1
    assert "PyTorch is not installed here" in done.stderr
    assert "TensorFlow is not installed here" in done.stderr


def test_an_import_that_may_fail_is_not_missed(tmp_path: Path) -> None:
    code = "try:\n    import no_such_framework\nexcept ImportError:\n    flow = [1]"
    assert run(tmp_path, DEPTH, tabs(tensor=fence(code))).checked.missing == ()


# Mutants -----------------------------------------------------------------------------------------


def test_a_mutant_in_a_tab_is_judged_by_its_framework_and_by_comparisons(tmp_path: Path) -> None:
    torch = fence("a = depth + 1\nb = depth + 2") + "\n" + claim("a == 4")
    tensor = fence("a = depth + 3\nc = depth + 4") + "\n" + claim("a == 6")
    found = mutate(
        tmp_path, slide(DEPTH, tabs(torch, tensor), claim("PyTorch.b == TensorFlow.c - 2"))
    )
    assert {each for each in fates(found) if "+ " in each[0]} == {
        ("`depth + 1` → `depth - 1`", "claim", "one-pytorch-claim-1"),
        ("`depth + 2` → `depth - 2`", "claim", "one-claim-1"),
        ("`depth + 3` → `depth - 3`", "claim", "one-tensorflow-claim-1"),
        ("`depth + 4` → `depth - 4`", "claim", "one-claim-1"),
    }


def test_a_mutant_outside_of_tabs_is_killed_by_any_framework(tmp_path: Path) -> None:
    text = slide(fence("x = len('a') + 1"), tabs(fence("y = x"), fence("y = x") + claim("y == 2")))
    assert fates(mutate(tmp_path, text)) >= {
        ("`len('a') + 1` → `len('a') - 1`", "claim", "one-tensorflow-claim-1")
    }


# pytest, explain ---------------------------------------------------------------------------------


def test_pytest_has_a_test_for_each_step_of_each_framework(tmp_path: Path) -> None:
    make_course(tmp_path, slide(DEPTH, tabs(), claim("PyTorch.flow == TensorFlow.flow")), **BOTH)
    done = run_pytest(tmp_path, "slides/", "-v")
    assert done.stdout.count("PASSED") == 3
    assert "one-tensorflow-1 PASSED" in done.stdout
    assert "claim-1 FAILED" in done.stdout


def test_pytest_skips_what_is_not_installed_but_not_in_ci(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent_course(tmp_path)
    monkeypatch.setenv("CI", "")
    done = run_pytest(tmp_path, "slides/", "-v")
    assert (done.stdout.count("SKIPPED"), done.stdout.count("FAILED")) == (3, 0)
    monkeypatch.setenv("CI", "true")
    assert "one-tensorflow-1 FAILED" in run_pytest(tmp_path, "slides/", "-v").stdout


def test_explain_compares_a_step_with_its_own_frameworks_last_run(tmp_path: Path) -> None:
    for code in ("flow[0]", "flow[1]"):
        make_course(tmp_path, slide(DEPTH, tabs(), fence(code, "label: reads")), **BOTH)
        assert proofdeck(tmp_path, "check").returncode == 0
    said = proofdeck(tmp_path, "explain", "x").stdout.splitlines()
    where = line(tmp_path, "flow[1]").removeprefix("slides/x.md:").removesuffix(": ")
    assert said[-1].endswith(f" reads: ran: its code is new in line {where} of slides/x.md")
    assert len([row for row in said if "reused" in row]) == 3
