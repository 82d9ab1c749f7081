"""Gradient of the first layer's weights against the number of hidden layers."""

import matplotlib.pyplot as plt
import numpy as np

from coursestyle import COLORS, HALF, LABELS, apply_style
from keras_networks import dense_network, gradient_norms, quadrants

depths = np.arange(2, 13, 2)
x, y = quadrants()
first_layer = {
    name: np.array(
        [gradient_norms(dense_network(name, depth, initializer=start), x, y)[0] for depth in depths]
    )
    for name, start in (("sigmoid", "glorot_uniform"), ("relu", "he_normal"))
}
fit_slope, fit_offset = np.polyfit(depths, np.log10(first_layer["sigmoid"]), 1)
straightness = -np.corrcoef(depths, np.log10(first_layer["sigmoid"]))[0, 1]
relu_slope = np.polyfit(depths, np.log10(first_layer["relu"]), 1)[0]

apply_style()
fig, ax = plt.subplots(figsize=HALF)
ax.semilogy(depths, 10 ** (fit_slope * depths + fit_offset), color="k", linewidth=1.5)
for name, norms in first_layer.items():
    ax.semilogy(depths, norms, "o", markersize=10, color=COLORS[name], label=LABELS[name])
ax.set(xlabel="hidden layers", ylabel="first layer's gradient norm")
ax.set_xticks(depths)
ax.legend(loc="lower left")
plt.show()
