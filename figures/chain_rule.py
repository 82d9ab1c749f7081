"""The chain rule on ten sigmoid layers of one unit: autograd against the product by hand."""

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor

from coursestyle import COLORS, HALF, apply_style

apply_style()


def chain(weights: Tensor, biases: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the output of one-unit sigmoid layers and the slope at each layer."""
    slopes = []
    for w, b in zip(weights, biases, strict=True):
        x = torch.sigmoid(w * x + b)
        slopes.append(x * (1 - x))
    return x, torch.stack(slopes)


n_layers = 10
weights = torch.randn(n_layers, dtype=torch.float64)
biases = torch.randn(n_layers, dtype=torch.float64)
x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)

output, slopes_on_path = chain(weights, biases, x)
(gradient,) = torch.autograd.grad(output, x)

autograd_gradient = gradient.item()
hand_gradient = (weights * slopes_on_path).prod().item()
slope_product = slopes_on_path.prod().item()
slope_product_bound = 0.25**n_layers
# Backpropagation starts at the output: the product of the last slope, the last two, ...
running_product = slopes_on_path.detach().flip(0).cumprod(0).numpy()

layers_passed = np.arange(1, n_layers + 1)
fig, ax = plt.subplots(figsize=HALF)
ax.semilogy(layers_passed, 0.25**layers_passed, "--", color=COLORS["baseline"], label="bound")
ax.semilogy(layers_passed, running_product, "o-", color=COLORS["sigmoid"], label="measured")
ax.set_xlabel("layers passed, from the output back")
ax.set_ylabel("factor on the gradient")
ax.legend()
plt.show()
