"""Mutations: the same code with one thing changed in its meaning.

A claim guards a lecture if it no longer holds when the lecture's code means something else.
Everything else stays as it is written: only the text of the changed node is replaced.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from proofdeck import flips, operators
from proofdeck.drawing import drawn
from proofdeck.names import tree_of
from proofdeck.scope import stores

OPERATORS: tuple[operators.Operator, ...] = (
    operators.swap_module_name,
    operators.swap_word,
    operators.drop_step,
    operators.drop_clipping,
    operators.drop_skip,
    operators.drop_layer,
    flips.flip_comparison,
    flips.flip_sign,
    flips.flip_range,
    flips.drop_reduction,
)

LEFT_OUT = (ast.Import, ast.ImportFrom, ast.Raise, ast.Assert, ast.JoinedStr)
"""Imports change nothing by themselves; errors and texts are for people."""

TEXT_ARGUMENTS = frozenset({"label", "title", "name", "color", "linestyle", "style"})

PROBE_STATEMENT = "raise AssertionError"
PROBE = "(_ for _ in ()).throw(AssertionError())"

LONGEST = 60
"""Characters of a piece of code in a description."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change to a source text."""

    line: int
    """Where it is, from 1."""
    description: str
    """What became what: `nn.ReLU()` → `nn.Sigmoid()`."""
    code: str
    """The whole text with the change."""
    probe: str
    """The whole text with an error in the same place: raises nothing where that never runs."""
    names: frozenset[str] = frozenset()
    """What the statement at the top level that it is in binds: a function, class or variable."""


def mutations(code: str) -> tuple[Mutation, ...]:
    """All mutations of `code`, in the order of its lines; none for what Python cannot parse."""
    tree = tree_of(code)
    skipped = frozenset[ast.AST](drawn(tree))
    found: dict[str, Mutation] = {}
    for statement in tree.body:
        for node, parent in _sites(statement, tree, skipped):
            for operator in OPERATORS:
                for edit in operator(node, parent):
                    mutation = _mutation(code, edit, stores(statement))
                    if _differs(mutation.code, tree):
                        found.setdefault(mutation.code, mutation)
    return tuple(sorted(found.values(), key=lambda m: m.line))


def _sites(
    node: ast.AST, parent: ast.AST, skipped: frozenset[ast.AST]
) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Each node whose meaning counts, and its parent."""
    if node in skipped or isinstance(node, LEFT_OUT) or _is_docstring(node):
        return
    if isinstance(node, ast.keyword) and node.arg in TEXT_ARGUMENTS:
        return
    yield node, parent
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _sites(child, node, skipped)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _mutation(code: str, edit: operators.Edit, names: frozenset[str]) -> Mutation:
    old = ast.get_source_segment(code, edit.node) or ""
    if edit.part:
        what = f"without `{_short(ast.unparse(edit.part))}`"
    elif edit.new is None:
        what = f"without `{_short(old)}`"
    else:
        what = " → ".join(f"`{_short(text)}`" for text in _apart(old, ast.unparse(edit.new)))
    text = "pass" if edit.new is None else ast.unparse(edit.new)
    if isinstance(edit.new, ast.BinOp | ast.Compare | ast.UnaryOp | ast.BoolOp | ast.IfExp):
        text = f"({text})"
    probe = PROBE_STATEMENT if isinstance(edit.node, ast.stmt) else PROBE
    changed, probed = _spliced(code, edit.node, text), _spliced(code, edit.node, probe)
    return Mutation(_line(edit.part or edit.node), what, changed, probed, names)


def _apart(old: str, new: str) -> tuple[str, str]:
    """Both texts, from shortly before they differ where they are long."""
    old, new = " ".join(old.split()), " ".join(new.split())
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    common = same - 12
    if len(old) <= LONGEST or common <= 0:
        return old, new
    return f"…{old[common:]}", f"…{new[common:]}"


def _line(node: ast.AST) -> int:
    line = getattr(node, "lineno", 1)
    assert isinstance(line, int)
    return line


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _spliced(code: str, node: ast.AST, text: str) -> str:
    """`code` with a text where the node was; columns are counted in bytes of UTF-8."""
    assert isinstance(node, ast.expr | ast.stmt)
    assert node.end_lineno is not None and node.end_col_offset is not None
    lines = code.encode().split(b"\n")
    before = [*lines[: node.lineno - 1], lines[node.lineno - 1][: node.col_offset]]
    after = [lines[node.end_lineno - 1][node.end_col_offset :], *lines[node.end_lineno :]]
    return (b"\n".join(before) + text.encode() + b"\n".join(after)).decode()


def _differs(code: str, tree: ast.Module) -> bool:
    """Whether `code` is Python, and means something else than `tree`."""
    changed = tree_of(code)
    return bool(changed.body) and ast.dump(changed) != ast.dump(tree)
