"""Whether what code imports is installed, told without importing it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.util import find_spec

from proofdeck.config import Config
from proofdeck.names import tree_of


def not_installed(code: str, config: Config) -> tuple[str, int] | None:
    """The first module that `code` imports and that cannot be found, and the line of the import.

    The course's own modules are looked into; what they or `code` import in a `try`, or what they
    import in a function, may be absent.
    """
    folders = [config.root / folder for folder in config.local_path]
    seen: set[str] = set()

    def search(name: str) -> str:
        if name in seen:
            return ""
        seen.add(name)
        files = (folder / f"{name}.py" for folder in folders)
        file = next((file for file in files if file.is_file()), None)
        if file:
            text = file.read_text("utf-8", "replace")
            inner = (search(each) for each, _ in _imports(tree_of(text).body))
            return next(filter(None, inner), "")
        is_folder = any((folder / name).is_dir() for folder in folders)
        return "" if is_folder or _is_found(name) else name

    for name, line in _imports(tree_of(code).body):
        if module := search(name):
            return module, line
    return None


def _imports(statements: list[ast.stmt]) -> Iterator[tuple[str, int]]:
    """Top-level names of the modules that running these surely imports, with their lines."""
    for statement in statements:
        match statement:
            case ast.Import(names=names):
                yield from ((each.name.split(".")[0], statement.lineno) for each in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.split(".")[0], statement.lineno
            case ast.With(body=body):
                yield from _imports(body)


def _is_found(name: str) -> bool:
    if name in sys.modules:
        return True
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False
