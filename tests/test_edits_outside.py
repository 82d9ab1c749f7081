"""After an edit: what snippets set, change and leave outside of their names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from histories import Course, above, check_history, edited_at, history

LEVEL = "import logging\nlogging.getLogger().setLevel(40)"
WARN = "import logging\nlogging.warning('careful')"
PRECISION = "from decimal import Decimal, getcontext\ngetcontext().prec = 3"
APPENDED = "_ = open('f.txt', 'a').write('+')\nprint(open('f.txt').read())"
QUIET = "import warnings\n\n\ndef quiet():\n    warnings.filterwarnings('ignore')"
CARE = "import warnings\nwarnings.warn('careful')"
MARK = "import calendar\n\n\ndef mark():\n    calendar.foo = 1"
FOO = "import calendar\nprint(getattr(calendar, 'foo', None))"
NP = "import numpy as np\nprint(getattr(np, 'foo', None))"
LIST = "import os\nprint([name for name in os.listdir() if name.startswith('out')])"
LIMIT = "import sys\nsys.setrecursionlimit(5000)"
OWN = "written = open('figures/own.py', 'w').write(chr(10).join({!r}))\nimport own".format
GENERATOR = ["import random", "rng = random.Random(3)", "def f(): return rng.random()"]
COUNTER = ["def f():", "    f.n = getattr(f, 'n', 0) + 1", "    return f.n"]
ADD = """from torch import nn


