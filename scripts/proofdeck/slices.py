"""The least that a question must run, from what a run of the lecture observed.

`names.needs` never leaves out what could matter; here a value that a run was seen to leave alone
is taken as unchanged. Hundreds of mutants can be tried so, but whoever relies on it checks once,
on the lecture as it is, that the question's answer is the same.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from proofdeck.names import tree_of

COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
BLOCKS = ("body", "handlers", "orelse", "finalbody")
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True)
class Uses:
    """What a snippet does with the lecture's names."""

    bound: frozenset[str]
    """Names that it gives a value."""
    defined: frozenset[str]
    """Functions, classes and modules among these."""
    free: frozenset[str]
    """Names that it reads as snippets above left them."""
    imports: Mapping[str, str]
    """Its import statements by the names that they bind. Running them again changes nothing."""


def uses(code: str) -> Uses:
    """What `code` binds and reads, told from its syntax tree."""
    bound: set[str] = set()
    free: set[str] = set()
    later: set[str] = set()
    body = tree_of(code).body
    for statement in body:
        _follow(statement, bound, free, later)
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    defined = {name for node in body if isinstance(node, kinds) for name in stores(node)}
    imports = {
        name: ast.unparse(node)
        for node in body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in stores(node)
    }
    return Uses(frozenset(bound), frozenset(defined), frozenset(free | (later - bound)), imports)


def needed(
    snippets: Sequence[Uses], changed: Sequence[frozenset[str]], reads: frozenset[str]
) -> frozenset[int]:
    """Positions of the snippets that a question which `reads` names, asked after them, needs.

    `changed` are the plain values that each snippet was seen to make or change. Any other value
    may be changed by each snippet that mentions it. What is imported needs no snippet.
    """
    known = frozenset[str]().union(*(use.bound for use in snippets))
    plain = frozenset[str]().union(*changed)
    fixed = frozenset[str]().union(*(use.defined for use in snippets))
    chosen: set[int] = set()
    waiting = [(name, len(snippets)) for name in reads]
    asked = set(waiting)
    while waiting:
        name, end = waiting.pop()
        if name not in known:
            continue  # one of Python's own
        for number in range(end - 1, -1, -1):
            use = snippets[number]
            if name in use.imports:
                break
            makes = name in changed[number] or name in use.bound
            touches = name in use.free and name not in plain and name not in fixed
            if makes or touches:
                new = {(read, number) for read in use.free} - asked
                chosen.add(number)
                asked |= new
                waiting += new
            if makes and name in use.bound:
                break
    return frozenset(chosen)


def imports_for(snippets: Iterable[Uses], reads: frozenset[str]) -> str:
    """The import statements in `snippets` that give what `reads` names."""
    found = (use.imports[name] for use in snippets for name in use.imports if name in reads)
    return "\n".join(dict.fromkeys(found))


def _follow(node: ast.AST, bound: set[str], free: set[str], later: set[str]) -> None:
    """Go through a statement, or a handler of exceptions, in the order in which it runs."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        later.update(_loads(node))
        bound.add(node.name)
        return
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        free |= {node.target.id} - bound
    blocks = [] if isinstance(node, ast.ClassDef) else [f for f in BLOCKS if hasattr(node, f)]
    parts: list[object] = [node]
    if blocks:
        values = [value for field, value in ast.iter_fields(node) if field not in blocks]
        parts = [
            part for value in values for part in (value if isinstance(value, list) else [value])
        ]
    for part in parts:
        free |= _loads(part) - bound
    for part in parts:
        bound |= stores(part)
    for block in blocks:
        for statement in getattr(node, block):
            _follow(statement, bound, free, later)


def _loads(node: object) -> frozenset[str]:
    """Names that `node` reads from outside, also when a function in it is called."""
    if not isinstance(node, ast.AST):
        return frozenset()
    if isinstance(node, ast.Name):
        return frozenset({node.id} if isinstance(node.ctx, ast.Load) else ())
    inner = frozenset[str]().union(*map(_loads, ast.iter_child_nodes(node)))
    if isinstance(node, FUNCTIONS):
        arguments = {part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg)}
        body = node.body if isinstance(node.body, list) else []
        own = frozenset[str]().union(*map(stores, body))
        return inner - arguments - (own - _declared(body))
    if isinstance(node, COMPREHENSIONS):
        return inner.difference(*(stores(generator.target) for generator in node.generators))
    return inner


def _declared(body: Iterable[ast.stmt]) -> frozenset[str]:
    """Names that a function's body says are not its own."""
    parts = (part for statement in body for part in ast.walk(statement))
    found = (part.names for part in parts if isinstance(part, ast.Global | ast.Nonlocal))
    return frozenset(name for names in found for name in names)


def stores(node: object) -> frozenset[str]:
    """Names that `node`, a part of a syntax tree, binds in its own scope."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            return frozenset({name})
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return frozenset({name})
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return frozenset((alias.asname or alias.name).split(".")[0] for alias in names)
        case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return frozenset()
        case ast.AST():
            return frozenset[str]().union(*map(stores, ast.iter_child_nodes(node)))
    return frozenset()
