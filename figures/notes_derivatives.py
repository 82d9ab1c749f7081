"""Derivatives of four activation functions, by automatic differentiation."""

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from coursestyle import COLORS, HALF, LABELS, apply_style


def derivative(activation, z):
    """Return the derivative of `activation` at each element of `z`."""
    z = tf.constant(z)
    with tf.GradientTape() as tape:
        tape.watch(z)
        a = activation(z)
    return tape.gradient(a, z).numpy()


z = np.linspace(-6, 6, 1201)
derivatives = {
    "sigmoid": derivative(keras.activations.sigmoid, z),
    "tanh": derivative(keras.activations.tanh, z),
    "relu": derivative(keras.activations.relu, z),
    "leaky_relu": derivative(keras.layers.LeakyReLU(negative_slope=0.01, dtype="float64"), z),
}

STYLES = {"leaky_relu": "--"}
apply_style()
fig, ax = plt.subplots(figsize=HALF)
for name, values in derivatives.items():
    ax.plot(z, values, STYLES.get(name, "-"), color=COLORS[name], label=LABELS[name])
ax.axhline(0.25, color=COLORS["baseline"], linewidth=1.5, linestyle=":")
ax.set(xlabel="$z$", ylabel="derivative")
ax.set_yticks([0, 0.25, 0.5, 0.75, 1])
ax.legend(loc="center left")
plt.show()
