"""Code whose text does not tell all that it reads and changes: then everything above counts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

OPAQUE_NAMES = frozenset(
    "exec eval compile globals locals vars dir get_ipython In Out exit quit __import__ "
    "__annotations__".split()
)
OPAQUE_MODULES = frozenset({"cProfile", "doctest", "pdb", "timeit", "unittest"})
"""They run what they find in the lecture, or what a string says."""

OPAQUE_ATTRIBUTES = frozenset(
    "__subclasses__ __globals__ __dict__ __code__ f_globals f_locals get_objects get_referrers "
    "modules reload import_module main_ns user_ns settrace setprofile Unpickler "
    "getsizeof __sizeof__ bmat".split()
)
"""The last: what is loaded has another size than what was made; names may stand in a string."""

PARTS_OF = frozenset({"gc", "importlib", "numpy", "sys"})
"""Where some of these come from."""

PICKLES = frozenset({"pickle", "cloudpickle", "dill", "joblib"})
"""What they load may be of any class of the lecture."""

UNPICKLERS = frozenset({"load", "loads", "Unpickler"})
HARMLESS = frozenset({"default_timer", "mock"})
"""Of `OPAQUE_MODULES`."""

HISTORY = re.compile(r"_{1,3}|_\d+|_i+|_i\d+|_[iod]h")
"""IPython's names for what cells before gave."""


def is_opaque(tree: ast.AST, reads: Iterable[str]) -> bool:
    """Whether code, which `reads` these names, may read and change more than it says."""
    if any(HISTORY.fullmatch(name) or name in OPAQUE_NAMES for name in reads):
        return True
    handed = handed_on(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()) if name in handed:
                return True
            case ast.Attribute(attr=name) if name in OPAQUE_ATTRIBUTES:
                return True
            case ast.Name(id=name, ctx=ast.Load()) if name in OPAQUE_MODULES:
                return True
            case ast.ImportFrom(names=[ast.alias(name="*")]) | ast.ImportFrom(module="__main__"):
                return True
            case ast.Import(names=names) if any(each.name == "__main__" for each in names):
                return True
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if (
                name in PICKLES and attr in UNPICKLERS
            ):
                return True
            case ast.keyword(arg="weights_only", value=ast.Constant(value=False)):
                return True
            case ast.keyword(arg="allow_pickle", value=ast.Constant(value=True)):
                return True
            case ast.Constant(value="__main__"):
                return not _guards_main(tree)
            case ast.Constant(value=str(text)) if "__main__" in text:
                return True
    return False


def handed_on(tree: ast.AST) -> frozenset[str]:
    """Names that imports give to what is opaque where it is used: `pickle as p`, its `loads`."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                opaque = PICKLES | OPAQUE_MODULES
                found |= {each.asname for each in names if each.asname and each.name in opaque}
            case ast.ImportFrom(module=str(module), names=names, level=0):
                found |= {e.asname or e.name for e in names if _is_opaque_part(module, e.name)}
    return frozenset(found)


def _is_opaque_part(module: str, name: str) -> bool:
    root = module.partition(".")[0]
    if root in PICKLES:
        return name in UNPICKLERS
    if module in OPAQUE_MODULES:
        return name not in HARMLESS
    return root in PARTS_OF and name in OPAQUE_ATTRIBUTES


def _guards_main(tree: ast.AST) -> bool:
    """Whether `"__main__"` is only compared with, as in figure scripts."""
    said = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and n.value == "__main__"]
    compared = [n for n in ast.walk(tree) if isinstance(n, ast.Compare) and len(n.comparators) == 1]
    return len(said) == sum(n.comparators[0] in said for n in compared)
