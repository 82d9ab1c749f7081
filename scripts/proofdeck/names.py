"""What a snippet's text binds, reads and imports, from its syntax tree alone."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path


@lru_cache(maxsize=1000)  # of mutants and previews there is no end
def tree_of(code: str) -> ast.Module:
    """The syntax tree, to be read only; an empty one for code that Python cannot parse."""
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


@cache
def imports(code: str) -> frozenset[str]:
    """Top-level names of the modules that `code` imports."""
    found: set[str] = set()
    for node in ast.walk(tree_of(code)):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return frozenset(found)


@cache
def origins(code: str) -> Mapping[str, str]:
    """What the names mean that `code` imports, in full: `{"nn": "torch.nn"}`.

    For `import a.b` that is of `a`, and of `a.b` itself.
    """
    found: dict[str, str] = {}
    for node in ast.walk(tree_of(code)):
        if isinstance(node, ast.Import):
            found |= {alias.asname or alias.name: alias.name for alias in node.names}
            plain = (alias.name.split(".")[0] for alias in node.names if not alias.asname)
            found |= {name: name for name in plain}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return found


def all_imports(codes: Iterable[str], folders: Sequence[Path]) -> frozenset[str]:
    """What `codes` import, also through modules that lie in `folders`."""
    found = frozenset[str]().union(*map(imports, codes))
    files = local_modules(found, folders)
    return found.union(*(imports(file.read_text("utf-8", "replace")) for file in files))


def local_modules(names: Iterable[str], folders: Sequence[Path]) -> list[Path]:
    """Files in `folders` of the modules called `names`, and of those that these import."""
    found: dict[Path, None] = {}
    seen: set[str] = set()
    waiting = sorted(names)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for file in _files_of(name, folders):
            found[file] = None
            waiting += sorted(imports(file.read_text("utf-8", "replace")))
    return sorted(found)


def _files_of(module: str, folders: Sequence[Path]) -> list[Path]:
    """The file of a module in one of `folders`, or all of a package."""
    for folder in folders:
        if files := sorted((folder / module).rglob("*.py")):
            return files
        if (folder / f"{module}.py").is_file():
            return [folder / f"{module}.py"]
    return []


SEEDS = frozenset({"seed", "manual_seed", "set_seed", "set_random_seed"})


def sets_seed(code: str) -> bool:
    """Whether `code` seeds a global random generator itself, as in `torch.manual_seed(0)`."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in SEEDS
        for node in ast.walk(tree_of(code))
    )
