"""Each operator on a line of its own, and what is never changed."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from proofdeck.mutations import mutations


def changes(code: str) -> set[str]:
    """The line that differs in each mutation of `code`."""
    old = code.splitlines()
    found = set()
    for mutation in mutations(code):
        new = mutation.code.splitlines()
        found |= {line.strip() for line in new if line not in old}
    return found


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("y = torch.sigmoid(x)", {"y = torch.relu(x)"}),
        ("y = F.leaky_relu(x, 0.1)", {"y = F.sigmoid(x)"}),
        ("y = tf.sigmoid(x)", {"y = tf.tanh(x)"}),
        ("a = nn.ReLU(inplace=True)", {"a = nn.Sigmoid()"}),
        ("kinds = {'relu': nn.ReLU}", {"kinds = {'relu': nn.Sigmoid}"}),
        ("h = layers.Dense(8, activation='tanh')", {"h = layers.Dense(8, activation='sigmoid')"}),
        (
            "runs = [('sigmoid', 'he')]",
            {"runs = [('relu', 'he')]", "runs = [('sigmoid', 'xavier')]"},
        ),
        ("r = nn.RNN(1, 2, nonlinearity='relu')", {"r = nn.RNN(1, 2, nonlinearity='tanh')"}),
    ],
)
def test_an_activation_becomes_another(code: str, expected: set[str]) -> None:
    assert changes(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("nn.init.normal_(w, std=0.01)", {"nn.init.xavier_normal_(w)"}),
        ("nn.init.zeros_(b)", {"nn.init.ones_(b)"}),
        ("i = keras.initializers.HeNormal(seed=1)", {"i = keras.initializers.GlorotNormal()"}),
        (
            "d = Dense(2, kernel_initializer='glorot_uniform')",
            {"d = Dense(2, kernel_initializer='he_uniform')"},
        ),
    ],
)
def test_an_initialiser_becomes_another(code: str, expected: set[str]) -> None:
    assert changes(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("n = nn.BatchNorm1d(8)", {"n = nn.Identity()"}),
        ("n = layers.BatchNormalization()(h)", {"n = layers.Identity()(h)"}),
    ],
)
def test_normalisation_is_left_out(code: str, expected: set[str]) -> None:
    assert changes(code) == expected


def test_an_optimiser_becomes_another_without_what_only_it_knows() -> None:
    code = "o = torch.optim.SGD(p, lr=0.1, momentum=0.9)"
    assert changes(code) == {"o = torch.optim.Adam(p, lr=0.1)"}


@pytest.mark.parametrize(
    "step",
    [
        "optimizer.step()",
        "optimizer.zero_grad()",
        "optimizer.apply(gradients, weights)",
        "p.grad = None",
        "w.assign_sub(0.1 * g)",
        "model.add(layers.Dense(8))",
    ],
)
def test_a_step_is_dropped_and_the_rest_of_its_line_stays(step: str) -> None:
    assert changes(f"{step}; n = 2") == {"pass; n = 2"}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("n = nn.utils.clip_grad_norm_(p, max_norm=1)", "n = nn.utils.clip_grad_norm_(p, 1e+30)"),
        ("o = keras.optimizers.Nadam(0.1, clipnorm=1)", "o = keras.optimizers.Nadam(0.1)"),
    ],
)
def test_clipping_is_switched_off(code: str, expected: str) -> None:
    assert changes(code) == {expected}


@pytest.mark.parametrize(
    ("code", "branch"),
    [
        ("y = x + self.branch(x)", "y = self.branch(x)"),
        ("x += f(x)", "x = f(x)"),
        ("y = layers.add([x, h])", "y = h"),
        ("h = h + a if skip else a", "h = a if skip else a"),
    ],
)
def test_a_skip_loses_its_addition(code: str, branch: str) -> None:
    assert branch in changes(code)


def test_each_layer_of_a_network_is_dropped_but_not_its_input() -> None:
    code = "n = keras.Sequential([keras.Input((1,)), layers.Dense(2), layers.Dense(1)])"
    assert changes(code) == {
        "n = keras.Sequential([keras.Input((1,)), layers.Dense(1)])",
        "n = keras.Sequential([keras.Input((1,)), layers.Dense(2)])",
    }


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("a = 0 < b <= c", {"a = (0 >= b <= c)", "a = (0 < b > c)"}),
        ("a = 1 - y", {"a = (1 + y)"}),
        ("a = 2 * (b - c)", {"a = 2 * ((b + c))"}),
        ("w -= g", {"w += g"}),
        ("a = -b", {"a = b"}),
        ("a = -1 + len(b)", {"a = (-1 - len(b))"}),
        ("a = [1] + b", set()),
        ("a = 'x' + b", set()),
    ],
)
def test_comparisons_and_signs_are_flipped_but_not_what_joins(
    code: str, expected: set[str]
) -> None:
    assert changes(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "a = [f(i) for i in range(n)]",
            {
                "a = [f(i) for i in range(1, n)]",
                "a = [f(i) for i in reversed(range(n))]",
            },
        ),
        (
            "for i in range(2, n): a[i] = 0",
            {
                "for i in range(3, n): a[i] = 0",
                "for i in reversed(range(2, n)): a[i] = 0",
            },
        ),
        ("for _ in range(300): f()", {"for _ in range(1): f()"}),
    ],
)
def test_a_range_starts_later_or_runs_backwards_or_once(code: str, expected: set[str]) -> None:
    assert changes(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("a = h.abs().mean()", {"a = h.abs().flatten()[0]"}),
        ("a = h.mean(dim=0)", {"a = h[0]"}),
        ("a = np.sum(h, axis=1)", {"a = h[:, 0]"}),
        ("a = np.linalg.norm(g)", {"a = np.ravel(g)[0]"}),
        ("a = tf.reduce_mean(h)", {"a = tf.reshape(h, [-1])[0]"}),
        (
            "a = sum(h.mean(0) for h in hs)",
            {
                "a = next(iter((h.mean(0) for h in hs)))",
                "a = sum(h[0] for h in hs)",
            },
        ),
    ],
)
def test_a_reduction_becomes_its_first_element(code: str, expected: set[str]) -> None:
    assert changes(code) == expected


@pytest.mark.parametrize(
    "code",
    [
        "plt.plot(x - 1, label='relu')",
        "fig, (left, right) = plt.subplots()\nleft.plot(-x)\nright.plot(x.mean())",
        "for ax in axes:\n    ax.plot(x + 1)",
        "for i in range(3):\n    plt.plot(x[i])",
        "def draw_bars(values):\n    top = max(values)",
        "def mark(ax, x):\n    return x + 1",
        "print(f'{-x}', x.sum())",
        '"""Why: a < b."""',
        "from torch import relu",
        "if __name__ == '__main__':\n    print(a + b)",
        "raise ValueError(a + b)",
        "color = COLORS['relu']",
        "how = keras.optimizers.Ftrl(), keras.losses.Huber()",
        "kinds = {'relu': 1}",
        "rate, depth, seed = 0.1, 10, -1",
        "def f(x: list[nn.ReLU]) -> nn.ReLU:\n    return x",
        "%matplotlib inline\na = b + c",
    ],
)
def test_drawing_texts_labels_and_constants_are_left_alone(code: str) -> None:
    assert changes(code) == set()


def test_a_mutation_knows_its_line_and_keeps_all_others() -> None:
    code = "# Größe ✓\nx = 1  # öl\ndef f(a):\n    ä = '✓'; return ä, a < (\n        1)\n"
    (mutation,) = mutations(code)
    assert (mutation.line, mutation.description) == (4, "`a < ( 1)` → `a >= 1`")
    assert mutation.code == code.replace("a < (\n        1)", "(a >= 1)")
    assert mutation.names == {"f"}


def test_a_dropped_layer_is_named_by_its_own_line() -> None:
    found = mutations("net = nn.Sequential(\n    nn.Linear(2, 3),\n    nn.Flatten(),\n)")
    assert [(m.line, m.description) for m in found] == [
        (2, "without `nn.Linear(2, 3)`"),
        (3, "without `nn.Flatten()`"),
    ]


def test_the_probe_raises_where_the_change_is() -> None:
    (mutation,) = mutations("def f(a):\n    return a < 1")
    namespace: dict[str, Any] = {}
    exec(mutation.probe, namespace)
    with pytest.raises(AssertionError):
        namespace["f"](0)


def test_every_mutation_is_python_and_differs_from_all_others() -> None:
    code = "y = x + f(x) - (a < b)\nfor _ in range(9):\n    optimizer.step()\n"
    texts = [mutation.code for mutation in mutations(code)]
    assert len({ast.dump(ast.parse(text)) for text in [code, *texts]}) == len(texts) + 1
