"""After an edit: what the order of statements, calls and names within a snippet hide."""

from __future__ import annotations

import pytest

from histories import above, check_history, edited_at, history

TWICE = "class A:\n    n = 2\nclass A(A):\n    m = 3"
ANEW = "import math as k\ndef f(x=k): return x.__name__\nimport json as k"
WEEKS = "import calendar"
SHOWN = "print(calendar.firstweekday())"
RAW = "raw = pickle.dumps(C())"
C = "class C:\n    n = {}\n    def f(self): return self.n"
C1, C2 = C.format(1), C.format(2)
SWAP = "def swap():\n    global f\n    def f(): return {}"

FOUND = {
    "what a function reads that stands below the class that calls it": edited_at(
        0,
        "n = 2",
        "n = 1",
        "class A:\n    def f(self): return g()\ndef g(): return n\nprint(A().f())",
    ),
    "a pickle that is loaded under another name": edited_at(
        1, C2, "import pickle, pickle as pkl", C1, RAW, "print(pkl.loads(raw).f())"
    ),
    "a pickle that is loaded by a name": edited_at(
        1, C2, "import pickle\nfrom pickle import loads", C1, RAW, "print(loads(raw).f())"
    ),
    "a pickle that a function loads": edited_at(
        2,
        C2,
        "import pickle\nfrom pickle import loads as ld",
        "def get(raw): return ld(raw)",
        C1,
        RAW,
        "print(get(raw).f())",
    ),
    "a pickle that is loaded in the snippet of the import": edited_at(
        1, C2, "import pickle", C1, RAW, "from pickle import loads\nprint(loads(raw).f())"
    ),
    "how much memory a list takes": above(
        "import sys", "xs = []\nfor n in range(17): xs.append(n)", last="print(sys.getsizeof(xs))"
    ),
    "how much memory a list takes, by a name": above(
        "from sys import getsizeof",
        "xs = []\nfor n in range(17): xs.append(n)",
        last="print(getsizeof(xs))",
    ),
    "names in a string of blocks": edited_at(
        0, "A = np.eye(1)", "A = np.zeros((1, 1))", "print(np.bmat('A A'))"
    ),
    "a part of a package that an import from it loaded": above(
        "from sympy.stats import Normal", last="import sympy\nprint(sympy.stats.__name__)"
    ),
    "a part of a package that was imported under another name": above(
        "import xml.dom.minidom as md", last="import xml\nprint(xml.dom.minidom.__name__)"
    ),
    "a class that is made twice, the second from the first": history(
        ["class A:\n    n = 1", "print(A.n)", TWICE, "print(A.n)"],
        ["class A:\n    n = 1", "print(A.n, 1)", TWICE, "print(A.n, 1)"],
    ),
    "a default that is another later in its snippet": history(
        ["import cmath as k", "print(k.e)", ANEW, "print(f())"],
        ["import cmath as k", "print(k.e, 1)", ANEW, "print(f(), 1)"],
    ),
    "a class that counts on from a value": edited_at(
        0, "n = 5", "n = 1", "class A:\n    n += 1\nprint(A.n)"
    ),
    "a signal's handler that was there before": above(
        "import signal",
        "old = signal.signal(signal.SIGUSR1, signal.SIG_IGN)",
        last="print(signal.getsignal(signal.SIGUSR1))",
    ),
    "a limit that was there before": above(
        "import csv", "old = csv.field_size_limit(77)", last="print(csv.field_size_limit())"
    ),
    "a setter that is looked up": above(
        WEEKS, "getattr(calendar, 'setfirstweekday')(6)", last=SHOWN
    ),
    "a setter that is handed on": above(
        WEEKS, "def apply(f, *a): f(*a)", "apply(calendar.setfirstweekday, 6)", last=SHOWN
    ),
    "a function that another one makes again": above(
        f"def f(): return 1\n{SWAP.format(2)}", "swap()", last="print(f())"
    ),
    "a function that another one makes again in its snippet": above(
        f"def f(): return 1\n{SWAP.format(2)}\nswap()", last="print(f())"
    ),
    "a function that was made again otherwise": edited_at(
        1, SWAP.format(3), "def f(): return 1", SWAP.format(2), "swap()", "print(f())"
    ),
}
"""Counterexamples that were found, made small."""


@pytest.mark.parametrize("found", FOUND)
def test_what_once_went_wrong_stays_right(found: str) -> None:
    check_history(FOUND[found], "torch")
