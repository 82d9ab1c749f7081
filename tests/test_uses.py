"""What a snippet's text says of the lecture's names: too much perhaps, never too little."""

from __future__ import annotations

import pytest

from proofdeck.setters import UNTOLD
from proofdeck.uses import uses, uses_of_question


@pytest.mark.parametrize(
    ("code", "reads"),
    [
        ("y = x", {"x"}),
        ("x = 1\ny = x", set()),
        ("x += 1", {"x"}),
        ("x[0] = 1", {"x"}),
        ("x.a = 1", {"x"}),
        ("del x", {"x"}),
        ("fig, ax = draw()\nax.plot(x)", {"draw", "x"}),
        ("for i in t:\n    s = i\n    s + 1", {"t"}),
        ("for i in t:\n    s = i\ns", {"t", "s"}),
        ("if c:\n    s = 1\ns", {"c", "s"}),
        ("if c:\n    s = 1\nelse:\n    s = 2\ns", {"c"}),
        ("while c:\n    s = 1\ns", {"c", "s"}),
        ("try:\n    s = f()\nexcept E as e:\n    e\ns", {"f", "E", "e", "s"}),
        ("try:\n    f()\nexcept* E as e:\n    pass", {"f", "E", "e"}),
        ("x = 0\ndel x", {"x"}),
        ("for i in t:\n    del i", {"t", "i"}),
        ("with open(f) as g:\n    s = g\ns", {"open", "f"}),
        ("with f() as g:\n    s = g\ns", {"f", "s"}),
        ("def f():\n    return n\ndef g():\n    return f()\ng()", {"n"}),
        ("def f():\n    return n\nif c:\n    def f():\n        return m\nf()", {"n", "c", "m"}),
        ("x: int\nx", {"int", "x"}),
        ("def f():\n    return n\nif c:\n    n = 1\n    f()\nf()", {"c", "n"}),
        ("def f():\n    return n\ntry:\n    n = 1\n    f()\nfinally:\n    f()", {"n"}),
        ("def f():\n    return n\nfor n in t:\n    f()\nf()", {"t", "n"}),
        ("def f():\n    return n\nwhile c:\n    n = 1\n    f()\nf()", {"c", "n"}),
        ("def g():\n    return n\ndef f():\n    return g()\nf(), g()", {"n"}),
        ("def f():\n    return g()\ndef g():\n    return f() + n\nf(), g()", {"n"}),
        ("class A:\n    k = lambda: g()\ndef g():\n    return n\nA.k()", {"g", "n"}),
        ("class A:\n    n += 1", {"n"}),
        ("with m.no_grad():\n    s = 1\ns", {"m"}),
        ("from m import no_grad\nwith no_grad():\n    s = 1\ns", set()),
        ("class profile: pass\nwith profile():\n    s = 1\ns", {"s"}),
        ("def open(): pass\nwith open():\n    s = 1\ns", {"s"}),
        ("with no_grad():\n    s = 1\ns", {"no_grad", "s"}),
        ("with suppress(E):\n    s = 1\ns", {"suppress", "E", "s"}),
        ("a and (s := 1)\ns", {"a", "s"}),
        ("[i for i in t if i > k]", {"t", "k"}),
        ("def f(a, b=c):\n    n = a\n    return n + g\nf", {"c", "g"}),
        ("def f():\n    return n\nn = 1", set()),
        ("def f():\n    return n\nn = f()", {"n"}),
        ("def f():\n    return g()\ndef g():\n    return n\nf()", {"n"}),
        ("@wrap\ndef f():\n    return n", {"wrap", "n"}),
        ("def f():\n    global n\n    n = 1\nf()", {"n"}),
        ("class A(B):\n    k = m\n    def f(self):\n        return h", {"B", "m", "h"}),
        ("lambda a: a + b", {"b"}),
        ("f'{x:{w}}'", {"x", "w"}),
        ("match p:\n    case [q, *r] if q > s:\n        q", {"p", "s"}),
        ("await f()", {"f"}),
        ("%matplotlib inline\nx", {"x"}),
    ],
)
def test_a_name_is_read_unless_the_snippet_surely_binds_it_first(
    code: str, reads: set[str]
) -> None:
    assert uses(code).reads == reads
    assert not uses(code).opaque


@pytest.mark.parametrize(
    ("code", "binds"),
    [
        ("a, (b, *c) = t", {"a", "b", "c"}),
        ("for i in t: pass", {"i"}),
        ("import a.b, c as d", {"a", "d"}),
        ("def f():\n    global n\n    n = 1", {"f", "n"}),
        ("[(y := x) for x in t]", {"y"}),
        ("del a", {"a"}),
        ("x.y = 1; x[0] = 2", set()),
    ],
)
def test_names_that_a_snippet_binds(code: str, binds: set[str]) -> None:
    assert uses(code).binds == binds


@pytest.mark.parametrize(
    "code",
    [
        "exec('a = 1')",
        "eval('a')",
        "globals()['a'] = 1",
        "from m import *",
        "Base.__subclasses__()",
        "_",
        "Out[3]",
        "_i2",
        "import __main__",
        "get_ipython().user_ns",
        "!ls",
        "%run x.py",
        "f.__code__ = g.__code__",
        "sys.getsizeof(x)",
        "x.__sizeof__()",
        "np.bmat('A A')",
        "pickle.load(f)",
        "read = joblib.load",
        "import pickle as pkl\npkl.loads(x)",
        "from joblib import load\nload('a')",
        "from sys import getsizeof as size\nsize(x)",
        "from doctest import testmod\ntestmod()",
        "try:\n    from pickle import loads\nexcept ImportError:\n    pass",
        "if (",
    ],
)
def test_code_whose_text_does_not_tell_all_is_opaque(code: str) -> None:
    assert uses(code).opaque


