"""After an edit: what names hold, and what was made of what."""

from __future__ import annotations

import pytest

from histories import above, check_history, edited_at, history

CHILD = ("class Base:\n    n = 1", "class Kid(Base):\n    pass", "class Base:\n    n = 2")
MARKED = "import math as k\n\n\ndef f(x: k.floor):\n    return x"
OTHER = (MARKED, "import json as k\n\n\ndef g(x: k.dumps):\n    return x", "import math as k")
BOTH = "import math as m, json as k\n\n\ndef f(x: m.floor):\n    return x"
TRIED = "try:\n    print(k)\nexcept NameError:\n    print('gone')"
ONE = "class A:\n    n = 1\n    def f(self): return 1"
CALL = "try:\n    print(A().f())\nexcept TypeError:\n    print('none')"
FRAME = "import inspect\ndef f():\n    return inspect.currentframe().f_lineno"

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
    "a name that is gone and is imported beside another": history(
        [BOTH, "del k", "print(f(1), m.e)", TRIED],
        [BOTH, "del k", "print(f(2), m.e)", f"{TRIED}\n1"],
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
    "a name between underlines": above("__all__ = ['a']", last="print(__all__)"),
    "what a function reads that another one calls": edited_at(
        0, "a = 2", "a = 1", "def f(): return a\ndef g(): return f()\nprint(g())"
    ),
    "what a function changes that another one calls": above(
        "xs = []", "def f(): xs.append(1)\ndef g(): f()\ng()", last="print(xs)"
    ),
    "what a function reads that may be defined again": edited_at(
        0, "a = 2", "a = 1", "def f(): return a\nif False:\n    def f(): return 3\nprint(f())"
    ),
    "a base that is made anew under its own name": edited_at(
        0,
        "class Net:\n    def f(self): return 5",
        "class Net:\n    def f(self): return 1",
        "class Net(Net):\n    def g(self): return 2",
        "print(Net().f())",
    ),
    "a base that is another later": edited_at(
        0,
        "class A:\n    n = 2",
        "class A:\n    n = 1",
        "class B(A): pass",
        "class A:\n    n = 9",
        "print(B.n)",
    ),
    "a base that is imported": edited_at(
        0,
        "from builtins import dict as Base",
        "from collections import UserDict as Base",
        "class D(Base): pass",
        "d = D()",
        "print(isinstance(d, dict))",
    ),
    "another name for a part of what is imported": edited_at(
        0, "import cmath as m", "import math as m", "s = m.sqrt", "print(s(4))"
    ),
    "what a function evaluates": edited_at(
        1, "x = 4", "def show(e): print(e, eval(e))", "x = 3", "show('x + 1')"
    ),
    "what a method finds among all names": edited_at(
        1,
        "x = 2",
        "class Env:\n    def __getitem__(self, k): return globals()[k]\nenv = Env()",
        "x = 1",
        "print(env['x'])",
    ),
    "subclasses that a function looks for": edited_at(
        1,
        "class E(Base): pass",
        "class Base: pass\ndef subs(): return [c.__name__ for c in Base.__subclasses__()]",
        "class D(Base): pass",
        "print(subs())",
    ),
    "what a string runs": above(
        "def f(): return 3",
        last="import timeit\n"
        "print(timeit.timeit('f()', setup='from __main__ import f', number=1) > 0)",
    ),
    "what a docstring says": edited_at(
        0,
        "def f():\n    '>>> f()\\n3'\n    return 4",
        "def f():\n    '>>> f()\\n3'\n    return 3",
        "import doctest\nprint(doctest.testmod())",
    ),
    "an array that grows": above("a = np.zeros(3)", last="a.resize(5)\nprint(a)"),
    "an array that steps over memory": above(
        "b = np.arange(12).reshape(3, 4)[:, ::2]", last="print(b.strides)"
    ),
    "arrays in one value that share memory": above(
        "def load():\n    X = np.arange(4.0)\n    return {'X': X, 'train': X[:2]}\nd = load()",
        last="d['X'] -= 5\nprint(d['train'])",
    ),
    "the order of a set": above(
        "s = set(range(100))\nfor n in range(100):\n    if n not in (2, 65): s.discard(n)",
        last="print(list(s))",
    ),
    "a row of records": above(
        "a = np.zeros(2, dtype=[('x', 'i4')])\nrow = a[0]", "row['x'] = 5", last="print(a)"
    ),
    "an array as an iterator": above("a = np.zeros(3)\nf = a.flat", "f[1] = 7", last="print(a)"),
    "a tensor's hook": above(
        "import torch",
        "seen = []\nx = torch.ones(1, requires_grad=True)\ny = x * 2\n"
        "h = y.register_hook(lambda g: seen.append(1))\nloss = y.sum()",
        "loss.backward()",
        last="print(seen)",
    ),
    "a hook for what is accumulated": above(
        "import torch",
        "w = torch.ones(1, requires_grad=True)",
        "w.register_post_accumulate_grad_hook(lambda p: print('acc'));",
        last="(w * 2).sum().backward()",
    ),
    "what a backward pass of one's own reads": edited_at(
        3,
        "k = 4",
        "import torch",
        "k = 2\nclass F(torch.autograd.Function):\n    @staticmethod\n"
        "    def forward(ctx, x): return x * 1\n    @staticmethod\n"
        "    def backward(ctx, g): return g * k",
        "x = torch.ones(1, requires_grad=True)\ny = F.apply(x)",
        "k = 3",
        "y.backward()\nprint(x.grad)",
    ),
    "a tensor that a graph keeps": above(
        "import torch",
        "x = torch.ones(1, requires_grad=True)\nc = torch.tensor([3.0])\ny = x * c",
        "c.data.add_(1);",
        last="y.backward()\nprint(x.grad)",
    ),
    "what a manager keeps to itself": above(
        "from contextlib import contextmanager\n@contextmanager\ndef safe():\n"
        "    try: yield\n    except ZeroDivisionError: print('caught')",
        "a = 1",
        last="with safe():\n    1 / 0\n    a = 2\nprint(a)",
    ),
    "a hint that gives no value": above("x = 1", last="x: int\nprint(x)"),
    "on which line a function stands": edited_at(
        0,
        "# more\ndef f():\n    return 1",
        "def f():\n    return 1",
        "import inspect\nprint(inspect.getsourcelines(f)[1])",
    ),
    "on which line a frame is": edited_at(
        0,
        f"# more\n{FRAME}",
        FRAME,
        "print(f())",
    ),
    "on which line a function stands, in its bytecode": edited_at(
        0, "# more\ndef f(x):\n    return x", "def f(x):\n    return x", "import dis\ndis.dis(f)"
    ),
    "what a hint in quotes means": edited_at(
        1,
        "Metres = int",
        "from typing import get_type_hints\ndef f(x: 'Metres'):\n    return x",
        "Metres = float",
        "print(get_type_hints(f))",
    ),
    "what a field's hint in quotes means": above(
        "from typing import get_type_hints\nclass Node:\n    part: 'Part'",
        "class Part:\n    pass",
        last="print(get_type_hints(Node))",
    ),
    "a hint in quotes that a decorator reads": above(
        "from functools import singledispatch\nclass Part:\n    pass",
        "@singledispatch\ndef f(x):\n    return 0\n@f.register\ndef _(x: 'Part'):\n    return 1",
        last="print(f(Part()))",
    ),
    "a class whose hint in quotes is itself": edited_at(
        0,
        "class Node:\n    n = 1\n    left: 'Node'",
        "class Node:\n    left: 'Node'",
        "node = Node()",
        "print(hasattr(node, 'n'))",
    ),
    "overloads": above(
        "from typing import get_overloads, overload\n@overload\ndef f(x: int) -> int: ...\n"
        "@overload\ndef f(x: str) -> str: ...\ndef f(x):\n    return x",
        last="print(len(get_overloads(f)))",
    ),
}
"""Counterexamples that were found, made small."""


@pytest.mark.parametrize("found", FOUND)
def test_what_once_went_wrong_stays_right(found: str) -> None:
    check_history(FOUND[found], "torch")
