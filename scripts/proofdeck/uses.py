"""What a snippet does with the lecture's names, told from its syntax tree alone.

What is said to be read may be too much, never too little: a name counts as read unless the snippet
itself surely binds it first. What the tree does not tell (`exec`, unknown magics, star imports) is
said to be opaque, and then everything above counts.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from proofdeck.flow import Flow
from proofdeck.scope import declared_global, stores_in
from proofdeck.setters import SETS, UNTOLD, patched_at_once
from proofdeck.statements import Statement, definitions, settings

OPAQUE_NAMES = frozenset(
    "exec eval compile globals locals vars dir get_ipython In Out exit quit __import__ "
    "__annotations__".split()
)
OPAQUE_ATTRIBUTES = frozenset(
    "__subclasses__ __globals__ __dict__ __code__ f_globals f_locals get_objects get_referrers "
    "modules reload import_module main_ns user_ns settrace setprofile".split()
)
PICKLES = frozenset({"pickle", "cloudpickle", "dill", "joblib"})
"""What they load may be of any class of the lecture."""

HISTORY = re.compile(r"_{1,3}|_\d+|_i+|_i\d+|_[iod]h")
"""IPython's names for what cells before gave."""

HARMLESS_MAGIC = re.compile(r"^%(matplotlib\b.*|%time\s*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Uses:
    """What a snippet does with the lecture's names."""

    reads: frozenset[str]
    """Names whose state, as the snippets above left it, may matter."""
    binds: frozenset[str]
    """Names that may get another value, or lose theirs."""
    opaque: bool = False
    """Whether it may read and change more than its text says."""
    definitions: Mapping[str, Statement] = field(default_factory=dict)
    """Imports, functions, classes and other names for parts of these, by the name they bind."""
    settings: tuple[Statement, ...] = ()
    """Statements that may set something in a module or class."""
    patched: frozenset[str] = frozenset()
    """Names, of modules perhaps, that it changes within loops and functions and the like; `UNTOLD`
    where it may change something, but the tree does not tell what."""


@cache
def uses(code: str) -> Uses:
    """What `code`, a snippet's, does with names."""
    tree = tree_of(code)
    untold = frozenset({UNTOLD} if SETS.search(code) else ())
    if tree is None:
        return Uses(frozenset(), frozenset(), opaque=True, patched=untold)
    flow = Flow()
    for statement in tree.body:
        flow.follow(statement)
    return Uses(
        reads=frozenset(flow.reads),
        binds=stores_in(tree.body) | declared_global(tree),
        opaque=_is_opaque(tree, flow.reads),
        definitions=definitions(code, tree.body),
        settings=tuple(settings(code, tree.body)),
        patched=patched_at_once(tree.body) | (untold if "exec" in flow.reads else frozenset()),
    )


@cache
def uses_of_question(check: str, show: str = "", where: str = "") -> Uses:
    """What a claim or an inline value reads; it binds nothing."""
    return Uses(uses(f"({check}\n, {show or None}\n, {where or None}\n)").reads, frozenset())


def tree_of(code: str) -> ast.Module | None:
    """The syntax tree as IPython would run it; None for magics that Python cannot parse."""
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        tree = compile(HARMLESS_MAGIC.sub("", code), "<snippet>", "exec", flags, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    assert isinstance(tree, ast.Module)
    return tree


def _is_opaque(tree: ast.AST, reads: Iterable[str]) -> bool:
    if any(HISTORY.fullmatch(name) or name in OPAQUE_NAMES for name in reads):
        return True
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) if name in OPAQUE_ATTRIBUTES:
                return True
            case ast.ImportFrom(names=[ast.alias(name="*")]) | ast.ImportFrom(module="__main__"):
                return True
            case ast.Import(names=names) if any(each.name == "__main__" for each in names):
                return True
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="load" | "loads")) if (
                name in PICKLES
            ):
                return True
            case ast.keyword(arg="weights_only", value=ast.Constant(value=False)):
                return True
            case ast.Constant(value="__main__"):
                return not _guards_main(tree)
    return False


def _guards_main(tree: ast.AST) -> bool:
    """Whether `"__main__"` is only compared with, as in figure scripts."""
    said = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and n.value == "__main__"]
    compared = [n for n in ast.walk(tree) if isinstance(n, ast.Compare) and len(n.comparators) == 1]
    return len(said) == sum(n.comparators[0] in said for n in compared)
