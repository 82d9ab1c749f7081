"""What statements read before they themselves surely bind it."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from proofdeck.scope import loads, reads_now, stores

BLOCKS = (
    ast.If
    | ast.For
    | ast.AsyncFor
    | ast.While
    | ast.With
    | ast.AsyncWith
    | ast.Try
    | ast.TryStar
    | ast.Match
)

LETS_THROUGH = frozenset(
    "open no_grad enable_grad inference_mode set_grad_enabled GradientTape stop_recording autocast "
    "device catch_warnings errstate printoptions local_context rc_context context style_context "
    "option_context localcontext TemporaryDirectory NamedTemporaryFile ZipFile File Pool "
    "ThreadPoolExecutor ProcessPoolExecutor redirect_stdout redirect_stderr closing profile "
    "name_scope scope custom_object_scope warns Session connect patch object Lock".split()
)
"""Last names of context managers that let through what is raised inside."""


class Flow:
    """Follows statements in the order in which they run; knows what is surely bound."""

    def __init__(self) -> None:
        self.inside: dict[str, frozenset[str]] = {}
        """What functions read when they are called, by their names."""
        self.reads: set[str] = set()
        self.bound: set[str] = set()
        self.used: set[str] = set()
        """Names that were read, bound or not."""
        self.imported: set[str] = set()
        """Names whose last binding is an import."""

    def follow(self, node: ast.AST) -> None:
        """Take in one more statement."""
        match node:
            case ast.FunctionDef(decorator_list=[]):
                outside = reads_now(node)
                self._take(outside)
                # What it calls may read more; and a definition in a branch may not be the one.
                surely = self.bound - self.inside.keys()
                more = self.inside.get(node.name, frozenset())
                self.inside[node.name] = (loads(node) - outside - surely) | more
                self.bound.add(node.name)
                self.imported.discard(node.name)
                if node.name in self.used:  # by a class above, whose methods call it
                    self._take(self.inside[node.name])
            case ast.AugAssign(target=ast.Name(id=name)):
                self._take(frozenset({name}))
                self._plain(node)
            case ast.Delete():
                self._take(stores(node))
                self.reads |= stores(node)  # what is not read is there again afterwards
                self._plain(node)
                self.bound -= stores(node)
            case ast.stmt() if isinstance(node, BLOCKS):
                self._block(node)
            case _:
                self._plain(node)

    def _block(self, node: ast.AST) -> None:
        """Take in a statement with others inside."""
        match node:
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
                (self._maybe if self._swallows(node) else self._all)(node.body)
            case ast.Try() | ast.TryStar():
                self._maybe(node.body)
                for handler in node.handlers:
                    self.reads |= {handler.name} if handler.name else set()  # it is deleted
                    self._maybe([*filter(None, [handler.type]), *handler.body], handler.name)
                self._maybe(node.orelse)
                self._all(node.finalbody)
            case ast.Match():
                self._read(node.subject)
                for case in node.cases:
                    self._maybe([case.pattern, *filter(None, [case.guard]), *case.body])

    def _plain(self, node: ast.AST) -> None:
        self._read(node)
        self.bound |= stores(node) - _conditional(node)
        if isinstance(node, ast.Import | ast.ImportFrom):
            self.imported |= stores(node)
        else:
            self.imported -= stores(node)

    def _read(self, node: ast.AST) -> None:
        self._take(loads(node))

    def _take(self, names: frozenset[str]) -> None:
        """Take in names that are read, and what functions called so read."""
        waiting, called = [names], set[str]()
        while waiting:
            names = waiting.pop()
            self.reads |= names - self.bound
            self.used |= names
            new = (names & self.inside.keys()) - called
            called |= new
            waiting += [self.inside[name] for name in new]

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

    def _swallows(self, node: ast.With | ast.AsyncWith) -> bool:
        """Whether one of its managers may keep what is raised inside to itself."""
        return not all(self._lets_through(item.context_expr) for item in node.items)

    def _lets_through(self, manager: ast.expr) -> bool:
        """Whether it is a library's that does, as `torch.no_grad()`."""
        match manager.func if isinstance(manager, ast.Call) else manager:
            case ast.Attribute(attr=name):
                return name in LETS_THROUGH
            case ast.Name(id="open"):
                return "open" not in self.bound - self.imported
            case ast.Name(id=name):  # elsewhere, a function of the lecture may be called so
                return name in LETS_THROUGH and name in self.imported
        return False


def _conditional(node: ast.AST) -> frozenset[str]:
    """Names that `:=` binds, perhaps."""
    named = (part for part in ast.walk(node) if isinstance(part, ast.NamedExpr))
    return frozenset().union(*(stores(part.target) for part in named))