def test_a_figure_script_s_guard_hides_nothing() -> None:
    assert not uses("if __name__ == '__main__':\n    main()").opaque


@pytest.mark.parametrize(
    ("code", "name", "opaque"),
    [
        ("import pickle", "pickle", False),
        ("import pickle as pkl", "pkl", True),
        ("from joblib import Parallel, load", "load", True),
        ("from joblib import Parallel, load", "Parallel", False),
        ("from torch import load", "load", False),
        ("from torch.nn import modules", "modules", False),
        ("from timeit import default_timer", "default_timer", False),
        ("from sys import getsizeof", "getsizeof", True),
    ],
)
def test_an_import_is_not_opaque_but_what_uses_it_may_be(
    code: str, name: str, opaque: bool
) -> None:
    assert not uses(code).opaque
    assert uses(code).definitions[name].opaque == opaque


def test_a_loop_s_underscore_is_not_ipython_s() -> None:
    assert not uses("for _ in range(3):\n    f()").opaque


def test_definitions_keep_their_text_and_their_lines() -> None:
    found = uses("x = 1\nimport math\n\n\ndef f(a=2):\n    return a\n\n\ng = math.sin").definitions
    assert {name: (each.code.strip(), each.line) for name, each in found.items()} == {
        "math": ("import math", 2),
        "f": ("def f(a=2):\n    return a", 5),
        "g": ("g = math.sin", 9),
    }
    assert found["f"].code.startswith("\n\n\n\ndef")


def test_a_name_that_is_bound_again_is_no_definition() -> None:
    assert not uses("def f(): pass\nf = wrap(f)").definitions


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("class A: pass\nclass A(A): pass", set()),
        ("class A: pass\nclass A: pass", {"A"}),
        ("import m as k\ndef f(x=k): pass\nimport n as k", {"k"}),
        ("def f():\n    return k\nimport n as k", {"f", "k"}),
    ],
)
def test_what_is_made_of_a_name_that_is_bound_anew_is_no_definition(
    code: str, names: set[str]
) -> None:
    assert uses(code).definitions.keys() == names


@pytest.mark.parametrize(
    ("code", "settings"),
    [
        ("np.random.seed(1)", [("np", "seed")]),
        ("plt.rcParams['a.b'] = 1", [("plt", "")]),
        ("setattr(math, 'pi', 3)", [("math", "setattr")]),
        ("apply_style()", [("apply_style", "apply_style")]),
        ("x = f()", []),
        ("import xml.dom", [("", "import")]),
        ("import xml.dom as d", [("", "import")]),
        ("from sympy.stats import Normal", [("", "import")]),
        ("import torch.nn as nn\nfrom torch.utils.data import Dataset", []),
        ("from collections.abc import Mapping\nimport os.path as p", []),
        ("for k in t:\n    m.a = k", []),
    ],
)
def test_statements_that_may_set_something_global(
    code: str, settings: list[tuple[str, str]]
) -> None:
    assert [(each.root, each.verb) for each in uses(code).settings] == settings


def test_stores_on_attributes_inside_loops_and_functions_are_told() -> None:
    assert uses("for k in t:\n    m.a = k").patched == {"m"}
    assert uses("def f():\n    m.a = 1").definitions["f"].patched == {"m"}


def test_a_question_reads_and_binds_nothing() -> None:
    found = uses_of_question("x > 1 and all(v > k for v in xs)", "y")
    assert (found.reads, found.binds) == ({"x", "all", "k", "xs", "y"}, set())


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("for n in ns:\n    sys.setrecursionlimit(n)", {"sys"}),
        ("def f():\n    sys.path.append('a')", set()),
        ("def f():\n    sys.path.append('a')\nf()", {"sys"}),
        ("class C:\n    def go(self):\n        plt.x = 1\nC().go()", {"plt"}),
        ("x = [locale.setlocale(n) for n in ns]", {"locale"}),
        ("for n in ns:\n    plt.rcParams[n] = 1\n    os.environ[n] = '1'", set()),
        ("for ax in axes:\n    plt.setp(ax)\n    random.seed(1)", set()),
        ("both = np.setdiff1d(a, np.append(b, 1))", set()),
        ("table = pd.read_csv('a').set_index('b')", set()),
        ("warnings.simplefilter('ignore')", set()),
        ("if a:\n    warnings.simplefilter('ignore')", {"warnings"}),
        ("with warnings.catch_warnings():\n    warnings.simplefilter('ignore')", set()),
        ("old = signal.signal(2, f)", {"signal"}),
        ("old = csv.field_size_limit(77)", {"csv"}),
        ("getattr(calendar, 'setfirstweekday')(6)", {"calendar"}),
        ("x = getattr(m, 'name')(6)", set()),
        ("apply(calendar.setfirstweekday, 6)", {"calendar"}),
        ("x = apply(6, to=calendar.setfirstweekday)", {"calendar"}),
        ("x = reduce(np.add, rows)", set()),
        ("def f():\n    global g\n    def g(): pass\nf()", {"g"}),
        ("exec('m.x = 1')", {UNTOLD}),
        ("exec('print(1)')", set()),
        ("%%time\nx = model.fit(y)", set()),
        ("%%capture\nm.x = 1", {UNTOLD}),
    ],
)
def test_what_changes_modules_other_than_by_a_statement_of_its_own(
    code: str, changed: set[str]
) -> None:
    assert uses(code).patched == changed
