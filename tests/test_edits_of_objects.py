"""After an edit: objects of the lecture's own classes, and what they set where they are used."""

from __future__ import annotations

import pytest

from histories import above, check_history, edited_at

TIMES = "def f(self):\n        return self.sum() * k"
WEEK = "def go():\n        calendar.setfirstweekday(d)\n    return go"
DAY = "print(calendar.firstweekday())"

FOUND = {
    "a number of a class of its own": edited_at(
        2,
        "k = 3",
        "class C(float):\n    def f(self):\n        return self * k",
        "c = C(2)",
        "k = 2",
        "print(c.f())",
    ),
    "a member of an enumeration": edited_at(
        2,
        "k = 3",
        "from enum import IntEnum\nclass E(IntEnum):\n    A = 1\n    def f(self): return k",
        "e = E.A",
        "k = 2",
        "print(e.f())",
    ),
    "a list on a word": above(
        "class S(str):\n    pass\nxs = [1]\ns = S('a')\ns.tags = xs",
        "xs.append(2)",
        last="print(s.tags)",
    ),
    "an array of a class of its own": edited_at(
        2,
        "k = 3",
        f"class A(np.ndarray):\n    {TIMES}",
        "x = np.ones(2).view(A)",
        "k = 2",
        "print(x.f())",
    ),
    "a list on an array": above(
        "class A(np.ndarray):\n    pass\nx = np.ones(2).view(A)\ninfo = ['a']\nx.info = info",
        "info.append('b')",
        last="print(x.info)",
    ),
    "the mask of an array": above(
        "mask = np.array([False, False])\nm = np.ma.array([1, 2], mask=mask)",
        "mask[0] = True",
        last="print(m)",
    ),
    "a tensor of a class of its own": edited_at(
        2,
        "k = 3",
        f"import torch\nclass T(torch.Tensor):\n    {TIMES}",
        "x = torch.ones(2).as_subclass(T)",
        "k = 2",
        "print(x.f())",
    ),
    "a list in a context variable": above(
        "from contextvars import ContextVar\nv = ContextVar('v')\nxs = [1]\nv.set(xs)",
        "v.get().append(2)",
        last="print(xs)",
    ),
    "a function under another name of its own": above(
        "def f():\n    return 1\ndef rename(function, name):\n    function.__name__ = name",
        "rename(f, 'g')",
        last="print(f.__name__)",
    ),
    "a hint in quotes within another": above(
        "from typing import Optional, get_type_hints\nclass Tree:\n    leaf: Optional['Leaf']",
        "class Leaf:\n    pass",
        last="print(get_type_hints(Tree))",
    ),
    "prices called open": edited_at(
        0, "open, close = 5, 4", "open, close = 3, 4", "print(open + close)"
    ),
    "prices called open, above": above("open, close = 3, 4", last="print(open + close)"),
    "a setting by a decorated function": above(
        "from functools import wraps\nimport warnings\ndef timed(f):\n    @wraps(f)\n"
        "    def wrapped(*given):\n        return f(*given)\n    return wrapped",
        "@timed\ndef quiet():\n    warnings.simplefilter('ignore')",
        "quiet()",
        last="warnings.warn('careful')",
    ),
    "a setting by a context manager": above(
        "import calendar\nfrom contextlib import contextmanager\n@contextmanager\ndef week(d):\n"
        "    calendar.setfirstweekday(d)\n    yield",
        "with week(6):\n    pass",
        last=DAY,
    ),
    "a setting by an object": above(
        "import calendar\nclass Week:\n    days = [6]\n    def go(self):\n"
        "        calendar.setfirstweekday(self.days[0])",
        "w = Week()",
        "w.go()",
        last=DAY,
    ),
    "a setting by a closure": above(
        f"import calendar\ndef make(d):\n    {WEEK}", "go = make(6)", "go()", last=DAY
    ),
    "another backend of Matplotlib": above(
        "import matplotlib",
        "matplotlib.use('Agg')",
        "import matplotlib.pyplot as plt",
        last="plt.plot([1, 2]);",
    ),
}
"""Counterexamples that were found, made small."""


@pytest.mark.parametrize("found", FOUND)
def test_what_once_went_wrong_stays_right(found: str) -> None:
    check_history(FOUND[found], "torch")
