"""Slopes of the activation function inside both networks, layer by layer, before training.

Backpropagation multiplies by one such slope per unit and layer.
"""

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from coursestyle import COLORS, HALF, LABELS, apply_style
from keras_networks import dense_network


def hidden_slopes(network, x):
    """Return the activation's derivative for each hidden layer, unit and point.

    Shape (hidden layers, points, units); the network's hidden layers have the same width.
    """
    slopes = []
    h = tf.constant(x, tf.float32)
    for layer in network.layers[:-1]:
        z = h @ layer.kernel + layer.bias
        with tf.GradientTape() as tape:
            tape.watch(z)
            h = layer.activation(z)
        slopes.append(tape.gradient(h, z).numpy())
    return np.stack(slopes)


points = np.linspace(-1, 1, 500).reshape(-1, 1)
points = points / points.std()
slopes = {
    name: hidden_slopes(dense_network(name, depth=3, n_in=1), points)
    for name in ("sigmoid", "relu")
}

apply_style()
fig, ax = plt.subplots(figsize=HALF)
bins = np.linspace(0, 1, 41)
for name, values in slopes.items():
    ax.hist(
        values.ravel(),
        bins,
        weights=np.full(values.size, 100 / values.size),
        color=COLORS[name],
        label=LABELS[name],
    )
ax.set(xlabel="slope of the activation function", ylabel="units and points, percent")
ax.legend()
plt.show()
