"""Gradient of each layer's weights before any training on y = x², sigmoid against ReLU."""

import matplotlib.pyplot as plt
import numpy as np

from coursestyle import COLORS, HALF, LABELS, apply_style
from keras_networks import dense_network, gradient_norms

x = np.linspace(-1, 1, 500).reshape(-1, 1)
y = x**2
x = x / x.std()

norms = {
    name: gradient_norms(dense_network(name, depth=3, n_in=1), x, y) for name in ("sigmoid", "relu")
}

apply_style()
fig, ax = plt.subplots(figsize=HALF)
positions = np.arange(1, 5)
for name, values in norms.items():
    ax.semilogy(positions, values, "o-", color=COLORS[name], label=LABELS[name])
ax.set(xlabel="layer, from input to output", ylabel="norm of the weights' gradient")
ax.set_xticks(positions, ["hidden 1", "hidden 2", "hidden 3", "output"])
ax.legend()
plt.show()
