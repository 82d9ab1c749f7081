"""The second picture of the notes: size of the gradient against the layer.

The same numbers twice: on a linear axis the early layers are nothing, on a logarithmic axis
they lie on a straight line, all but the first: its inputs, of mean zero, nearly cancel.
"""

import matplotlib.pyplot as plt
import numpy as np

from coursestyle import COLORS, LABELS, apply_style
from keras_networks import dense_network, gradient_norms, quadrants

DEPTH = 10

x, y = quadrants()
networks = {
    name: dense_network(name, DEPTH, initializer=start)
    for name, start in (
        ("sigmoid", "glorot_uniform"),
        ("tanh", "glorot_uniform"),
        ("relu", "he_normal"),
    )
}
layer_norms = {name: gradient_norms(network, x, y) for name, network in networks.items()}
small = {name: int((norms < 0.01 * norms.max()).sum()) for name, norms in layer_norms.items()}

layer_number = np.arange(1, DEPTH + 2)
# The first layer sees the points, the last has one unit: the slope is that of the layers between.
per_layer = np.polyfit(layer_number[1:-1], np.log10(layer_norms["sigmoid"][1:-1]), 1)[0]
first_step = layer_norms["sigmoid"][1] / layer_norms["sigmoid"][0]
moved_norms = gradient_norms(networks["sigmoid"], x + 1, y)  # inputs of mean one
moved_step = moved_norms[1] / moved_norms[0]

apply_style()
fig, (linear, logarithmic) = plt.subplots(1, 2, figsize=(11.5, 4))
for name, norms in layer_norms.items():
    linear.plot(layer_number, norms / norms.max(), "o-", color=COLORS[name], label=LABELS[name])
    logarithmic.semilogy(layer_number, norms, "o-", color=COLORS[name], label=LABELS[name])
linear.set(ylabel="gradient norm / largest", title="Linear axis")
logarithmic.set(ylabel="gradient norm", title="Logarithmic axis")
for ax in (linear, logarithmic):
    ax.set_xlabel("layer, from input to output")
    ax.set_xticks(layer_number)
logarithmic.legend()
plt.show()
