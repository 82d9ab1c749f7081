"""What a snippet does with the lecture's names, told from its syntax tree alone.

What is said to be read may be too much, never too little: a name counts as read unless the snippet
itself surely binds it first. What the tree does not tell (`exec`, unknown magics, star imports) is
said to be opaque, and then everything above counts.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from proofdeck.flow import Flow
from proofdeck.opaque import handed_on, is_opaque
from proofdeck.scope import declared_global, stores_in
from proofdeck.setters import NAMED, SETS, UNTOLD, patched, patched_at_once
from proofdeck.statements import Statement, definitions, settings

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
    stored_on: frozenset[str] = frozenset()
    """Names, of modules perhaps, that its functions and classes change when they are used."""


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
    defined = definitions(code, tree.body)
    return Uses(
        reads=frozenset(flow.reads),
        binds=stores_in(tree.body) | declared_global(tree),
        opaque=is_opaque(tree, flow.reads) or not handed_on(tree) <= defined.keys(),
        definitions=defined,
        settings=tuple(settings(code, tree.body)),
        stored_on=frozenset().union(*(patched(n) for n in tree.body if isinstance(n, NAMED))),
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
