"""The modules of proofdeck flow one way, and stay small enough to read in one go."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import proofdeck

FOLDER = Path(proofdeck.__file__).parent
ORDER = """
    errors facts output model config files
    seeding counts checking names scope flow setters opaque statements uses excerpt expression
    arrays exports jobs
    pandoc front_matter cells source document crossref options claims exercises sweeps frameworks
    streams figures charts shell tracebacks watch settings outlines paths patches reach
    contents observe loading worker told
    held set_by state plan cache forks supervise explain kept past process processes lecture_run
    execute failures frames proofs installed views compare check
    theme validate slides reread parse
    verify remote lecture_runs
    drawing operators flips mutations mutants tally trial mutate mutation_report
    contrast dark templates math dial outputs compose sections deck handout notebook_setup
    notebook_text notebook documents
    site report annotations last_good report_page stamps
    browser walk locate contact_sheet audit
    builder build progress pytest_plugin
    patch troubles warm spare known live watching server preview cli __main__
""".split()
"""Each module imports only modules that stand before it."""

GUIDE = FOLDER.parents[1] / "CONTRIBUTING.md"

LONGEST_MODULE = 270
"""Lines; the design says about 250."""

LONGEST_FUNCTION = 40


def modules() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")


def tree(module: str) -> ast.Module:
    return ast.parse((FOLDER / f"{module}.py").read_text("utf-8"))


def imported(module: str) -> Iterator[str]:
    """Modules of proofdeck that `module` imports, also inside its functions."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            assert node.level == 0
        else:
            continue
        for name in names:
            first, *rest = name.split(".")
            if first == "proofdeck" and rest and rest[0] in ORDER:
                yield rest[0]


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_only_modules_before_it(module: str) -> None:
    allowed = ORDER[: ORDER.index(module)] if module in ORDER else []
    assert sorted(set(imported(module)) - set(allowed)) == []


@pytest.mark.parametrize("module", modules())
def test_a_module_has_a_place_in_the_order_and_says_what_it_is_for(module: str) -> None:
    assert module in ORDER
    assert ast.get_docstring(tree(module))


@pytest.mark.parametrize("module", modules())
def test_a_newcomer_finds_a_module_in_the_table(module: str) -> None:
    assert f"`{module}`" in GUIDE.read_text("utf-8") or module == "__main__"


@pytest.mark.parametrize("module", modules())
def test_a_module_is_short(module: str) -> None:
    assert len((FOLDER / f"{module}.py").read_text("utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("module", modules())
def test_a_function_is_short(module: str) -> None:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    long = {
        node.name: node.end_lineno - node.lineno + 1
        for node in ast.walk(tree(module))
        if isinstance(node, functions) and node.end_lineno
    }
    assert {name: lines for name, lines in long.items() if lines > LONGEST_FUNCTION} == {}
