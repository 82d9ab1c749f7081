"""A check evaluated once, with the values of its sub-expressions, as pytest does for an assert."""

from __future__ import annotations

import ast
import re
from types import ModuleType, SimpleNamespace
from typing import Any

NOTED = (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.BinOp, ast.Compare, ast.UnaryOp)
SCOPED = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
LONGEST = 80
"""Characters of a value in a report."""

ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def evaluate(code: str, namespace: dict[str, Any]) -> tuple[Any, tuple[tuple[str, str], ...]]:
    """The value of `code`, and what each part of it was: source and text, the innermost first.

    Raises what the expression raises.
    """
    tree = ast.parse(code, mode="eval")
    noting = _Noting(code)
    body = noting.visit(tree.body)
    noted: dict[str, str] = {}

    def note(source: str, value: Any) -> Any:
        if not callable(value) and not isinstance(value, ModuleType | SimpleNamespace):
            noted[source] = show(value)
        return value

    compiled = compile(ast.fix_missing_locations(ast.Expression(body)), "<check>", "eval")
    value = eval(compiled, namespace, {"__note__": note})
    noted.pop(code.strip(), None)
    return value, tuple(noted.items())


class _Noting(ast.NodeTransformer):
    """Wraps every part that has a value; comprehensions, with their own scopes, as a whole."""

    def __init__(self, code: str) -> None:
        self.code = code

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, SCOPED):
            return node
        if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
            return node  # -1 needs no explanation
        source = ast.get_source_segment(self.code, node) if isinstance(node, NOTED) else None
        visited = self.generic_visit(node)
        if source is None or not isinstance(visited, ast.expr):
            return visited
        if not isinstance(getattr(visited, "ctx", ast.Load()), ast.Load):
            return visited
        note = ast.Name("__note__", ast.Load())
        return ast.copy_location(ast.Call(note, [ast.Constant(source), visited], []), visited)


def show(value: Any) -> str:
    """A short text of a value, the same on every machine."""
    try:
        if getattr(value, "shape", None) == () and hasattr(value, "item"):
            value = value.item()  # a scalar of NumPy's or PyTorch's, as the number that it is
        text = f"{value:.6g}" if isinstance(value, float) else repr(value)
    except Exception:  # a `__repr__` that raises
        text = f"<{type(value).__name__}>"
    text = ADDRESS.sub("", " ".join(text.split()))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
