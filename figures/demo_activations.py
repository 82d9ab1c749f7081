"""Sigmoid and ReLU, and their derivatives by automatic differentiation."""

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from coursestyle import COLORS, FULL, LABELS, apply_style

z = tf.constant(np.linspace(-4, 4, 801))
value, derivative = {}, {}
for name in ("sigmoid", "relu"):
    with tf.GradientTape() as tape:
        tape.watch(z)
        a = keras.activations.get(name)(z)
    value[name] = a.numpy()
    derivative[name] = tape.gradient(a, z).numpy()

apply_style()
fig, (left, right) = plt.subplots(1, 2, figsize=FULL)
for name, color in COLORS.items():
    if name in value:
        left.plot(z, value[name], color=color, label=LABELS[name])
        right.plot(z, derivative[name], color=color, label=LABELS[name])
left.set(title="The function", xlabel="$z$", ylim=(-0.1, 2.1))
right.set(title="Its derivative", xlabel="$z$", ylim=(-0.05, 1.05))
right.set_yticks([0, 0.25, 0.5, 0.75, 1])
left.legend()
plt.show()
