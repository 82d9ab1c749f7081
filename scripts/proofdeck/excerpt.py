"""The part of a snippet that a slide has room for: `#| show: ResidualBlock.forward`."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable

from proofdeck.errors import ProofdeckError
from proofdeck.model import Snippet

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def excerpt(code: str, names: Iterable[str]) -> str:
    """The definitions or assignments of `names` in `code`, in their order, a blank line between.

    Raises KeyError with the first name that `code` does not define.
    """
    tree = ast.parse(code)
    lines = code.splitlines()
    return "\n\n".join(_source(lines, _find(tree, name)) for name in names)


def excerpt_of(snippet: Snippet, names: list[str]) -> str:
    """The excerpt that a snippet's `show` asks for.

    Raises ProofdeckError at the snippet where its code has no such name, or is not plain Python.
    """
    try:
        return excerpt(snippet.code, names)
    except SyntaxError:
        raise ProofdeckError(
            "`show` cannot be used with IPython's magics",
            "Move the magics into a snippet of their own.",
            snippet.place,
        ) from None
    except KeyError as missing:
        raise ProofdeckError(
            f"`show` names {missing.args[0]!r}, which the code does not define",
            f"It defines: {', '.join(defined(snippet.code))}.",
            snippet.place,
        ) from None


def defined(code: str) -> list[str]:
    """All that `excerpt` could show of `code`."""
    found: list[str] = []
    for node in ast.parse(code).body:
        found += _bound(node)
        if isinstance(node, ast.ClassDef):
            methods = [child for child in node.body if isinstance(child, Definition)]
            found += [f"{node.name}.{child.name}" for child in methods]
    return found


def _find(tree: ast.Module, name: str) -> ast.stmt:
    body: list[ast.stmt] = tree.body
    found: ast.stmt | None = None
    for part in name.split("."):
        found = next((node for node in body if part in _bound(node)), None)
        if found is None:
            raise KeyError(name)
        body = found.body if isinstance(found, Definition) else []
    if found is None:
        raise KeyError(name)
    return found


def _bound(node: ast.stmt) -> list[str]:
    if isinstance(node, Definition):
        return [node.name]
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [n for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)]
        return [n.id for n in names]
    return []


def _source(lines: list[str], node: ast.stmt) -> str:
    decorators = node.decorator_list if isinstance(node, Definition) else []
    first = min([node.lineno, *(d.lineno for d in decorators)])
    return textwrap.dedent("\n".join(lines[first - 1 : node.end_lineno]))
