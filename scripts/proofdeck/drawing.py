"""Which statements only draw or print: changing them changes no value that a claim could read.

Told from names and conventions, as a reader does (`plt`, `ax`, `fig`, `draw_…`): a guess that is
right for lectures, not a proof. What is computed for a plot does count as a value.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

ARTISTS = frozenset("plt ax axes fig figure sns matplotlib display print".split())
"""Names that stand for drawing and saying wherever they appear."""

VERBS = ("draw", "plot", "show")
"""How functions that draw are called."""


def drawn(tree: ast.Module) -> frozenset[ast.stmt]:
    """Statements of `tree` that only draw or print, without those inside of them."""
    artists: set[str] = set(ARTISTS)
    found: set[ast.stmt] = set()
    while new := [s for s in _outside(tree, found) if _draws(s, artists)]:
        found.update(new)
        artists |= {name for statement in new for name in _bound(statement)}
    return frozenset(found)


def names_read(tree: ast.AST, left_out: Iterable[ast.AST] = ()) -> frozenset[str]:
    """Names and attributes that are read in `tree`, but for the parts `left_out`."""
    skipped = set(left_out)
    names: set[str] = set()
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if node in skipped:
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
        waiting.extend(ast.iter_child_nodes(node))
    return frozenset(names)


def root(node: ast.AST) -> str:
    """The name that a chain of attributes, items and calls starts with; empty for none."""
    while not isinstance(node, ast.Name):
        match node:
            case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Call(func=inner):
                node = inner
            case _:
                return ""
    return node.id


def _outside(tree: ast.AST, found: set[ast.stmt]) -> list[ast.stmt]:
    """Statements in `tree`, at any depth, that are not in one of `found`."""
    statements: list[ast.stmt] = []
    for node in ast.iter_child_nodes(tree):
        if node not in found:
            if isinstance(node, ast.stmt):
                statements.append(node)
            statements += _outside(node, found)
    return statements


def _draws(node: ast.stmt, artists: set[str]) -> bool:
    match node:
        case ast.Expr(value=ast.Call() as call):
            return _is_artist(call, artists)
        case ast.Assign(targets=[target], value=value):
            stores = isinstance(target, ast.Attribute | ast.Subscript)
            return _is_artist(target if stores else value, artists)
        case ast.FunctionDef(name=name, body=body):
            takes = {argument.arg for argument in node.args.args}
            by_name = name.startswith(VERBS) or bool(takes & {"ax", "axes", "fig", "figure"})
            return by_name or _all_draw(body, artists)
        case ast.For(body=body, orelse=[]) | ast.With(body=body):
            return _all_draw(body, artists)
        case ast.If(test=test, body=body, orelse=orelse):
            return "__name__" in names_read(test) or _all_draw([*body, *orelse], artists)
    return False


def _all_draw(body: list[ast.stmt], artists: set[str]) -> bool:
    """Whether all statements draw, a docstring aside."""
    rest = [s for s in body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    return bool(rest) and all(_draws(statement, artists) for statement in rest)


def _is_artist(value: ast.expr, artists: set[str]) -> bool:
    """Whether `value` comes from an artist, or from a call that is given one."""
    name = root(value)
    if name in artists or name.startswith(VERBS):
        return True
    given = value.args if isinstance(value, ast.Call) else []
    return any(isinstance(part, ast.Name) and part.id in artists for part in given)


def _bound(node: ast.stmt) -> frozenset[str]:
    """Plain names that a drawing statement binds: artists from then on."""
    if isinstance(node, ast.FunctionDef):
        return frozenset({node.name})
    targets = node.targets if isinstance(node, ast.Assign) else []
    stored = [part for target in targets for part in ast.walk(target)]
    return frozenset(
        part.id for part in stored if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    )
