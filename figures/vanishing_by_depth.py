"""The first layer's gradient against the number of layers: a straight line on a log axis."""

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch.nn import functional

from coursestyle import COLORS, HALF, LABELS, apply_style
from networks import deep_net, gradient_norms, initialise

apply_style()


def first_layer_gradient(depth: int, activation: str, scheme: str) -> float:
    """Return the norm of the first layer's weight gradient in a fresh network."""
    x, target = torch.randn(64, 16), torch.randn(64, 1)
    net = initialise(deep_net(depth, activation, width=64, n_in=16), scheme)
    functional.mse_loss(net(x), target).backward()
    return gradient_norms(net)[0]


depths = [2, 6, 10, 14, 18, 22, 26, 30]
first_gradients = {
    "sigmoid": [first_layer_gradient(depth, "sigmoid", "xavier") for depth in depths],
    "relu": [first_layer_gradient(depth, "relu", "he") for depth in depths],
}
logs = {name: np.log10(gradients) for name, gradients in first_gradients.items()}
decades_per_layer = {name: np.polyfit(depths, log, deg=1)[0].item() for name, log in logs.items()}
sigmoid_straightness = np.corrcoef(depths, logs["sigmoid"])[0, 1].item() ** 2  # R squared
sigmoid_factor_per_layer = 10 ** decades_per_layer["sigmoid"]

fig, ax = plt.subplots(figsize=HALF)
for name, gradients in first_gradients.items():
    ax.semilogy(depths, gradients, "o-", color=COLORS[name], label=LABELS[name])
ax.set_xlabel("hidden layers")
ax.set_ylabel("first layer's gradient norm")
ax.legend(loc="lower left")
plt.show()
