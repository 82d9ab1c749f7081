"""Mutation operators on plain Python: comparisons, signs, ranges, reductions."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from proofdeck.drawing import names_read
from proofdeck.operators import Edit

NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
OPPOSITE: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add}

REDUCTIONS = frozenset(
    "mean sum max min prod norm reduce_mean reduce_sum reduce_max reduce_min reduce_prod".split()
)
TEXTS = (ast.List, ast.ListComp, ast.Tuple, ast.JoinedStr)
"""What `+` joins instead of adding."""


def flip_comparison(node: ast.AST, parent: ast.AST) -> Iterator[Edit]:
    """`a < b` → `a >= b`; in `a < b < c` one at a time."""
    if isinstance(node, ast.Compare):
        for number, operator in enumerate(node.ops):
            ops = [*node.ops[:number], NEGATED[type(operator)](), *node.ops[number + 1 :]]
            yield Edit(node, ast.Compare(node.left, ops, node.comparators))


def flip_sign(node: ast.AST, parent: ast.AST) -> Iterator[Edit]:
    """`a + b` → `a - b`, `a -= b` → `a += b`, `-a` → `a`; not of a number that is written out."""
    match node:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            if not _is_text(left) and not _is_text(right):
                yield Edit(node, ast.BinOp(left, OPPOSITE[type(op)](), right))
        case ast.AugAssign(target=target, op=ast.Add() | ast.Sub() as op, value=value):
            if not _is_text(value):
                yield Edit(node, ast.AugAssign(target, OPPOSITE[type(op)](), value))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            if not isinstance(operand, ast.Constant):
                yield Edit(node, operand)


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) or _is_text(node.right)
    return isinstance(node, TEXTS) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def flip_range(node: ast.AST, parent: ast.AST) -> Iterator[Edit]:
    """`range(n)` → `range(1, n)` and reversed; → `range(1)` where only the number of turns counts.

    A turn more or less of such a loop would be another constant, not another meaning.
    """
    if not isinstance(node, ast.Call) or not node.args or node.keywords:
        return
    plain = isinstance(node.func, ast.Name) and node.func.id == "range"
    if not plain and not (isinstance(node.func, ast.Attribute) and _is(node.func, "tf", "range")):
        return
    if _counts_turns(node, parent):
        yield Edit(node, ast.Call(node.func, [ast.Constant(1)], []))
        return
    start, rest = (node.args[0], node.args[1:]) if node.args[1:] else (None, node.args)
    later = _next(start) if start else ast.Constant(1)
    yield Edit(node, ast.Call(node.func, [later, *rest], []))
    if plain:
        yield Edit(node, ast.Call(ast.Name("reversed", ast.Load()), [node], []))


def _is(node: ast.Attribute, module: str, name: str) -> bool:
    return node.attr == name and isinstance(node.value, ast.Name) and node.value.id == module


def _counts_turns(node: ast.Call, parent: ast.AST) -> bool:
    """Whether a loop over `node` never reads its variable."""
    match parent:
        case ast.For(iter=iterated, target=ast.Name(id=name), body=body) if iterated is node:
            return not any(name in names_read(statement) for statement in body)
        case ast.comprehension(target=ast.Name(id=name)):
            return name == "_"
    return False


def _next(start: ast.expr) -> ast.expr:
    if isinstance(start, ast.Constant) and isinstance(start.value, int):
        return ast.Constant(start.value + 1)
    return ast.BinOp(start, ast.Add(), ast.Constant(1))


def drop_reduction(node: ast.AST, parent: ast.AST) -> Iterator[Edit]:
    """`x.mean()` → the first element of `x`: a number as well, but not of all layers."""
    match node:
        case ast.Call(func=ast.Name(id="sum" | "max" | "min"), args=[what], keywords=[]):
            inner = ast.Call(ast.Name("iter", ast.Load()), [what], [])
            yield Edit(node, ast.Call(ast.Name("next", ast.Load()), [inner], []))
        case ast.Call(func=ast.Attribute(value=value, attr=attr), args=args, keywords=keywords):
            if attr not in REDUCTIONS:
                return
            module = _module(value)
            what, rest = (args[0], args[1:]) if module and args else (value, args)
            if module and not args:
                return
            first = _first_of(module, what, [*rest, *(k.value for k in keywords)])
            if first and not any(k.arg not in ("axis", "dim", "ord") for k in keywords):
                yield Edit(node, first)


def _module(node: ast.expr) -> str:
    """The module that `np` or `np.linalg` stands for; empty for a value."""
    inner = node
    while isinstance(inner, ast.Attribute):
        inner = inner.value
    known = {"np", "numpy", "torch", "tf", "ops", "keras"}
    return inner.id if isinstance(inner, ast.Name) and inner.id in known else ""


def _first_of(module: str, what: ast.expr, axes: list[ast.expr]) -> ast.expr | None:
    """Source of the first element, or of the first along an axis; None for several axes."""
    text = ast.unparse(what)
    match axes:
        case [] if module == "tf":
            source = f"tf.reshape({text}, [-1])[0]"
        case [] if module in ("np", "numpy"):
            source = f"{module}.ravel({text})[0]"
        case []:
            source = f"({text}).flatten()[0]"
        case [axis] if ast.unparse(axis) in INDEXES:
            source = f"({text})[{INDEXES[ast.unparse(axis)]}]"
        case _:
            return None
    return ast.parse(source, mode="eval").body


INDEXES = {"0": "0", "1": ":, 0", "-1": "..., 0"}
"""The first element along an axis, as an index."""
