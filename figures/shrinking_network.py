"""The first picture of the notes: gradients that shrink on their way back through a network.

Every line is one weight of a real network, drawn in the colour and width of its own gradient.
"""

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap, LogNorm

from coursestyle import FULL, LABELS, apply_style
from keras_networks import dense_network, quadrants

GREEN_TO_PURPLE = ListedColormap(plt.get_cmap("viridis")(np.linspace(0.55, 0, 256)))
"""The half of viridis that stands out from white."""


def weight_gradients(network, x, y):
    """Return each layer's weight gradient, shape (inputs, units), from input to output."""
    kernels = [layer.kernel for layer in network.layers]
    with tf.GradientTape() as tape:
        loss = keras.losses.MeanSquaredError()(y, network(x))
    return [gradient.numpy() for gradient in tape.gradient(loss, kernels)]


def draw_network(ax, gradients, norm):
    """Draw one line a weight; layers from left (input) to right (output)."""
    lines, sizes = [], []
    for layer, gradient in enumerate(gradients):
        n_in, n_out = gradient.shape
        for i in range(n_in):
            for j in range(n_out):
                ends = [(layer, i - (n_in - 1) / 2), (layer + 1, j - (n_out - 1) / 2)]
                lines.append(ends)
                sizes.append(max(abs(gradient[i, j]), norm.vmin))
    order = np.argsort(sizes)  # the large gradients on top
    sizes = np.array(sizes)[order]
    edges = LineCollection([lines[k] for k in order], cmap=GREEN_TO_PURPLE, norm=norm, array=sizes)
    edges.set_linewidth(0.6 + 3.4 * norm(sizes))
    ax.add_collection(edges)
    for layer, n in enumerate([gradients[0].shape[0]] + [g.shape[1] for g in gradients]):
        heights = np.arange(n) - (n - 1) / 2
        ax.plot(np.full(n, layer), heights, "o", color="0.25", markersize=9)
    ax.set(xlim=(-0.3, len(gradients) + 0.3), ylim=(-3, 3))
    ax.set_xticks([0, len(gradients)], ["input", "output"])
    ax.set_yticks([])
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return edges


x, y = quadrants()
drawn = {
    name: weight_gradients(dense_network(name, depth=6, width=6, initializer=start), x, y)
    for name, start in (("sigmoid", "glorot_uniform"), ("relu", "he_normal"))
}
mean_size = {name: np.array([abs(g).mean() for g in drawn[name]]) for name in drawn}

apply_style()
fig, axes = plt.subplots(1, 2, figsize=FULL)
for ax, name in zip(axes, drawn, strict=True):
    edges = draw_network(ax, drawn[name], LogNorm(1e-7, 1))
    ax.set_title(LABELS[name])
fig.colorbar(edges, ax=axes, label="size of the weight's gradient", pad=0.02)
plt.show()
