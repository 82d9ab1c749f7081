"""Names that parts of a syntax tree read from outside and bind in their own scope."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache

FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def loads(node: object) -> frozenset[str]:
    """Names that `node` reads from outside, also when a function in it is called."""
    if not isinstance(node, ast.AST):
        return frozenset()
    if isinstance(node, ast.Name):
        return frozenset({node.id} if isinstance(node.ctx, ast.Load) else ())
    inner = frozenset[str]().union(*map(loads, ast.iter_child_nodes(node)))
    inner |= _hinted(node)
    if isinstance(node, ast.Global):
        return frozenset(node.names)
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        return inner | {node.target.id}
    if isinstance(node, FUNCTIONS):
        arguments = {part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg)}
        body = node.body if isinstance(node.body, list) else []
        own = (stores_in(body) - _declared(body)) | arguments
        outer = [*node.args.defaults, *node.args.kw_defaults]
        if not isinstance(node, ast.Lambda):
            hints = [a.annotation for a in ast.walk(node.args) if isinstance(a, ast.arg)]
            outer += [*node.decorator_list, node.returns, *hints]
        return (inner - own).union(*map(loads, outer))
    if isinstance(node, COMPREHENSIONS):
        targets = frozenset().union(*(stores(each.target) for each in node.generators))
        return (inner - targets) | loads(node.generators[0].iter)
    return inner


def _hinted(node: ast.AST) -> frozenset[str]:
    """Names that a hint in quotes means, as in `x: "Net"`."""
    hint = getattr(node, "annotation", None) or getattr(node, "returns", None)
    if not isinstance(hint, ast.AST):
        return frozenset()
    texts = (part.value for part in ast.walk(hint) if isinstance(part, ast.Constant))
    return frozenset[str]().union(*(hinted(text) for text in texts if isinstance(text, str)))


@cache
def hinted(text: str) -> frozenset[str]:
    """Names that a hint reads which was written as a string."""
    try:
        return loads(ast.parse(text, mode="eval"))
    except (SyntaxError, ValueError):
        return frozenset()


def _declared(body: Iterable[ast.stmt]) -> frozenset[str]:
    """Names that a function's body says are not its own."""
    parts = (part for statement in body for part in ast.walk(statement))
    found = (part.names for part in parts if isinstance(part, ast.Global | ast.Nonlocal))
    return frozenset(name for names in found for name in names)


def declared_global(tree: ast.AST) -> frozenset[str]:
    """Names that functions in `tree` bind outside of themselves."""
    found = (node.names for node in ast.walk(tree) if isinstance(node, ast.Global))
    return frozenset(name for names in found for name in names)


def stores_in(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Names that statements bind in their own scope."""
    return frozenset[str]().union(*map(stores, nodes))


def stores(node: object) -> frozenset[str]:
    """Names that `node`, a part of a syntax tree, binds or deletes in its own scope."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            return frozenset({name})
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return frozenset({name})
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return frozenset((alias.asname or alias.name).split(".")[0] for alias in names)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            return frozenset({name}) | stores_in(ast.iter_child_nodes(node))
        case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            return frozenset({name}) | stores_in(ast.iter_child_nodes(node))
        case ast.Lambda() | ast.AnnAssign(value=None):
            return frozenset()
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            # `:=` inside binds outside.
            named = (part for part in ast.walk(node) if isinstance(part, ast.NamedExpr))
            return stores_in(part.target for part in named)
        case ast.AST():
            return stores_in(ast.iter_child_nodes(node))
    return frozenset()


def reads_now(node: ast.AST) -> frozenset[str]:
    """What a definition reads when it runs: decorators, defaults, hints, bases, class bodies."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            parts = [*node.decorator_list, *node.args.defaults, *node.args.kw_defaults]
            arguments = [a for a in ast.walk(node.args) if isinstance(a, ast.arg)]
            quoted = [*arguments, node] if node.decorator_list else []  # decorators may read them
            hints = [a.annotation for a in arguments]
            found = frozenset[str]().union(*map(loads, [*parts, *hints, node.returns]))
            return found.union(*map(_hinted, quoted))
        case ast.ClassDef():
            inner = [reads_now(part) for part in node.body]
            outer = [*node.decorator_list, *node.bases, *(k.value for k in node.keywords)]
            return frozenset().union(*map(loads, outer), *inner)
    return loads(node)
