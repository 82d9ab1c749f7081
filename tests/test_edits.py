"""After any edit, a run that reuses what it can gives exactly what a run from scratch gives."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Semaphore
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from proofdeck.cache import Cache
from proofdeck.config import load_config
from proofdeck.errors import Place
from proofdeck.execute import Workers
from proofdeck.forks import prepare
from proofdeck.lecture_run import LectureRun
from proofdeck.model import Lecture, Snippet
from proofdeck.verify import ADDRESS

EXAMPLES = int(os.environ.get("PROOFDECK_EXAMPLES", "0"))
"""Histories to search through for new counterexamples; by default a few, always the same."""

# Without files that a snippet appends to: then not even two runs from scratch give the same.
FRAGMENTS = Path(__file__).with_name("fragments.txt").read_text().splitlines()
LIBRARY = Path(__file__).with_name("fragments-library.txt").read_text().splitlines()
TORCH = Path(__file__).with_name("fragments-torch.txt").read_text().splitlines()

HEADER = """\
import json
import math
import os
import random
from functools import lru_cache, partial

import numpy as np"""


@pytest.fixture(params=["numpy"], autouse=True)
def loaded(request: pytest.FixtureRequest) -> None:
    """Processes of these many runs begin with what they would otherwise import each by itself."""
    with patch.dict(os.environ):
        prepare([frozenset({"numpy", request.param})])


@dataclass(frozen=True)
class Part:
    """One snippet of a generated lecture: fragments, each with its constant."""

    label: str
    fragments: tuple[tuple[str, int], ...]

    @property
    def code(self) -> str:
        texts = [f.replace("\\n", "\n").replace("{k}", str(k)) for f, k in self.fragments]
        return "\n".join(texts)


@dataclass(frozen=True)
class Course:
    """A generated lecture and what lies beside it."""

    header: str
    parts: tuple[Part, ...]
    data: int = 1
    module: int = 1
    seed: int = 1

    def lecture(self) -> Lecture:
        steps = [_snippet("header", self.header)]
        steps += [_snippet(part.label, part.code) for part in self.parts]
        meta = {"seed": self.seed, "timeout": 20}
        return Lecture("x", "slides/x.md", meta, (), tuple(steps), {}, (), ())

    def write(self, root: Path) -> None:
        (root / "sub").mkdir(parents=True, exist_ok=True)
        (root / "figures").mkdir(exist_ok=True)
        (root / "pyproject.toml").write_text('[tool.proofdeck]\ncourse = "C"\n')
        (root / "data.txt").write_text(f"data {self.data}")
        (root / "odd.txt").unlink(missing_ok=True)
        if self.data % 2:
            (root / "odd.txt").write_text("odd")
        text = f"value = {self.module}\n\n\ndef twice(x):\n    return {self.module} * x\n"
        (root / "figures/local.py").write_text(text)


def _snippet(label: str, code: str) -> Snippet:
    place = Place("slides/x.md", 1)
    return Snippet(label, place, "one", code, place)


def fragments_of(pool: Sequence[str]) -> st.SearchStrategy[tuple[str, int]]:
    return st.tuples(st.sampled_from(pool), st.integers(1, 4))


_labels = count()


@st.composite
def histories(draw: st.DrawFn, pool: Sequence[str], header: str) -> list[Course]:
    """A lecture and its states after each of a few edits."""
    some = st.lists(fragments_of(pool), min_size=1, max_size=2).map(tuple)
    first = draw(st.lists(some, min_size=3, max_size=9))
    course = Course(header, tuple(Part(f"s{n}", each) for n, each in enumerate(first)))
    states = [course]
    for number in range(draw(st.integers(1, 3))):
        course = draw(edited(course, some, f"n{number}"))
        states.append(course)
    return states


@st.composite
def edited(draw: st.DrawFn, course: Course, some: Any, label: str) -> Course:
    """The course after one edit."""
    parts = list(course.parts)
    at = draw(st.integers(0, len(parts) - 1))
    kind = draw(st.sampled_from(KINDS))
    match kind:
        case "constant":
            fragment, k = parts[at].fragments[0]
            new = ((fragment, k % 4 + 1), *parts[at].fragments[1:])
            parts[at] = replace(parts[at], fragments=new)
        case "change":
            parts[at] = replace(parts[at], fragments=draw(some))
        case "insert":
            parts.insert(at, Part(label, draw(some)))
        case "delete" if len(parts) > 1:
            del parts[at]
        case "move":
            part = parts.pop(at)
            parts.insert(draw(st.integers(0, len(parts))), part)
        case "split":
            first, *rest = parts[at].fragments
            parts[at : at + 1] = [Part(parts[at].label, (first,))]
            parts[at + 1 : at + 1] = [Part(label, tuple(rest))] if rest else []
        case "merge" if at + 1 < len(parts):
            both = parts[at].fragments + parts[at + 1].fragments
            parts[at : at + 2] = [Part(parts[at].label, both)]
        case "data":
            return replace(course, data=course.data + 1)
        case "module":
            return replace(course, module=course.module + 1)
        case "seed":
            return replace(course, seed=course.seed + 1)
    return replace(course, parts=tuple(parts))


KINDS = (
    "constant",
    "change",
    "insert",
    "delete",
    "move",
    "split",
    "merge",
    "data",
    "module",
    "seed",
)


def run_in(root: Path, course: Course, cache: Path) -> LectureRun:
    course.write(root)
    with patch.dict(os.environ):
        workers = Workers(load_config(root), Cache(cache), lambda *_: None, Semaphore(1))
        run = workers.begin(course.lecture())
        run.go()
    return run


def seen(run: LectureRun) -> dict[str, Any]:
    """All that a run gives: statuses, outputs, failures, and the plain values at the end.

    But for addresses, as of an iterator that is printed.
    """
    results = {
        id: ADDRESS.sub(
            "0x", repr((r.status, r.outputs, r.failure and r.failure.message, r.warnings))
        )
        for id, r in run.results.items()
    }
    held = {n: h.version for n, h in run.state.names.items() if h.kind == "plain"}
    return {**results, "values": held}


def check_history(states: Sequence[Course]) -> None:
    """Run each state with what is known from those before, and from scratch."""
    with TemporaryDirectory() as folder:
        one, other = Path(folder, "here/course"), Path(folder, "there/course")
        for number, course in enumerate(states):
            if number:  # what earlier runs left on disk is there for both
                shutil.rmtree(other)
                shutil.copytree(one, other)
            quick = run_in(one, course, Path(folder, "cache"))
            if number:
                slow = run_in(other, course, Path(folder, f"cache{number}"))
                assert seen(quick) == seen(slow)
            else:
                shutil.copytree(one, other)


def tell(states: Sequence[Course]) -> None:
    """Say how each state reads, should it fail."""
    for number, course in enumerate(states):
        note(f"state {number}: data {course.data} module {course.module} seed {course.seed}")
        for part in course.parts:
            note(f"--- {part.label}\n{part.code}")


common = settings(
    deadline=None,
    max_examples=EXAMPLES or 150,
    derandomize=not EXAMPLES,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


@common
@given(histories(FRAGMENTS, HEADER))
def test_an_edited_lecture_gives_what_it_gives_from_scratch(states: list[Course]) -> None:
    tell(states)
    check_history(states)


@settings(common, max_examples=EXAMPLES // 3 or 50)
@given(histories(LIBRARY, HEADER))
def test_edits_beside_what_libraries_keep_give_what_they_give_from_scratch(
    states: list[Course],
) -> None:
    tell(states)
    check_history(states)


@pytest.mark.parametrize("loaded", ["torch"], indirect=True)
@settings(common, max_examples=EXAMPLES // 6 or 25)
@given(histories(TORCH, "import torch"))
def test_an_edited_training_gives_what_it_gives_from_scratch(states: list[Course]) -> None:
    tell(states)
    check_history(states)


def history(*states: Sequence[str], seeds: Sequence[int] = ()) -> list[Course]:
    """States given as their snippets' code; a snippet keeps its label with its place."""
    return [
        Course(
            HEADER,
            tuple(Part(f"s{n}", ((code, 1),)) for n, code in enumerate(state)),
            seed=seeds[number] if seeds else 1,
        )
        for number, state in enumerate(states)
    ]


