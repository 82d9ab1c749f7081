"""How far each layer's weights move in 300 steps of training, sigmoid against ReLU.

Six hidden layers, plain gradient descent on points whose two kinds no straight line separates.
"""

import keras
import matplotlib.pyplot as plt
import numpy as np

from coursestyle import COLORS, HALF, LABELS, apply_style
from keras_networks import dense_network, quadrants, train


def relative_change(network, x, y):
    """Train the network; return each layer's change in units of its own size, and the losses."""
    kernels = [layer.kernel for layer in network.layers]
    before = [kernel.numpy() for kernel in kernels]
    losses = train(network, keras.optimizers.SGD(0.2), x, y, steps=300)
    pairs = zip(kernels, before, strict=True)
    change = [np.linalg.norm(after - start) / np.linalg.norm(start) for after, start in pairs]
    return change, losses


x, y = quadrants()
moved, losses = {}, {}
for name in ("sigmoid", "relu"):
    moved[name], losses[name] = relative_change(dense_network(name, depth=6), x, y)

apply_style()
fig, ax = plt.subplots(figsize=HALF)
for name, change in moved.items():
    ax.semilogy(np.arange(1, 8), change, "o-", color=COLORS[name], label=LABELS[name])
ax.set(xlabel="layer, from input to output", ylabel="relative change of the weights")
ax.legend()
plt.show()
