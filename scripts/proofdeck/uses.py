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

FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
DEFINITIONS = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

OPAQUE_NAMES = frozenset(
    "exec eval compile globals locals vars dir get_ipython In Out exit quit __import__".split()
)
OPAQUE_ATTRIBUTES = frozenset(
    "__subclasses__ __globals__ __dict__ __code__ f_globals f_locals get_objects get_referrers "
    "modules reload import_module main_ns user_ns settrace setprofile".split()
)
HISTORY = re.compile(r"_{1,3}|_\d+|_i+|_i\d+|_[iod]h")
"""IPython's names for what cells before gave."""

HARMLESS_MAGIC = re.compile(r"^%(matplotlib\b.*|%time\s*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Statement:
    """A top-level statement that can be run again by itself."""

    code: str
    """With the empty lines above that keep its line numbers."""
    line: int
    reads: frozenset[str]
    """Names that it needs when it runs, not those that its functions need when called."""
    root: str = ""
    """For what may be a setting: the name that its call or target starts with."""
    verb: str = ""
    """For a call that may be a setting: the last part of its name."""
    patched: frozenset[str] = frozenset()
    """Names, of modules perhaps, on whose attributes its functions store when called."""
    outline: str | None = ""
    """For a definition: its constants, as they are when nothing changed them; None if unknown."""


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
    """Names, of modules perhaps, on whose attributes it stores within loops and the like."""


@cache
def uses(code: str) -> Uses:
    """What `code`, a snippet's, does with names."""
    tree = tree_of(code)
    if tree is None:
        return Uses(frozenset(), frozenset(), opaque=True)
    flow = _Flow()
    for statement in tree.body:
        flow.follow(statement)
    return Uses(
        reads=frozenset(flow.reads),
        binds=stores_in(tree.body) | _declared_global(tree),
        opaque=_is_opaque(tree, flow.reads),
        definitions=_definitions(code, tree.body),
        settings=tuple(_settings(code, tree.body)),
        patched=frozenset().union(*(_patched(s) for s in tree.body if not _simple(s))),
    )


@cache
def uses_of_question(check: str, show: str) -> Uses:
    """What a claim or an inline value reads; it binds nothing."""
    return Uses(uses(f"({check}\n, {show or None}\n)").reads, frozenset())


def tree_of(code: str) -> ast.Module | None:
    """The syntax tree as IPython would run it; None for magics that Python cannot parse."""
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        tree = compile(HARMLESS_MAGIC.sub("", code), "<snippet>", "exec", flags, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    assert isinstance(tree, ast.Module)
    return tree


class _Flow:
    """Follows statements in the order in which they run; knows what is surely bound."""

    def __init__(self) -> None:
        self.reads: set[str] = set()
        self.bound: set[str] = set()

    def follow(self, node: ast.AST) -> None:
        match node:
            case ast.AugAssign(target=ast.Name(id=name)):
                self.reads |= {name} - self.bound
                self._plain(node)
            case ast.Delete():
                self.reads |= stores(node) - self.bound
                self._plain(node)
                self.bound -= stores(node)
            case ast.If():
                self._read(node.test)
                self._both(node.body, node.orelse)
            case ast.For() | ast.AsyncFor():
                self._read(node.iter)
                self._maybe([node.target, *node.body])
                self._maybe(node.orelse)
            case ast.While():
                self._read(node.test)
                self._maybe(node.body)
                self._maybe(node.orelse)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    self._read(item)
                    self.bound |= stores(item)
                # A context manager may swallow what its body raised.
                (self._maybe if _swallows(node) else self._all)(node.body)
            case ast.Try():
                self._maybe(node.body)
                for handler in node.handlers:
                    self._maybe([*filter(None, [handler.type]), *handler.body], handler.name)
                self._maybe(node.orelse)
                self._all(node.finalbody)
            case ast.Match():
                self._read(node.subject)
                for case in node.cases:
                    self._maybe([case.pattern, *filter(None, [case.guard]), *case.body])
            case _:
                self._plain(node)

    def _plain(self, node: ast.AST) -> None:
        self._read(node)
        self.bound |= stores(node) - _conditional(node)

    def _read(self, node: ast.AST) -> None:
        self.reads |= loads(node) - self.bound

    def _all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.follow(node)

    def _maybe(self, nodes: Iterable[ast.AST], name: str | None = None) -> None:
        """Follow what may not run, or not to its end."""
        before = set(self.bound)
        self.bound |= {name} if name else set()
        self._all(nodes)
        self.bound = before

    def _both(self, body: Iterable[ast.AST], orelse: Iterable[ast.AST]) -> None:
        before = set(self.bound)
        self._all(body)
        first, self.bound = self.bound, before
        self._all(orelse)
        self.bound = first & self.bound


def _swallows(node: ast.With | ast.AsyncWith) -> bool:
    return any(name in ast.unparse(item) for item in node.items for name in ("suppress", "raises"))


def _conditional(node: ast.AST) -> frozenset[str]:
    """Names that `:=` binds, perhaps."""
    named = (part for part in ast.walk(node) if isinstance(part, ast.NamedExpr))
    return frozenset().union(*(stores(part.target) for part in named))


def loads(node: object) -> frozenset[str]:
    """Names that `node` reads from outside, also when a function in it is called."""
    if not isinstance(node, ast.AST):
        return frozenset()
    if isinstance(node, ast.Name):
        return frozenset({node.id} if isinstance(node.ctx, ast.Load) else ())
    inner = frozenset[str]().union(*map(loads, ast.iter_child_nodes(node)))
    if isinstance(node, ast.Global):
        return frozenset(node.names)
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


def _declared(body: Iterable[ast.stmt]) -> frozenset[str]:
    """Names that a function's body says are not its own."""
    parts = (part for statement in body for part in ast.walk(statement))
    found = (part.names for part in parts if isinstance(part, ast.Global | ast.Nonlocal))
    return frozenset(name for names in found for name in names)


def _declared_global(tree: ast.AST) -> frozenset[str]:
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
        case ast.Lambda():
            return frozenset()
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            # `:=` inside binds outside.
            named = (part for part in ast.walk(node) if isinstance(part, ast.NamedExpr))
            return stores_in(part.target for part in named)
        case ast.AST():
            return stores_in(ast.iter_child_nodes(node))
    return frozenset()


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
            case ast.Constant(value="__main__"):
                return not _guards_main(tree)
    return False


def _guards_main(tree: ast.AST) -> bool:
    """Whether `"__main__"` is only compared with, as in figure scripts."""
    said = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and n.value == "__main__"]
    compared = [n for n in ast.walk(tree) if isinstance(n, ast.Compare) and len(n.comparators) == 1]
    return len(said) == sum(n.comparators[0] in said for n in compared)


def _simple(statement: ast.stmt) -> bool:
    """Whether what it stores on is seen by itself: a definition, or a setting of its own."""
    kinds = ast.Expr | ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete
    return isinstance(statement, kinds | DEFINITIONS)


def _statement(code: str, node: ast.stmt, **more: object) -> Statement:
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    lines = code.splitlines()[first - 1 : node.end_lineno]
    text = "\n" * (first - 1) + "\n".join(lines)
    return Statement(text, first, _reads_now(node), **more)  # type: ignore[arg-type]


def _definitions(code: str, body: Iterable[ast.stmt]) -> dict[str, Statement]:
    """The last statement that binds each name, where it only defines or renames."""
    found: dict[str, Statement] = {}
    for node in body:
        names = stores(node)
        if isinstance(node, DEFINITIONS) or _renames(node):
            alone = code.splitlines()[node.lineno - 1].strip().startswith(ast.unparse(node)[:6])
            if alone and ";" not in code.splitlines()[(node.end_lineno or 1) - 1]:
                found |= dict.fromkeys(
                    names, _statement(code, node, patched=_patched(node), outline=outline(node))
                )
                continue
        for name in names:
            found.pop(name, None)
    return found


def outline(node: ast.AST) -> str | None:
    """Defaults of a function, or functions and constants of a class, from the text.

    As `observe` tells it from the object. None where the text does not tell.
    """
    try:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                named = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
                pairs = sorted([a.arg, ast.literal_eval(d)] for a, d in named if d is not None)
                return repr((list(map(ast.literal_eval, node.args.defaults)), pairs))
            case ast.ClassDef():
                return "\n".join(sorted(filter(None, map(_line, node.body))))
    except ValueError:
        return None
    return ""


def _line(node: ast.stmt) -> str:
    """One line of a class's outline. Raises ValueError where the text does not tell."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            inner = outline(node)
            if inner is None:
                raise ValueError(name)
            return f"{name}: {inner}"
        case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.AnnAssign(value=None):
            return ""
        case ast.AnnAssign(value=ast.Call(func=ast.Name("field"))):
            return ""
        case ast.Assign(targets=[ast.Name(name)], value=value):
            return f"{name} = {ast.literal_eval(value)!r}"
        case ast.AnnAssign(target=ast.Name(name), value=ast.expr() as value):
            return f"{name} = {ast.literal_eval(value)!r}"
    raise ValueError(ast.dump(node))


def _renames(node: ast.stmt) -> bool:
    """Whether it is `x = a.b.c`."""
    match node:
        case ast.Assign(targets=[ast.Name()], value=value):
            return _is_path(value)
    return False


def _is_path(node: ast.AST) -> bool:
    """Whether it is `a.b.c`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _reads_now(node: ast.AST) -> frozenset[str]:
    """What a definition reads when it runs: decorators, defaults, hints, bases, class bodies."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            parts = [*node.decorator_list, *node.args.defaults, *node.args.kw_defaults]
            hints = [a.annotation for a in ast.walk(node.args) if isinstance(a, ast.arg)]
            return frozenset().union(*map(loads, [*parts, *hints, node.returns]))
        case ast.ClassDef():
            inner = [_reads_now(part) for part in node.body]
            outer = [*node.decorator_list, *node.bases, *(k.value for k in node.keywords)]
            return frozenset().union(*map(loads, outer), *inner)
    return loads(node)


def _settings(code: str, body: Iterable[ast.stmt]) -> Iterable[Statement]:
    """Calls whose value is dropped, and stores on attributes and items, at the top level."""
    for node in body:
        match node:
            case ast.Expr(value=ast.Call(func=func, args=arguments)):
                name = getattr(func, "id", "")
                if name in ("setattr", "delattr") and arguments:
                    func = arguments[0]
                yield _statement(code, node, root=_root(func), verb=getattr(func, "attr", name))
            case ast.Assign() | ast.AugAssign() | ast.AnnAssign() | ast.Delete():
                for part in _stored_on(node):
                    yield _statement(code, node, root=_root(part))


def _stored_on(node: ast.AST) -> list[ast.AST]:
    kinds = ast.Attribute | ast.Subscript
    parts = [part for part in ast.walk(node) if isinstance(part, kinds)]
    return [part for part in parts if not isinstance(part.ctx, ast.Load)]


def _patched(node: ast.AST) -> frozenset[str]:
    """Names on whose attributes or items something in `node` stores."""
    found = {_root(part) for part in _stored_on(node)}
    for part in ast.walk(node):
        match part:
            case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[first, *_]):
                found.add(_root(first))
    return frozenset(found & loads(node))


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
