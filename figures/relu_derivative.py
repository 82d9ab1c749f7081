"""The slopes of sigmoid, tanh, ReLU and leaky ReLU side by side."""

from collections.abc import Callable

import matplotlib.pyplot as plt
import torch
from torch import Tensor
from torch.nn import functional

from coursestyle import COLORS, LABELS, apply_style

apply_style()


def slope_of(activation: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Return the derivative of an element-wise function at each x."""
    x = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(activation(x).sum(), x)
    return slope


functions = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": functional.leaky_relu,
}
inputs = torch.linspace(-6, 6, 1201)
slopes = {name: slope_of(function, inputs) for name, function in functions.items()}

max_slope = {name: slope.max().item() for name, slope in slopes.items()}
negative_slopes = {name: slope[inputs < 0].numpy() for name, slope in slopes.items()}
positive_slopes = {name: slope[inputs > 0].numpy() for name, slope in slopes.items()}

fig, axes = plt.subplots(1, 4, figsize=(11.5, 2.8), sharey=True)
for ax, (name, slope) in zip(axes, slopes.items(), strict=True):
    ax.plot(inputs, slope, color=COLORS[name])
    ax.set_title(LABELS[name])
    ax.set_xlabel("input")
    ax.set_ylim(-0.05, 1.1)
axes[0].set_ylabel("slope")
plt.show()
