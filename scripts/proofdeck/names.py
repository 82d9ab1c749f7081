"""What a snippet's text binds, reads and imports, from its syntax tree alone."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Sequence
from pathlib import Path


def tree_of(code: str) -> ast.Module:
    """The syntax tree; an empty one for code with magics that Python cannot parse."""
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def binds(code: str) -> frozenset[str]:
    """Names that running `code` gives a value at the top level of the lecture."""
    found: set[str] = set()
    for node in ast.walk(tree_of(code)):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name):
                found.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found.update((alias.asname or alias.name).split(".")[0] for alias in names)
    return frozenset(found)


def reads(code: str) -> frozenset[str]:
    """Names that `code` may read, also inside its functions."""
    return frozenset(
        node.id
        for node in ast.walk(tree_of(code))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )


def needed(code: str) -> frozenset[str]:
    """Names that must have a value before `code` runs: read before the code itself binds them."""
    found: set[str] = set()
    bound: set[str] = set()
    for statement in tree_of(code).body:
        text = ast.unparse(statement)
        inner = _inner_targets(statement)
        if hasattr(statement, "body"):  # a loop's target, what a function binds for itself
            inner |= binds(text)
        augmented = statement.target if isinstance(statement, ast.AugAssign) else None
        found |= reads(text) - inner - bound
        if isinstance(augmented, ast.Name):
            found |= {augmented.id} - bound
        bound |= binds(text)
    return frozenset(found)


def _inner_targets(statement: ast.stmt) -> set[str]:
    """Names that comprehensions and lambdas of a statement bind for themselves."""
    found: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.comprehension):
            found |= {n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)}
        elif isinstance(node, ast.arg):
            found.add(node.arg)
    return found


def imports(code: str) -> frozenset[str]:
    """Top-level names of the modules that `code` imports."""
    found: set[str] = set()
    for node in ast.walk(tree_of(code)):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return frozenset(found)


def all_imports(codes: list[str], folders: list[Path]) -> frozenset[str]:
    """What `codes` import, also through modules that lie in `folders`."""
    found: set[str] = set()
    waiting = list(codes)
    while waiting:
        for name in imports(waiting.pop()) - found:
            found.add(name)
            for folder in folders:
                file = folder / f"{name}.py"
                if file.is_file():
                    waiting.append(file.read_text("utf-8", "replace"))
    return frozenset(found)


def definitions(code: str) -> list[str]:
    """The import, function and class statements of `code`, as they are written."""
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    lines = code.splitlines()
    parts = []
    for node in tree_of(code).body:
        if isinstance(node, kinds):
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(d.lineno for d in decorators)])
            parts.append("\n".join(lines[first - 1 : node.end_lineno]))
    return parts


def prelude(codes: Sequence[str], wanted: frozenset[str]) -> str:
    """The definitions in `codes` that `wanted` names need, and what those need in turn."""
    parts = [part for code in codes for part in definitions(code)]
    chosen: set[int] = set()
    while True:
        new = {n for n, part in enumerate(parts) if n not in chosen and binds(part) & wanted}
        if not new:
            return "\n".join(parts[n] for n in sorted(chosen))
        chosen |= new
        wanted |= frozenset[str]().union(*(reads(parts[n]) for n in new))


def defined(codes: Sequence[str]) -> frozenset[str]:
    """Names of the modules, functions and classes that `codes` import or define."""
    found: set[str] = set()
    for node in (node for code in codes for node in tree_of(code).body):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name):
                found.add(name)
    return frozenset(found).union(*map(_imported, codes))


def _imported(code: str) -> frozenset[str]:
    nodes = [node for node in tree_of(code).body if isinstance(node, ast.Import | ast.ImportFrom)]
    aliases = [alias for node in nodes for alias in node.names]
    return frozenset((alias.asname or alias.name).split(".")[0] for alias in aliases)


def changes(code: str, fixed: frozenset[str]) -> frozenset[str]:
    """Names of `fixed` that `code` may give another state or meaning.

    The names are those of modules, functions and classes: a module's setting, a class's attribute,
    a function that is bound anew. Seeds are set before every snippet, so they do not count.
    """
    found: set[str] = set()
    for node in ast.walk(tree_of(code)):
        match node:
            case ast.Expr(value=ast.Call(func=func)) if getattr(func, "attr", "") not in SEEDS:
                found.add(_root(func))
            case ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()):
                found.add(_root(node))
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
    return frozenset(found & fixed - DRAWING)


DRAWING = frozenset({"plt", "display", "matplotlib", "print", "sns"})
"""Names whose calls change no value that a claim reads."""


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def needs(codes: Sequence[str], question: str) -> frozenset[int]:
    """Positions of the snippets among `codes` that `question`, asked after them, needs.

    All that mention a value which it needs are needed, since they may change it; a function, class
    or module is needed from where it is defined, and mentioning it changes nothing.
    """
    fixed = defined(codes)
    wanted = set(reads(question))
    chosen: set[int] = {n for n, code in enumerate(codes) if changes(code, fixed)}
    # Two snippets that both say `range` have nothing to do with each other.
    fixed |= frozenset(dir(builtins)) - frozenset[str]().union(*map(binds, codes))
    for number in chosen:
        wanted |= _used(codes[number])
    while True:
        new = {
            n
            for n, code in enumerate(codes)
            if n not in chosen and (binds(code) & wanted or (reads(code) - fixed) & wanted - fixed)
        }
        if not new:
            return frozenset(chosen)
        chosen |= new
        for number in new:
            wanted |= _used(codes[number])


def _used(code: str) -> frozenset[str]:
    """Names whose state `code` needs or makes; it imports again what it imports itself."""
    return (reads(code) | binds(code)) - _imported(code)


SEEDS = frozenset({"seed", "manual_seed", "set_seed", "set_random_seed"})


def sets_seed(code: str) -> bool:
    """Whether `code` seeds a global random generator itself, as in `torch.manual_seed(0)`."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in SEEDS
        for node in ast.walk(tree_of(code))
    )
