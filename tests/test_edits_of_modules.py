"""After an edit: what modules of the course keep in variables, and what the lecture has of that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from histories import Course, above, check_history, edited_at, history

MODULE = """\
import numpy as np

RATES = {"start": 0, "inner": {"x": 1}}
LOG = []
TABLE = {}
W = np.zeros(2)


def start():
    return RATES["start"]


def note(x):
    LOG.append(x)


def total():
    return float(W.sum())


def run(name, x):
    return TABLE[name](x)


HEARD = []
CHILDREN = {}


def on(function):
    HEARD.append(function)
    return function


def fire(x):
    return [function(x) for function in HEARD]


class Base:
    def __init_subclass__(cls):
        CHILDREN[cls.__name__] = cls


def make(name):
    return CHILDREN[name]()
"""
EDITS = {
    "a dict that is imported": edited_at(
        1, "RATES['start'] = 2", "from kept import RATES, start", "RATES['start'] = 1",
        "print(start())",
    ),
    "a dict that is imported, and what reads it": above(
        "from kept import RATES, start", "RATES['start'] = 1", "print(RATES)", last="print(start())"
    ),
    "a list that the module appends to": edited_at(
        1, "note(2);", "from kept import LOG, note", "note(1);", "print(LOG)"
    ),
    "an array that is imported": edited_at(
        1, "W[0] = 2", "from kept import W, total", "W[0] = 1", "print(total())"
    ),
    "a view of an array that is imported": above(
        "from kept import W, total", "v = W[:1]", "v[0] = 2", last="print(total(), v, W)"
    ),
    "another name for a module's list": edited_at(
        2, "kept.note(2);", "import kept", "log = kept.LOG", "kept.note(1);", "print(log)"
    ),
    "a list that the module is given": above(
        "import kept", "kept.data = rows = [0]", "rows.append(1)", last="print(kept.data)"
    ),
    "functions that a module's dict holds": edited_at(
        1, "def f(x):\n    return x**2", "from kept import TABLE, run",
        "def f(x):\n    return x", "TABLE['f'] = f", "print(run('f', 3))",
    ),
    "a part of a module's dict": above(
        "from kept import RATES", "inner = RATES['inner']", "inner['x'] = 5", "RATES['start'] = 1",
        last="print(RATES, inner)",
    ),
    "a dict of the lecture's with a module's in it": above(
        "from kept import RATES", "mine = [RATES]", "RATES['start'] = 1", last="print(mine)"
    ),
    "a decorator that notes functions": edited_at(
        1, "@on\ndef f(x):\n    return 2 * x", "from kept import on, fire",
        "@on\ndef f(x):\n    return x", "print(fire(2))",
    ),
    "a decorator that notes functions, which read a value": edited_at(
        0, "k = 2", "k = 1", "from kept import on, fire", "@on\ndef f(x):\n    return k * x",
        "print(fire(2))",
    ),
    "a class that notes its children": edited_at(
        1, "class Net(Base):\n    def go(self):\n        return 2",
        "from kept import Base, make", "class Net(Base):\n    def go(self):\n        return 1",
        "print(make('Net').go())",
    ),
}  # fmt: skip


def beside(states: list[Course], *texts: str, path: str = "figures/kept.py") -> list[Course]:
    """States with a module in the course: in each another text of it, or in all the same."""
    every = texts * (len(states) // len(texts))
    return [
        replace(state, files=((path, text),)) for state, text in zip(states, every, strict=True)
    ]


FOUND = {name: beside(states, MODULE) for name, states in EDITS.items()} | {
    "a package without an __init__.py": beside(
        2 * history(["from parts.one import f", "print(f())"]),
        "def f():\n    return 1\n",
        "def f():\n    return 2\n",
        path="figures/parts/one.py",
    ),
}
"""Counterexamples that were found, made small."""


@pytest.mark.parametrize("found", FOUND)
def test_what_once_went_wrong_stays_right(found: str) -> None:
    check_history(FOUND[found])
