"""What a snippet's text binds, reads and imports, from its syntax tree alone."""

from __future__ import annotations

import ast
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


SEEDS = frozenset({"seed", "manual_seed", "set_seed", "set_random_seed"})


def sets_seed(code: str) -> bool:
    """Whether `code` seeds a global random generator itself, as in `torch.manual_seed(0)`."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in SEEDS
        for node in ast.walk(tree_of(code))
    )
