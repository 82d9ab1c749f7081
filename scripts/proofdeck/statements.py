"""Statements of a snippet that can run again by themselves: definitions and settings."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace

from proofdeck.opaque import handed_on, is_opaque
from proofdeck.scope import loads, reads_now, stores
from proofdeck.setters import CHANGES, is_path, is_vars, patched, root_of

DEFINITIONS = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

FUTURE = "from __future__"
"""In place of a verb: it sets how all that comes below is read."""

LOADS = "import"
"""In place of a verb: it loads what no name of its own shows, as `import sympy.stats` does."""

DEFINES = "def"
"""In place of a verb: a decorator, or the class that it is made from, may note what it defines."""

PACKAGES = (sys.stdlib_module_names - {"collections", "os"}) | {"sympy"}
"""Packages whose parts are not all known once the package is imported.

Those of others too, but to load these where nothing needs them takes long, and most of them look
for a part that is asked for.
"""

CHAINED = ("set", "add")
"""How calls begin that change what another call gives: `logging.getLogger().setLevel(40)`."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A top-level statement that can be run again by itself."""

    code: str
    """With the empty lines above that keep its line numbers."""
    line: int
    reads: frozenset[str]
    """Names that it needs when it runs, not those that its functions need when called."""
    binds: frozenset[str]
    """Names that it gives a value, or deletes."""
    root: str = ""
    """For what may be a setting: the name that its call or target starts with."""
    verb: str = ""
    """For a call that may be a setting: the last part of its name."""
    inner: bool = False
    """For such a call: whether it is of a part of `root`, as in `plt.cm.viridis.set_bad(…)`."""
    patched: frozenset[str] = frozenset()
    """Names, of modules perhaps, on whose attributes its functions store when called."""
    renamed: str = ""
    """For `x = a.b`: the name that it starts with."""
    opaque: bool = False
    """For a definition: whether what it defines may read more than its text says, when used."""
    outline: str | None = ""
    """For a definition: its constants, as they are when nothing changed them; None if unknown."""


def _statement(code: str, node: ast.stmt, **more: object) -> Statement:
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    lines = code.splitlines()[first - 1 : node.end_lineno]
    text = "\n" * (first - 1) + "\n".join(lines)
    return Statement(text, first, reads_now(node), stores(node), **more)  # type: ignore[arg-type]


def definitions(code: str, body: Iterable[ast.stmt]) -> dict[str, Statement]:
    """The last statement that binds each name, where it only defines or renames."""
    found: dict[str, Statement] = {}
    decorated: set[str] = set()
    bound: set[str] = set()
    for node in body:
        names = stores(node)
        again = names & decorated  # as overloads are: what the decorator did counts too
        decorated |= names if getattr(node, "decorator_list", None) else set()
        rebound, bound = names & bound, bound | names
        for name in [name for name, each in found.items() if each.reads & rebound]:
            del found[name]  # it was made of what the snippet then bound anew
        again |= rebound & reads_now(node)
        if (isinstance(node, DEFINITIONS) or _renames(node)) and not again and _alone(code, node):
            found |= _definition(code, node)
            continue
        for name in names:
            found.pop(name, None)
    return found


def _alone(code: str, node: ast.stmt) -> bool:
    """Whether it has its lines for itself."""
    lines = code.splitlines()
    begins = lines[node.lineno - 1].strip().startswith(ast.unparse(node)[:6])
    return begins and ";" not in lines[(node.end_lineno or 1) - 1]


def _definition(code: str, node: ast.stmt) -> dict[str, Statement]:
    """The statement, by each of the names that it binds."""
    statement = _statement(
        code,
        node,
        patched=patched(node),
        renamed=root_of(node.value) if isinstance(node, ast.Assign) else "",
        outline=outline(node),
        opaque=is_opaque(node, loads(node)),
    )
    handed = handed_on(node) if isinstance(node, ast.Import | ast.ImportFrom) else frozenset()
    return {
        name: replace(statement, opaque=True) if name in handed else statement
        for name in stores(node)
    }


def outline(node: ast.AST, within: str = "") -> str | None:
    """Name and defaults of a function, or functions and constants of a class, from the text.

    As `observe` tells it from the object. None where the text does not tell.
    """
    try:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                named = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
                pairs = sorted([a.arg, ast.literal_eval(d)] for a, d in named if d is not None)
                return repr((within + name, list(map(ast.literal_eval, node.args.defaults)), pairs))
            case ast.ClassDef(name=name):
                lines = (_line(part, f"{within}{name}.") for part in node.body)
                return "\n".join(sorted(filter(None, lines)))
    except ValueError:
        return None
    return ""


def _line(node: ast.stmt, within: str) -> str:
    """One line of a class's outline. Raises ValueError where the text does not tell."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            inner = outline(node, within)
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
            return is_path(value)
    return False


def settings(code: str, body: Iterable[ast.stmt]) -> Iterable[Statement]:
    """What may set something, at the top level.

    Calls whose value is dropped, decorators that register, and stores on attributes and items.
    """
    for node in body:
        match node:
            case ast.Expr(value=ast.Call(func=func, args=arguments)):
                verb = _verb(func)
                if verb in ("setattr", "delattr") and isinstance(func, ast.Name) and arguments:
                    func = arguments[0]
                    verb = getattr(func, "attr", verb)
                parts = ast.walk(func)
                chained = any(isinstance(p, ast.Call) and not is_vars(p) for p in parts)
                if verb.startswith(CHAINED) or verb in CHANGES or not chained:
                    inner = not chained and isinstance(getattr(func, "value", None), ast.Attribute)
                    yield _statement(code, node, root=root_of(func), verb=verb, inner=inner)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                for func in map(_called, node.decorator_list):
                    verb = _verb(func)
                    verb = verb if verb.startswith("register") else DEFINES
                    yield _statement(code, node, root=root_of(func), verb=verb)
                for base in getattr(node, "bases", ()):
                    yield _statement(code, node, root=root_of(base), verb=DEFINES)
            case ast.ImportFrom(module="__future__"):
                yield _statement(code, node, verb=FUTURE)
            case ast.Import() | ast.ImportFrom() if _loads_more(node):
                yield _statement(code, node, verb=LOADS)
            case ast.Assign() | ast.AugAssign() | ast.AnnAssign() | ast.Delete():
                for part in _stored_on(node):
                    yield _statement(code, node, root=root_of(part))


def _loads_more(node: ast.Import | ast.ImportFrom) -> bool:
    """Whether an import makes a part of a package known, or turns something on."""
    if isinstance(node, ast.Import):
        parts = [alias for alias in node.names if "." in alias.name]
        return any(not part.asname or _root(part.name) in PACKAGES for part in parts)
    if "." in (node.module or "") and _root(node.module or "") in PACKAGES and not node.level:
        return True
    return any(alias.name.startswith("enable_") for alias in node.names)


def _root(module: str) -> str:
    """The package that a module is in."""
    return module.partition(".")[0]


def _verb(func: ast.expr) -> str:
    """The last part of the name of what is called."""
    return str(getattr(func, "attr", getattr(func, "id", "")))


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _stored_on(node: ast.AST) -> list[ast.AST]:
    kinds = ast.Attribute | ast.Subscript
    parts = [part for part in ast.walk(node) if isinstance(part, kinds)]
    return [part for part in parts if not isinstance(part.ctx, ast.Load)]