CHILD = ("class Base:\n    n = 1", "class Kid(Base):\n    pass", "class Base:\n    n = 2")
MARKED = "import math as k\n\n\ndef f(x: k.floor):\n    return x"
OTHER = (MARKED, "import json as k\n\n\ndef g(x: k.dumps):\n    return x", "import math as k")
BOTH = "import math as m, json as k\n\n\ndef f(x: m.floor):\n    return x"
TRIED = "try:\n    print(k)\nexcept NameError:\n    print('gone')"
LEVEL = "import logging\nlogging.getLogger().setLevel(40)"
WARN = "import logging\nlogging.warning('careful')"
PRECISION = "from decimal import Decimal, getcontext\ngetcontext().prec = 3"
APPENDED = "_ = open('f.txt', 'a').write('+')\nprint(open('f.txt').read())"

QUIET = "import warnings\n\n\ndef quiet():\n    warnings.filterwarnings('ignore')"
CARE = "import warnings\nwarnings.warn('careful')"
MARK = "import calendar\n\n\ndef mark():\n    calendar.foo = 1"
FOO = "import calendar\nprint(getattr(calendar, 'foo', None))"
NP = "import numpy as np\nprint(getattr(np, 'foo', None))"
LIMIT = "import sys\nsys.setrecursionlimit(5000)"
OWN = "written = open('figures/own.py', 'w').write(chr(10).join({!r}))\nimport own".format
GENERATOR = ["import random", "rng = random.Random(3)", "def f(): return rng.random()"]
COUNTER = ["def f():", "    f.n = getattr(f, 'n', 0) + 1", "    return f.n"]
ONE = "class A:\n    n = 1\n    def f(self): return 1"
ADD = """from torch import nn


def add_to(owner):
    return lambda function: setattr(owner, function.__name__, function)"""
