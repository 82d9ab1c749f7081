"""What two deep networks answer for y = x² after the same 100 steps of training.

Full-batch Adam, so the only difference between the two is the activation function.
"""

import keras
import matplotlib.pyplot as plt
import numpy as np

from coursestyle import COLORS, HALF, LABELS, apply_style
from keras_networks import dense_network, train

STEPS = 100


def answers(activation, x, y):
    """Return the network's answers for `x`, shape (n, 1), after training on all of it."""
    network = dense_network(activation, depth=3, n_in=1)
    train(network, keras.optimizers.Adam(0.005), x, y, STEPS)
    return network(x).numpy()


x_fit = np.linspace(-1, 1, 500).reshape(-1, 1)
y_fit = x_fit**2
fits = {name: answers(name, x_fit / x_fit.std(), y_fit) for name in ("sigmoid", "relu")}
spread = {name: fit.std() / y_fit.std() for name, fit in fits.items()}

apply_style()
fig, ax = plt.subplots(figsize=HALF)
ax.plot(x_fit, y_fit, color=COLORS["data"], linestyle=":", label="$x^2$")
for name, fit in fits.items():
    ax.plot(x_fit, fit, color=COLORS[name], label=LABELS[name])
ax.set(xlabel="$x$", ylabel="answer", ylim=(-0.1, 1.1), title=f"After {STEPS} steps of Adam")
ax.legend(loc="upper center")
plt.show()
