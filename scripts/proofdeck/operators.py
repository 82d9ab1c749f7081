"""Mutation operators: each looks at one node and says by what other code it could be replaced.

They change what the code means: an activation, an initial weight, a step of training, a sign.
Constants are left alone, since a claim that only pins today's digits guards nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from proofdeck.drawing import names_read, root


@dataclass(frozen=True, slots=True)
class Edit:
    """A node and what takes its place."""

    node: ast.AST
    new: ast.expr | ast.stmt | None
    """None: the statement is dropped."""
    part: ast.expr | ast.keyword | None = None
    """The part of the node that is dropped, where only that changes."""


Operator = Callable[[ast.AST, ast.AST], Iterator[Edit]]
"""Called with a node and its parent."""

ROOTS = frozenset("torch nn F functional init optim tf keras layers activations ops".split())
"""What the frameworks' modules are called."""

KERAS = frozenset({"keras", "layers", "tf"})

ACTIVATIONS = {
    **dict.fromkeys("tanh relu leaky_relu elu gelu selu silu swish".split(), "sigmoid"),
    **dict.fromkeys("Tanh ReLU LeakyReLU ELU GELU SELU SiLU".split(), "Sigmoid"),
    "sigmoid": "relu",
    "Sigmoid": "ReLU",
}
INITIALISERS = {
    "xavier_normal_": "kaiming_normal_",
    "xavier_uniform_": "kaiming_uniform_",
    "kaiming_normal_": "xavier_normal_",
    "kaiming_uniform_": "xavier_uniform_",
    "normal_": "xavier_normal_",
    "uniform_": "xavier_uniform_",
    "orthogonal_": "xavier_normal_",
    "zeros_": "ones_",
    "ones_": "zeros_",
    "GlorotNormal": "HeNormal",
    "GlorotUniform": "HeUniform",
    "HeNormal": "GlorotNormal",
    "HeUniform": "GlorotUniform",
    "RandomNormal": "GlorotNormal",
    "RandomUniform": "GlorotUniform",
    "Zeros": "Ones",
    "Ones": "Zeros",
}
NORMALISATIONS = dict.fromkeys(
    """BatchNorm1d BatchNorm2d LayerNorm GroupNorm
    BatchNormalization LayerNormalization GroupNormalization""".split(),
    "Identity",
)
OPTIMISERS = {"SGD": "Adam", "Adam": "SGD", "AdamW": "SGD", "RMSprop": "SGD", "Adagrad": "SGD"}
KEPT = frozenset({"params", "lr", "learning_rate", "seed"})
"""Arguments that all optimisers, and all initialisers, know."""

WORDS = {
    **{name: other for name, other in ACTIVATIONS.items() if name.islower()},
    "glorot_uniform": "he_uniform",
    "glorot_normal": "he_normal",
    "he_uniform": "glorot_uniform",
    "he_normal": "glorot_normal",
    "random_normal": "glorot_normal",
    "zeros": "ones",
    "xavier": "he",
    "glorot": "he",
    "he": "xavier",
    "sgd": "adam",
    "adam": "sgd",
}
"""Strings that name one of these."""

STEPS = frozenset("step zero_grad apply apply_gradients assign_sub assign_add zero_".split())
"""Methods whose call, as a statement, is a step of training."""

CLIPPERS = frozenset("clip_grad_norm_ clip_grad_value_ clip_by_global_norm clip_by_norm".split())
CLIPPING = frozenset({"clipnorm", "clipvalue", "global_clipnorm"})


def swap_module_name(node: ast.AST, parent: ast.AST) -> Iterator[Edit]:
    """`nn.ReLU()` → `nn.Sigmoid()`, and the like for initialisers, normalisation, optimisers."""
    called = isinstance(node, ast.Call)
    name = node.func if isinstance(node, ast.Call) else node
    if not isinstance(name, ast.Attribute) or root(name) not in ROOTS:
        return
    if not called and (_is_called(name, parent) or _tests_type(parent)):
        return
    for table, keep in ((ACTIVATIONS, _first), (INITIALISERS, _first), (OPTIMISERS, _known)):
        if name.attr in table:
            new = _other(name, table[name.attr])
            if called and new:
                keep = _none if name.attr[0].isupper() and table is not OPTIMISERS else keep
                yield Edit(node, keep(new, node))
            elif new:
                yield Edit(node, new)
    if name.attr in NORMALISATIONS:
        new = ast.Attribute(name.value, "Identity", ast.Load())
        yield Edit(node, _none(new, node) if called else new)


def _other(name: ast.Attribute, attr: str) -> ast.expr | None:
    """The module's other function or class, under the name that it has there."""
    if isinstance(name.value, ast.Name) and name.value.id == "tf":
        return ast.Attribute(name.value, "sigmoid" if name.attr == "tanh" else "tanh", ast.Load())
    if attr in ("Sigmoid", "ReLU") and root(name) in KERAS:
        return None  # Keras has few layers for activations; its activations are mostly strings
    if attr in INITIALISERS and attr.endswith("_") and not _is_init(name.value):
        return None
    return ast.Attribute(name.value, attr, ast.Load())


