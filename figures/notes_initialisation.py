"""Gradient of the first of 20 layers for three starts and three activation functions."""

import keras
import matplotlib.pyplot as plt

from coursestyle import COLORS, HALF, LABELS, apply_style
from keras_networks import dense_network, gradient_norms, quadrants

DEPTH = 20
STARTS = {
    "naive": lambda: keras.initializers.RandomNormal(stddev=0.05),
    "xavier": keras.initializers.GlorotNormal,
    "he": keras.initializers.HeNormal,
}


def draw_weights(network, start):
    """Draw the weights of all layers anew, each layer with its own draw."""
    for layer in network.layers:
        layer.kernel.assign(STARTS[start]()(layer.kernel.shape))


x, y = quadrants()
start_norms = {}
for name in ("sigmoid", "tanh", "relu"):
    network = dense_network(name, DEPTH)
    for start in STARTS:
        draw_weights(network, start)
        start_norms[name, start] = gradient_norms(network, x, y)[0]

apply_style()
fig, ax = plt.subplots(figsize=HALF)
for name, marker in {"sigmoid": "s", "tanh": "^", "relu": "o"}.items():
    values = [start_norms[name, start] for start in STARTS]
    ax.semilogy(values, marker, markersize=14, color=COLORS[name], label=LABELS[name])
ax.set(xlim=(-0.5, 2.5), ylabel="first layer's gradient norm")
ax.set_xticks(range(3), [LABELS[start] for start in STARTS])
ax.legend(loc="lower right")
plt.show()
