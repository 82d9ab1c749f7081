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
    "modules reload import_module main_ns user_ns settrace setprofile Unpickler".split()
)
PICKLES = frozenset({"pickle", "cloudpickle", "dill", "joblib"})
"""What they load may be of any class of the lecture."""

HISTORY = re.compile(r"_{1,3}|_\d+|_i+|_i\d+|_[iod]h")
"""IPython's names for what cells before gave."""


def is_opaque(tree: ast.AST, reads: Iterable[str]) -> bool:
    """Whether code, which `reads` these names, may read and change more than it says."""
    if any(HISTORY.fullmatch(name) or name in OPAQUE_NAMES for name in reads):
        return True
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) if name in OPAQUE_ATTRIBUTES:
                return True
            case ast.Name(id=name, ctx=ast.Load()) if name in OPAQUE_MODULES:
                return True
            case ast.ImportFrom(names=[ast.alias(name="*")]) | ast.ImportFrom(module="__main__"):
                return True
            case ast.Import(names=names) if any(each.name == "__main__" for each in names):
                return True
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="load" | "loads")) if (
                name in PICKLES
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


def _guards_main(tree: ast.AST) -> bool:
    """Whether `"__main__"` is only compared with, as in figure scripts."""
    said = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and n.value == "__main__"]
    compared = [n for n in ast.walk(tree) if isinstance(n, ast.Compare) and len(n.comparators) == 1]
    return len(said) == sum(n.comparators[0] in said for n in compared)