def _is_init(node: ast.expr) -> bool:
    last = node.attr if isinstance(node, ast.Attribute) else root(node)
    return last == "init"


def _first(new: ast.expr, call: ast.AST) -> ast.expr:
    return ast.Call(new, call.args[:1] if isinstance(call, ast.Call) else [], [])


def _none(new: ast.expr, call: ast.AST) -> ast.expr:
    return ast.Call(new, [], [])


def _known(new: ast.expr, call: ast.AST) -> ast.expr:
    assert isinstance(call, ast.Call)
    return ast.Call(new, call.args, [k for k in call.keywords if k.arg in KEPT])


def _is_called(node: ast.AST, parent: ast.AST) -> bool:
    return isinstance(parent, ast.Call) and parent.func is node


def _tests_type(parent: ast.AST) -> bool:
    return isinstance(parent, ast.Call) and root(parent.func) == "isinstance"


def swap_word(node: ast.AST, parent: ast.AST) -> Iterator[Edit]:
    """`activation="relu"` → `activation="sigmoid"`; not keys, which only name something."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return
    other = WORDS.get(node.value)
    if isinstance(parent, ast.keyword) and parent.arg == "nonlinearity":
        other = {"relu": "tanh", "tanh": "relu"}.get(node.value)
    is_key = isinstance(parent, ast.Dict) and any(key is node for key in parent.keys)
    if other and not is_key and not isinstance(parent, ast.Subscript | ast.Compare | ast.Expr):
        yield Edit(node, ast.Constant(other))


def drop_step(node: ast.AST, parent: ast.AST) -> Iterator[Edit]:
    """`optimizer.step()` → nothing; also `zero_grad()`, `model.add(layer)`, `p.grad = None`."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=attr), args=args)):
            adds_layer = attr == "add" and any(root(argument) in ROOTS for argument in args)
            if attr in STEPS or adds_layer:
                yield Edit(node, None)
        case ast.Assign(targets=[ast.Attribute(attr="grad")], value=ast.Constant(value=None)):
            yield Edit(node, None)


def drop_clipping(node: ast.AST, parent: ast.AST) -> Iterator[Edit]:
    """`clip_grad_norm_(p, 1.0)` → `clip_grad_norm_(p, 1e30)`; `clipnorm=1.0` → nothing."""
    if not isinstance(node, ast.Call):
        return
    name = node.func.attr if isinstance(node.func, ast.Attribute) else root(node.func)
    if name in CLIPPERS:
        new = ast.Call(node.func, [node.args[0], ast.Constant(1e30)], [])
        yield Edit(node, new, node)
    for keyword in node.keywords:
        if keyword.arg in CLIPPING:
            kept = [other for other in node.keywords if other is not keyword]
            yield Edit(node, ast.Call(node.func, node.args, kept), keyword)


def drop_skip(node: ast.AST, parent: ast.AST) -> Iterator[Edit]:
    """`x + f(x)` → `f(x)`; `layers.add([x, y])` → `y`."""
    match node:
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            for skip, branch in ((left, right), (right, left)):
                if isinstance(skip, ast.Name) and _is_branch(branch, skip.id):
                    yield Edit(node, branch)
        case ast.AugAssign(op=ast.Add(), target=ast.Name(id=name) as target, value=branch):
            if isinstance(branch, ast.Call) and _is_branch(branch, name):
                yield Edit(node, ast.Assign([target], branch, lineno=0))
        case ast.Call(args=[ast.List(elts=[_, *_, last])]) if _adds(node.func):
            yield Edit(node, last)


def _is_branch(node: ast.expr, name: str) -> bool:
    """Whether `node` may be a function of what the skip carries."""
    if isinstance(node, ast.Name):
        return True
    return isinstance(node, ast.Call) and any(
        isinstance(part, ast.Name) and part.id == name for part in ast.walk(node)
    )


def _adds(function: ast.expr) -> bool:
    inner = function.func if isinstance(function, ast.Call) else function
    return isinstance(inner, ast.Attribute) and inner.attr in ("Add", "add")


def drop_layer(node: ast.AST, parent: ast.AST) -> Iterator[Edit]:
    """`nn.Sequential(a, b, c)` without one of its layers; the same for lists of layers."""
    match node:
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            pass
        case ast.Call(func=ast.Attribute(attr="Sequential"), args=parts):
            pass
        case _:
            return
    if len(parts) < 2 or not any(_is_layer(part) for part in parts):
        return
    for number, part in enumerate(parts):
        if isinstance(part, ast.Call) and not _is_input(part):
            rest = parts[:number] + parts[number + 1 :]
            yield Edit(node, _with(node, rest), part)


def _is_layer(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call) or root(node.func) not in {"nn", "layers", "keras"}:
        return False
    return not names_read(node.func) & {"optimizers", "losses", "metrics", "initializers"}


def _is_input(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr in ("Input", "InputLayer")


def _with(node: ast.AST, parts: list[ast.expr]) -> ast.expr:
    if isinstance(node, ast.Call):
        return ast.Call(node.func, parts, node.keywords)
    kind = ast.List if isinstance(node, ast.List) else ast.Tuple
    return kind(parts, ast.Load())