def add_to(owner):
    return lambda function: setattr(owner, function.__name__, function)"""


def of_module(one: str, other: str, *codes: str) -> list[Course]:
    """A history in which only a module of the course becomes another."""
    return [replace(history(codes)[0], files=(("figures/own.py", text),)) for text in (one, other)]


LOG = "import logging, sys\nlog = logging.getLogger('app')"

FOUND = {
    "a setting that a failed snippet did not come to": history(
        ["print(missing)", "np.set_printoptions(precision=2)", "", "print(np.array([1 / 3]))"],
        ["print(missing)\nnp.set_printoptions(precision=2)", "", "", "print(np.array([1 / 3]))"],
    ),
    "a logger's level that a call of a call sets": history(
        [LEVEL, "print(1)", WARN], [LEVEL.replace("40", "10"), "print(1)", WARN]
    ),
    "a logger's level, for an edit below": history([LEVEL, WARN], [LEVEL, f"{WARN}\nprint(1)"]),
    "a logger's level that a failed snippet set": history(
        [f"{LEVEL}\nmissing", WARN], [f"{LEVEL.replace('40', '10')}\nmissing", WARN]
    ),
    "an attribute of what a call gives": history(
        [PRECISION, "print(Decimal(1) / 3)"], [PRECISION, "print(Decimal(1) / 3, 1)"]
    ),
    "a folder in which a snippet makes one more after it listed it": history(
        [f"{LIST}\nos.makedirs('out', exist_ok=True)", "print(1)"],
        [f"{LIST}\nos.makedirs('out', exist_ok=True)", "print(2)"],
    ),
    "a folder in which a snippet removes a file after it listed it": history(
        ["open('out.txt', 'w').close()", f"{LIST}\nos.remove('out.txt')", "print(1)"],
        ["", f"{LIST}\nos.remove('out.txt')", "print(1)"],
        ["", f"{LIST}\nos.remove('out.txt')", "print(2)"],
    ),
    "a file that a snippet appends to, as its last run left it": history(
        [APPENDED, "print(1)"], [APPENDED, "print(2)"]
    ),
    "a setting that a function makes": above(QUIET, "quiet()", last=CARE),
    "a setting that a function makes where it is defined": above(f"{QUIET}\nquiet()", last=CARE),
    "a setting made in a loop": above(
        LIMIT.replace("sys.set", "for n in [1]: sys.set"), last="print(sys.getrecursionlimit())"
    ),
    "a setting made by an expression": above(
        LIMIT.replace("sys.set", "x = sys.set"), last="print(sys.getrecursionlimit())"
    ),
    "a setting made in code that is not parsed": above(
        f"%%capture\n{CARE.replace('warn(', 'simplefilter(').replace('careful', 'ignore')}",
        last=CARE,
    ),
    "a module's attribute set by a function where it is defined": above(
        f"{MARK}\nmark()", last="print(calendar.foo)"
    ),
    "a module's attribute set by another name": above(
        "import calendar\nc = calendar\nc.foo = 1", last="print(calendar.foo)"
    ),
    "a module's attribute set by what is executed": above(
        "import calendar\nexec('calendar.foo = 1')", last="print(calendar.foo)"
    ),
    "a module's attribute set on a loop's variable": above(
        "import calendar\nfor m in [calendar]:\n    m.foo = 1", last=FOO
    ),
    "a module's attribute set on what `:=` binds": above(
        "import calendar\n(c := calendar).foo = 1", last=FOO
    ),
    "a module's attribute set in its variables": above(
        "import calendar\nvars(calendar).update(foo=1)", last=FOO
    ),
    "a module's attribute that is mocked": above(
        "from unittest.mock import patch\npatch('calendar.foo', 3, create=True).start()", last=FOO
    ),
    "a module's attribute set by a function that is given it": above(
        "import numpy as np", "def f(m):\n    m.foo = 1", "f(np)", last=NP
    ),
    "a module's attribute set on a list's item": above(
        "import numpy as np", "ms = [np]\nms[0].foo = 1", last=NP
    ),
    "a module's attribute set beside another": above(
        "import numpy as np", "def f(m):\n    m.foo = 1", "np.bar = 2\nf(np)", last=NP
    ),
    "a library's function put in another's place": above(
        "import numpy as np",
        "def f(m):\n    m.mean = m.median",
        "f(np)",
        last="print(np.mean([1, 2, 9]))",
    ),
    "a library's class given to a function": above(
        "from calendar import Calendar\ndef f(c):\n    c.foo = 1",
        "f(Calendar)",
        last="print(hasattr(Calendar, 'foo'))",
    ),
    "a library's class found by an instance": above(
        "import calendar\nx = calendar.Calendar()",
        "type(x).foo = 1",
        last="print(hasattr(calendar.Calendar, 'foo'))",
    ),
    "a class that is told of another": above(
        "from abc import ABC\nclass A(ABC):\n    pass\nA.register(int)",
        last="print(isinstance(1, A))",
    ),
    "a generator in a module of the course": above(
        OWN(GENERATOR), "print(own.f())", last="print(own.f())"
    ),
    "a counter in a module of the course": above(
        OWN(COUNTER), "x = own.f()", last="print(own.f())"
    ),
    "a folder that ends with its process": above(
        "import tempfile\nd = tempfile.mkdtemp()\nw = open(d + '/a', 'w').close()",
        last="print(os.listdir(d))",
    ),
    "a pickled object of a class of the lecture": above(
        "import pickle\nclass A:\n    n = 1\npickle.dump(A(), open('a.pkl', 'wb'))",
        last="print(pickle.load(open('a.pkl', 'rb')).n)",
    ),
    "a class of a library given to a decorator": above(
        ADD, "@add_to(nn.Module)\ndef area(self): return 4", last="print(nn.Linear(1, 1).area())"
    ),
    "a class of a library given to a decorator where it is imported": above(
        f"{ADD}\n\n@add_to(nn.Module)\ndef area(self): return 4",
        last="print(nn.Linear(1, 1).area())",
    ),
    "a library's class given to a function in a function": above(
        f"{ADD}\ndef go(): add_to(nn.Module)(go)", "go()", last="print(hasattr(nn.Module, 'go'))"
    ),
    "a part of a library that a list holds": above(
        "import torch\nparts = [torch.nn.functional]",
        "parts[0].foo = 1",
        last="print(hasattr(torch.nn.functional, 'foo'))",
    ),
    "a list of a library changed by another name": above(
        "import keyword\nwords = keyword.kwlist",
        "words.append('zz')",
        last="print(keyword.kwlist[-1])",
    ),
    "a list of a library given to a function": above(
        "import keyword\ndef add(words): words.append('zz')",
        "add(keyword.kwlist)",
        last="print(keyword.kwlist[-1])",
    ),
    "a dict that is imported": above(
        "from html.entities import html5",
        "html5['zz'] = 1",
        last="from html.entities import html5 as known\nprint(known['zz'])",
    ),
    "where modules are looked for": above(
        "from sys import path", "path.append('sub')", last="import sys\nprint(sys.path[-1])"
    ),
    "a colour map that is registered": above(
        "import matplotlib\nfrom matplotlib.colors import ListedColormap",
        "matplotlib.colormaps.register(ListedColormap(['r'], name='mine'))",
        last="print('mine' in matplotlib.colormaps)",
    ),
    "colour maps that are registered in a loop": above(
        "import matplotlib.pyplot as plt\nfrom matplotlib.colors import ListedColormap",
        "for n in 'ab':\n    plt.colormaps.register(ListedColormap(['r'], name='my' + n))",
        last="print('mya' in plt.colormaps)",
    ),
    "a font that is added": above(
        "from pathlib import Path\nimport matplotlib\nfrom matplotlib import font_manager",
        "path = next(Path(matplotlib.get_data_path()).rglob('DejaVuSans.ttf'))",
        "font_manager.fontManager.addfont(path)",
        last="print(sum(f.fname == str(path) for f in font_manager.fontManager.ttflist))",
    ),
    "a class that its decorator registers": above(
        "import abc\nfrom numbers import Number",
        "@Number.register\nclass A: pass",
        last="print(len(abc._get_dump(Number)[0]))",
    ),
    "what collects garbage": above("import gc\ngc.disable()", last="print(gc.isenabled())"),
    "figures that are not shown by themselves": above(
        "import matplotlib.pyplot as plt\nplt.ioff();", last="plt.plot([1, 2]);"
    ),
    "hints of the lecture itself": above("x: int = 1", last="print(__annotations__)"),
    "what is imported from the future": above(
        "from __future__ import annotations", last="def f(x: Missing): return x\nprint(f(1))"
    ),
    "a base in a module of the course": of_module(
        "class Base:\n    n = 1",
        "class Base:\n    n = 2",
        "from own import Base",
        "class K(Base): pass",
        "print(K().n)",
    ),
    "rights of new files": above(
        "os.umask(0o77);", last="now = os.umask(0)\nprint(now, os.umask(now))"
    ),
    "a folder that is made empty": above(
        "import shutil\nshutil.rmtree('out', ignore_errors=True)\nos.makedirs('out')",
        "_ = open('out/a.txt', 'w').write('x')",
        last="print(os.listdir('out'))",
    ),
    "what a method needs that was put into a class": above(
        "import textwrap\nfrom fractions import Fraction",
        "def show(self): return textwrap.fill(str(self))",
        "Fraction.show = show",
        last="print(Fraction(1, 2).show())",
    ),
    "what a function changes that was put in another's place": above(
        "calls = []\ndef counted(*a):\n    calls.append(1)\nmath.floor = counted",
        "math.floor(1)",
        last="print(calls)",
    ),
    "what a function reads that was put in another's place": edited_at(
        1, "k = 3", "k = 1\ndef f(x): return x * k\nmath.floor = f", "k = 2", "print(math.floor(1))"
    ),
    "a part of a package that is imported": above(
        "import matplotlib.animation\nimport matplotlib.table",
        "1",
        last="print(matplotlib.animation.FuncAnimation.__name__)",
    ),
    "an import that turns something on": above(
        "from sklearn.experimental import enable_iterative_imputer",
        "1",
        last="from sklearn.impute import IterativeImputer\nprint(IterativeImputer.__name__)",
    ),
    "a setting that reads a value": above(
        "import logging\nFORMAT = '%(message)s!'\nlogging.basicConfig(format=FORMAT)",
        last="logging.warning('x')",
    ),
    "a setting of what a call gives": above(
        "import logging\nlogging.basicConfig(format='%(message)s!')",
        "logging.getLogger().handlers.clear()",
        last="logging.warning('x')",
    ),
    "a colour map's colour": above(
        "import matplotlib.pyplot as plt",
        "plt.cm.viridis.set_bad('red')",
        last="print(plt.cm.viridis(float('nan')))",
    ),
    "a special method of a library's class": above(
        "from fractions import Fraction\ndef add(c): return lambda f: setattr(c, f.__name__, f)",
        "@add(Fraction)\ndef __repr__(self): return 'FR'",
        last="print(repr(Fraction(1, 2)))",
    ),
    "one attribute beside another of a longer name": above(
        "import calendar\ndef f(m): m.foo = 1",
        "calendar.foobar = 2\nf(calendar)",
        last="print(calendar.foo)",
    ),
    "a file that takes another's place": edited_at(
        0,
        "_ = open('tmp.txt', 'w').write('2')",
        "_ = open('tmp.txt', 'w').write('1')",
        "import os\nos.replace('tmp.txt', 'f.txt')",
        "print(open('f.txt').read())",
    ),
    "files in the folder of the course": edited_at(
        0,
        "_ = open('n2.txt', 'w').write('3')",
        "_ = open('n1.txt', 'w').write('3')",
        "print(sorted(name for name in os.listdir() if name[0] == 'n'))",
    ),
    "objects that NumPy loads": above(
        "class A:\n    n = 1\nnp.save('o.npy', np.array([A()], dtype=object))",
        last="print(np.load('o.npy', allow_pickle=True)[0].n)",
    ),
    "a filter of warnings that reads a value": edited_at(
        0,
        "kind = 'error'",
        "kind = 'ignore'",
        "import warnings\nwarnings.simplefilter(kind)",
        "try:\n    warnings.warn('x')\nexcept UserWarning:\n    print('stopped')",
    ),
    "a logger's level": above(
        "import logging",
        "log = logging.getLogger('app')\nlog.setLevel(10)",
        last="print(logging.getLogger('app.part').isEnabledFor(10))",
    ),
    "a logger's handler": above(
        f"{LOG}\nlog.addHandler(logging.StreamHandler(sys.stdout))",
        last="logging.getLogger('app').warning('careful')",
    ),
    "a logger's handler, in a snippet of its own": above(
        LOG,
        "log.addHandler(logging.NullHandler())",
        last="print(logging.getLogger('app').handlers)",
    ),
    "a format of a logger's handler": above(
        f"{LOG}\nh = logging.StreamHandler(sys.stdout)\nlog.addHandler(h)",
        "h.setFormatter(logging.Formatter('> %(message)s'))",
        last="logging.getLogger('app').warning('careful')",
    ),
    "a logger that hands nothing on": above(
        "import logging, sys\nlogging.basicConfig(stream=sys.stdout, force=True)",
        "logging.getLogger('a').propagate = False",
        last="logging.getLogger('a').warning('careful')",
    ),
    "on which line it is logged": edited_at(
        1,
        "# more\ndef f():\n    log.warning('careful')",
        f"{LOG}\nlogging.basicConfig(format='%(lineno)d', stream=sys.stdout, force=True)",
        "def f():\n    log.warning('careful')",
        "f()",
    ),
    "a handler set in an assignment": above(
        "seen = []\ndef handler(kind, flag):\n    seen.append(kind)",
        "old = np.seterrcall(handler)",
        "np.seterr(divide='call');",
        "np.ones(1) / 0;",
        last="print(seen)",
    ),
    "a name that a library binds": above(
        "import sympy as sp\nx = 5", "sp.var('x y');", last="print(x)"
    ),
}
"""Counterexamples that were found, made small."""


@pytest.mark.parametrize("found", FOUND)
def test_what_once_went_wrong_stays_right(found: str) -> None:
    check_history(FOUND[found], "torch")
