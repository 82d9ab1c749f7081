"""What code changes in modules other than by a statement of its own, told from its syntax tree.

Nothing shows that a function or a loop set something in a module, so that it is told from how what
it calls is named, and from what it stores on. Whether a name is a module's, the caller knows.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from proofdeck.scope import loads

DRAWING = frozenset({"plt", "display", "matplotlib", "print", "sns", "time", "gc"})
"""Names whose calls change no setting unseen: Matplotlib's settings are observed."""

SEEDS = frozenset({"seed", "manual_seed", "set_seed", "set_random_seed"})
"""Calls that only set what is set again before each snippet."""

SETTING_VERBS = tuple(
    "set use register enable disable config option reset init add basic signal "
    "field_size_limit".split()
)
"""How calls begin that set something for all, such as `font_manager.fontManager.addfont(…)`."""

UNSEEN_VERBS = ("register", "unregister")
"""How those of `DRAWING` begin that are not observed: `plt.colormaps.register(…)`."""

OBSERVED = frozenset({"os.environ", "plt.rcParams", "mpl.rcParams", "matplotlib.rcParams"})
"""What is seen to change, so that nothing need be guessed."""

FILTERS = frozenset({"filterwarnings", "simplefilter"})
SET_THEORY = frozenset({"setdiff1d", "setxor1d"})
CHANGES = frozenset("append extend insert update pop remove clear setdefault".split())
"""Calls that change the list or dict that a module holds."""

MOCKS = frozenset({"patch", "mock", "unittest"})
"""What calls that replace a part of a module begin with; undone only at the end of a `with`."""

NAMED = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

UNTOLD = "?"
"""Stands for a module or class that the text does not tell."""

OF_FILES = frozenset({"os", "shutil", "subprocess"})
"""Modules whose calls change files, which must not happen again; what they set is observed."""

SETS = re.compile(rf"\.({'|'.join([*SETTING_VERBS, *FILTERS])})\w*\(|(\.\w+|\])\s*=[^=]")
"""What may set something, in such code."""


def patched(node: ast.AST) -> frozenset[str]:
    """Names on whose attributes or items something in `node` stores, or that it has set them."""
    found = set()
    undone = {call for part in ast.walk(node) if _undoes(part) for call in ast.walk(part)}
    defined = {part.name for part in ast.walk(node) if isinstance(part, NAMED)}
    for part in ast.walk(node):
        match part:
            case ast.Attribute(ctx=ast.Store() | ast.Del()):
                found.add(root_of(part))
            case ast.Subscript(ctx=ast.Store() | ast.Del(), value=value):
                found.add("" if ast.unparse(value) in OBSERVED else root_of(value))
            case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[first, *_]):
                found.add(root_of(first))
            case ast.Call(
                func=ast.Name(id="getattr"), args=[first, ast.Constant(value=str(verb)), *_]
            ) if _sets(verb, first):
                found.add(root_of(first))
            case ast.Global():  # nothing shows that it was made again with the same outline
                found |= defined & set(part.names)
            case ast.Call(func=ast.Attribute(attr=verb, value=value)) if _sets(verb, value):
                found.add("" if verb in FILTERS and part in undone else root_of(value))
            case ast.Call(func=func) if root_of(func) in MOCKS and part not in undone:
                found.add(root_of(func))
        if isinstance(part, ast.Call):
            found |= _handed(part)
    return frozenset(found & {*loads(node), UNTOLD}) if found else frozenset()


def patched_at_once(body: Iterable[ast.stmt]) -> frozenset[str]:
    """Names that a snippet so changes other than by `settings`: in loops, by functions it calls."""
    body = list(body)
    found: set[str] = set()
    for node in body:
        match node:
            case ast.Expr(value=ast.Call(func=func, args=arguments, keywords=keywords)):
                parts: list[ast.AST] = [*arguments, *keywords, getattr(func, "value", func)]
            case ast.Assign(value=value) | ast.AugAssign(value=value):
                parts = [value]
            case ast.AnnAssign(value=ast.expr() as value):
                parts = [value]
            case ast.Delete():
                parts = []
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                others = [other for other in body if other is not node]
                parts = [node] if any(node.name in loads(other) for other in others) else []
            case _:
                parts = [node]
        found = found.union(*map(patched, parts), _handed(node))
    return frozenset(found)


def _handed(node: ast.AST) -> set[str]:
    """What the setters are of that a call is given, as in `apply(calendar.setfirstweekday, 6)`."""
    call = node.value if isinstance(node, ast.Expr) else node
    if not isinstance(call, ast.Call):
        return set()
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    parts = [each for each in given if isinstance(each, ast.Attribute)]
    parts = [each for each in parts if each.attr not in ("add", "set")]  # `reduce(np.add, rows)`
    return {root_of(each) for each in parts if _sets(each.attr, each.value)}


def _undoes(node: ast.AST) -> bool:
    """Whether it takes filters of warnings or what is mocked back at its end."""
    return isinstance(node, ast.With) and any(
        "catch_warnings" in ast.unparse(item) or root_of(item.context_expr) in MOCKS
        for item in node.items
    )


def _sets(verb: str, value: ast.AST) -> bool:
    """Whether the call `value.verb(…)` sets something for all, should `value` be a module's."""
    if is_vars(value):
        return verb in CHANGES
    if not is_path(value) or verb in SEEDS | SET_THEORY:
        return False
    if root_of(value) in DRAWING:
        return verb.startswith(SETTING_VERBS if isinstance(value, ast.Attribute) else UNSEEN_VERBS)
    if ast.unparse(value) in OBSERVED:
        return False
    on_part = isinstance(value, ast.Attribute) and verb in CHANGES  # unlike `np.append(a, 1)`
    return on_part or verb.startswith(SETTING_VERBS) or verb in FILTERS


def is_path(node: ast.AST) -> bool:
    """Whether it is `a.b.c`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def is_vars(node: ast.AST) -> bool:
    """Whether it is `vars(…)`, which changes what it is of."""
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "vars"


def root_of(node: ast.AST) -> str:
    """The name that `a.b[0].c().d` begins with; `UNTOLD` of the class of anything but `self`."""
    while True:
        match node:
            case ast.Call(func=ast.Name(id="vars"), args=[inner]):
                node = inner
            case ast.Call(func=ast.Name(id="type"), args=[inner]):
                return "" if root_of(inner) == "self" else UNTOLD
            case ast.Attribute(attr="__class__", value=inner):
                return "" if root_of(inner) == "self" else UNTOLD
            case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Call(func=inner):
                node = inner
            case ast.NamedExpr(target=inner):
                node = inner
            case _:
                return node.id if isinstance(node, ast.Name) else ""
