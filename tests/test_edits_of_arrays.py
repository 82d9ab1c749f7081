"""After an edit: arrays and tensors, what they share, and what autograd keeps of them."""

from __future__ import annotations

import pytest

from histories import above, check_history, edited_at, history

T = "import torch"
X = "import torch\nx = torch.ones(2, requires_grad=True)"
GROWS = "try:\n    a.resize(6)\n    print(a)\nexcept ValueError:\n    print('not its own')"
FOLLOWS = (
    "try:\n    (x * c).sum().backward()\n    print(x.grad)\nexcept RuntimeError:\n    print('!')"
)
BACK = """\
try:
    y = (x**2).sum()
    a.zero_()
    y.backward()
except RuntimeError:
    print('!')"""
MEANS = "@torch.inference_mode()\ndef double(x):\n    return 2 * x"
KEPT = "x = torch.ones(2, requires_grad=True)\ny = x * 2\ny.retain_grad()\ny.sum().backward()"
FUNCTION = """\
class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, by):
        {}
        return x * by
    @staticmethod
    def backward(ctx, grad):
        return grad * {}, None"""
SAVING = FUNCTION.format("ctx.save_for_backward(by)", "ctx.saved_tensors[0]")
HOLDING = FUNCTION.format("ctx.by = by", "ctx.by")
HOOKED = (
    "def f(x):\n    h = 2 * x\n    h.register_hook(lambda g: norms.append(g.sum()))\n    return h"
)
UNPACKED = """\
log = []
def pack(t):
    log.append('pack')
    return t
def unpack(t):
    log.append('unpack')
    return t
with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
    y = (x**2).sum()"""

FOUND = {
    "a view of an array without a name": above("a = np.arange(9)[2:5]", last="print(a.base)"),
    "a view turned": above("a = np.ones((2, 3)).T", last="print(a.flags.owndata, a.strides)"),
    "a view whose array lost its name": above(
        "a = np.arange(6)\nb = a.reshape(2, 3)\ndel a", last="print(b.base)"
    ),
    "a view of a view": above(
        "a = np.arange(6).reshape(2, 3)", "b = a.T", last="print(b.base is a)"
    ),
    "a view with steps, written": above(
        "a = np.arange(12).reshape(3, 4)[1:, ::2]", "a[0, 0] = 99", last="print(a, a.base)"
    ),
    "a view or a copy": edited_at(
        0,
        "a = np.arange(6).reshape(2, 3).copy()",
        "a = np.arange(6).reshape(2, 3)",
        "print(a.base is None)",
    ),
    "an array that cannot grow": edited_at(0, "a = np.arange(4)[:]", "a = np.arange(4)", GROWS),
    "parts of one array": above(
        "a = np.split(np.arange(6), 3)", last="print(a[0].base is a[1].base)"
    ),
    "memory of a tensor": above(T, "a = torch.ones(4).numpy()[1:]", last="print(a.base is None)"),
    "data or detach": edited_at(1, "a = x.data", X, "a = x.detach()", BACK),
    "inference or no_grad": edited_at(
        1,
        "with torch.no_grad():\n    c = torch.ones(2)",
        X,
        "with torch.inference_mode():\n    c = torch.ones(2)",
        FOLLOWS,
    ),
    "a function decorated otherwise": edited_at(
        1,
        MEANS.replace("inference_mode", "no_grad"),
        T,
        MEANS,
        "p = double(torch.ones(2))",
        "print(p.is_inference())",
    ),
    "how often a tensor changed": edited_at(
        1, "x = torch.zeros(2)\nx.add_(0)", T, "x = torch.zeros(2)", "print(x._version)"
    ),
    "a view of a tensor without a name": edited_at(
        1,
        "x = torch.arange(6).view(2, 3).clone()",
        T,
        "x = torch.arange(6).view(2, 3)",
        "print(x._base is None)",
    ),
    "a retained gradient": above(T, f"{KEPT}\ng = y.grad", "y.grad.zero_();", last="print(g)"),
    "a retained gradient by its own name": above(
        T, KEPT, "g = y.grad", "g.mul_(5);", last="print(y.grad)"
    ),
    "what a context saved": above(
        X,
        f"{SAVING}\nby = torch.ones(2)\ny = Scale.apply(x, by)",
        "by.data[0] = 0",
        last="y.sum().backward()\nprint(x.grad)",
    ),
    "what a context holds": above(
        X,
        f"{HOLDING}\nby = torch.ones(2)\ny = Scale.apply(x, by)",
        "by += 1",
        last="y.sum().backward()\nprint(x.grad)",
    ),
    "hooks of saved tensors": above(X, UNPACKED, "y.backward()", last="print(log)"),
    "a hook on a tensor that has no name": above(
        X, f"norms = []\n{HOOKED}", "loss = f(x).sum()", "loss.backward()", last="print(norms)"
    ),
    "a hook of a node": above(
        X,
        "seen = []\ny = x * 2",
        "h = y.grad_fn.register_hook(lambda a, b: seen.append(1))",
        "y.sum().backward()",
        last="print(seen)",
    ),
    "a hook of a node that is removed": above(
        X,
        "seen = []\ny = x * 2",
        "h = y.grad_fn.register_prehook(lambda a: seen.append(1))",
        "h.remove()",
        "y.sum().backward()",
        last="print(seen)",
    ),
    "a traced network": above(
        T,
        "net = torch.nn.Linear(2, 1)\ntraced = torch.jit.trace(net, torch.ones(1, 2))",
        "with torch.no_grad():\n    net.bias.fill_(50)",
        last="print(traced(torch.ones(1, 2)) > 20)",
    ),
    "values of a sparse tensor": above(
        T,
        "v = torch.ones(2)\ns = torch.sparse_coo_tensor(torch.tensor([[0, 1]]), v, (3,))",
        "v.mul_(4);",
        last="print(s.to_dense())",
    ),
    "values of a CSR tensor": above(
        T,
        "v = torch.ones(1)\ns = torch.eye(1).to_sparse_csr()\nv = s.values()",
        "v.mul_(4);",
        last="print(s.to_dense())",
    ),
    "a tensor's storage": above(
        T,
        "x = torch.zeros(2)\nbytes_of = x.untyped_storage()",
        "x.add_(1);",
        last="print(bytes_of[3], bytes_of[2])",
    ),
    "a draw whose state is put back": history(
        *2 * [[T, "with torch.random.fork_rng():\n    a = torch.rand(1)", "print(a)"]], seeds=(1, 2)
    ),
    "the state of a generator": history(
        *2 * [["s = np.random.get_state()", "np.random.set_state(s)\nprint(np.random.rand())"]],
        seeds=(1, 2),
    ),
    "the seed that was set": history(*2 * [[T, "print(torch.initial_seed())"]], seeds=(1, 2)),
    "a warning that is given once": above(
        "import torch\nw = torch.ones((), requires_grad=True)",
        "print(float(w))",
        last="print(float(2 * w))",
    ),
}
"""Counterexamples that were found, made small."""


@pytest.mark.parametrize("found", FOUND)
def test_what_once_went_wrong_stays_right(found: str) -> None:
    check_history(FOUND[found], "torch")
