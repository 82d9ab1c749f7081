"""What two deep networks answer for y = x² after the same steps of plain gradient descent.

Every step sees all points, so the only difference between the two is the activation function.
"""

import keras
import matplotlib.pyplot as plt
import numpy as np

from coursestyle import COLORS, HALF, LABELS, apply_style
from keras_networks import dense_network, train

STEPS = 400


def descend(activation, x, y):
    """Train with plain gradient descent; return the answers for `x` and the loss by step."""
    network = dense_network(activation, depth=3, n_in=1)
    losses = train(network, keras.optimizers.SGD(0.1), x, y, STEPS)
    return network(x).numpy(), losses


x_fit = np.linspace(-1, 1, 500).reshape(-1, 1)
y_fit = x_fit**2
fits, sgd_loss = {}, {}
for name in ("sigmoid", "relu"):
    fits[name], sgd_loss[name] = descend(name, x_fit / x_fit.std(), y_fit)
spread = {name: fit.std() / y_fit.std() for name, fit in fits.items()}

apply_style()
fig, ax = plt.subplots(figsize=HALF)
ax.plot(x_fit, y_fit, color=COLORS["data"], linestyle=":", label="$x^2$")
for name, fit in fits.items():
    ax.plot(x_fit, fit, color=COLORS[name], label=LABELS[name])
ax.set(xlabel="$x$", ylabel="answer", ylim=(-0.1, 1.1), title=f"After {STEPS} steps")
ax.legend(loc="upper center")
plt.show()