CALL = "try:\n    print(A().f())\nexcept TypeError:\n    print('none')"


def above(*codes: str, last: str) -> list[Course]:
    """A history in which only the last snippet is edited."""
    return history([*codes, last], [*codes, f"{last}\nprint(2)"])


FOUND = {
    "a name that a failed snippet did not come to bind": history(
        ["a = b = [1]", "x = 1", "cb = missing.append\na = 1"],
        ["a = b = [1]", "x = 2", "cb = missing.append\na = 1"],
    ),
    "a value that is the same by chance": history(
        ["a = 1", "a = 1", "a = 1"], ["a = 2", "a = 1", "a = 1"], ["a = 2", "a = 1", "print(a)"]
    ),
    "a name that a loop did not come to bind": history(
        ["a = 1", "for i in []:\n    a = 2", "print(a)"],
        ["a = 3", "for i in []:\n    a = 2", "print(a)"],
    ),
    "a class attribute set in the snippet of its class": history(
        ["class C:\n    n = 3\nC.n = 4", "print(C.n)"],
        ["class C:\n    n = 3\nC.n = 4", "print(C.n + 1)"],
    ),
    "what a function reads that is not called where it is defined": history(
        ["k = 2", "def f(x):\n    return k * x", "print(f(1))"],
        ["k = 2", "def f(x):\n    return k * x + 1", "print(f(1))"],
        ["k = 3", "def f(x):\n    return k * x + 1", "print(f(1))"],
    ),
    "an object made with random numbers": history(
        ["import torch\nnet = torch.nn.Linear(1, 1)", "print(net.weight)"],
        ["import torch\nnet = torch.nn.Linear(1, 1)", "print(net.weight)\n1"],
        seeds=(1, 2),
    ),
    "a setting that a failed snippet did not come to": history(
        ["print(missing)", "np.set_printoptions(precision=2)", "", "print(np.array([1 / 3]))"],
        ["print(missing)\nnp.set_printoptions(precision=2)", "", "", "print(np.array([1 / 3]))"],
    ),
    "what the shell remembers of snippets above": history(
        ["1", "", "_"], ["_ = 2", "3", "_"], ["_ = 2\n3", "", "_"]
    ),
    "a class that is another where its child was made": history(
        [*CHILD, "print(Base.n)", "print(Kid.n, Base.n)"],
        [*CHILD, "print(Base.n, 1)", "print(Kid.n, Base.n, 1)"],
    ),
    "a value that was a module where a definition read it": history(
        [MARKED, "k = 2", "print(f(1), k)"], [MARKED, "k = 2", "print(f(2), k)"]
    ),
    "a value in a process, and a module where a definition read it": history(
        [MARKED, "k = 2", "print(k)", "print(f(1), k)"],
        [MARKED, "k = 2", "print(k, 1)", "print(f(2), k)"],
    ),
    "a name that is gone, but was there where a definition read it": history(
        [MARKED, "del k", f"print(f(1))\n{TRIED}"], [MARKED, "del k", f"print(f(2))\n{TRIED}"]
    ),
    "a module under the name of another between two definitions": history(
        [*OTHER, "print(f(1), g(1))", "print(k.__name__)"],
        [*OTHER, "print(f(2), g(2))", "print(k.__name__, 1)"],
    ),
    "an object in a process, and a module where a definition read it": history(
        [MARKED, "k = iter([1, 2, 3])", "print(f(1))", "print(next(k))"],
        [MARKED, "k = iter([1, 2, 4])", "print(f(2))", "print(next(k), 1)"],
    ),
    "an object under a name that is imported beside another": history(
        [BOTH, "k = iter([1, 2, 3])", "print(f(1))", "print(next(k))"],
        [BOTH, "k = iter([1, 2, 4])", "print(f(2))", "print(next(k), 1)"],
    ),
    "a function whose source is looked up": history(
        [
            "x = 1\ndef f():\n    return x",
            "print(1)",
            "import inspect\nprint(inspect.getsource(f))",
        ],
        [
            "x = 1\ndef f():\n    return x",
            "print(1)",
            "import inspect\nprint(inspect.getsource(f), 1)",
        ],
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
    "a file that a snippet appends to, as its last run left it": history(
        [APPENDED, "print(1)"], [APPENDED, "print(2)"]
    ),
    "a name that is gone and is imported beside another": history(
        [BOTH, "del k", "print(f(1), m.e)", TRIED],
        [BOTH, "del k", "print(f(2), m.e)", f"{TRIED}\n1"],
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
    "a method that is replaced": above(ONE, "A.f = lambda self: 4", last=CALL),
    "a method replaced by a function that is given its class": above(
        ONE, "def put(c):\n    c.f = lambda self: 4", "put(A)", last=CALL
    ),
    "a method replaced by another name of its class": above(ONE, "B = A", "B.f = len", last=CALL),
    "a class whose base is changed": above(
        ONE, "class B(A):\n    pass", "A.n = 5", last="print(B.n)"
    ),
    "a class whose metaclass is changed": above(
        "class M(type):\n    n = 1\nclass A(metaclass=M):\n    pass", "M.n = 5", last="print(A.n)"
    ),
    "a function that is another's default": above(
        "def f(): return 1", "def g(x=f): return x", "f.n = 4", last="print(g().n)"
    ),
    "a function that a list holds": above(
        "def f(): return 1\nfs = [f]", "f.n = 4", last="print(fs[0].n)"
    ),
    "a function with another's code": above(
        "def f(): return 1", "def g(): return 2", "f.__code__ = g.__code__", last="print(f())"
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
    "a name between underlines": above("__all__ = ['a']", last="print(__all__)"),
}
"""Counterexamples that were found, made small."""


@pytest.mark.parametrize("found", FOUND)
def test_what_once_went_wrong_stays_right(found: str) -> None:
    check_history(FOUND[found])
