"""Gradient of each layer's weights before any training on y = x², sigmoid against ReLU.

The sigmoid network is measured once more on the right half of the parabola alone.
"""

import matplotlib.pyplot as plt
import numpy as np

from coursestyle import COLORS, HALF, LABELS, apply_style
from keras_networks import dense_network, gradient_norms

x = np.linspace(-1, 1, 500).reshape(-1, 1)
y = x**2
x = x / x.std()

networks = {name: dense_network(name, depth=3, n_in=1) for name in ("sigmoid", "relu")}
norms = {name: gradient_norms(network, x, y) for name, network in networks.items()}
norms["half"] = gradient_norms(networks["sigmoid"], x[250:], y[250:])

apply_style()
fig, ax = plt.subplots(figsize=HALF)
positions = np.arange(1, 5)
for name in networks:
    ax.semilogy(positions, norms[name], "o-", color=COLORS[name], label=LABELS[name])
only_half = {"color": COLORS["sigmoid"], "label": "sigmoid, $x > 0$ only"}
ax.semilogy(positions, norms["half"], "o:", **only_half)
ax.set(xlabel="layer, from input to output", ylabel="norm of the weights' gradient")
ax.set_xticks(positions, ["hidden 1", "hidden 2", "hidden 3", "output"])
ax.legend()
plt.show()
