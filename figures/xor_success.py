"""How many of twenty small networks solve XOR, step by step, for three activation functions.

All networks are trained side by side: their weights are stacked in one array with the network as
the first axis. They share no weights, so the sum of their losses gives each of them exactly its
own gradient.
"""

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from coursestyle import COLORS, HALF, LABELS, apply_style

NAMES = ("sigmoid", "tanh", "relu")
NETWORKS = 20  # of each kind
STEPS = 1000
CORNERS = tf.constant([[0, 0], [0, 1], [1, 0], [1, 1]], tf.float32)
ANSWERS = tf.constant([[[0], [1], [1], [0]]] * NETWORKS * len(NAMES), tf.float32)


def stacked_layers():
    """Return weights and biases of all networks 2-8-8-1, with Keras' default start."""
    draw = keras.initializers.GlorotUniform
    count = NETWORKS * len(NAMES)
    sizes = [(2, 8), (8, 8), (8, 1)]
    weights = [tf.Variable(tf.stack([draw()(s) for _ in range(count)])) for s in sizes]
    biases = [tf.Variable(tf.zeros((count, 1, size[1]))) for size in sizes]
    return weights, biases


def activate(z):
    """Apply sigmoid to the first twenty networks, tanh to the next, ReLU to the last."""
    parts = zip(NAMES, tf.split(z, len(NAMES)), strict=True)
    return tf.concat([keras.activations.get(name)(part) for name, part in parts], axis=0)


def train_all():
    """Train all networks with Adam; return which are right on all corners, and the score of [1, 0].

    Both have shape (steps, networks); the larger the score, the likelier a one.
    """
    weights, biases = stacked_layers()
    variables = [*weights, *biases]
    optimizer = keras.optimizers.Adam(0.001)
    optimizer.build(variables)

    def linear(h, layer):
        return h @ weights[layer] + biases[layer]

    @tf.function
    def run():
        solved = tf.TensorArray(tf.bool, size=STEPS)
        scores = tf.TensorArray(tf.float32, size=STEPS)
        for step in tf.range(STEPS):
            with tf.GradientTape() as tape:
                z = linear(activate(linear(activate(linear(CORNERS, 0)), 1)), 2)
                losses = keras.losses.binary_crossentropy(ANSWERS, z, from_logits=True)
                loss = tf.reduce_sum(tf.reduce_mean(losses, axis=1))
            optimizer.apply(tape.gradient(loss, variables), variables)
            solved = solved.write(step, tf.reduce_all((z > 0) == (ANSWERS > 0.5), axis=(1, 2)))
            scores = scores.write(step, z[:, 2, 0])
        return solved.stack(), scores.stack()

    return [values.numpy() for values in run()]


solved, score_10 = (
    dict(zip(NAMES, np.split(values, len(NAMES), axis=1), strict=True)) for values in train_all()
)
solved_count = {name: runs.sum(axis=1) for name, runs in solved.items()}

apply_style()
fig, ax = plt.subplots(figsize=HALF)
for name, count in solved_count.items():
    ax.plot(np.arange(STEPS), count, color=COLORS[name], label=LABELS[name])
ax.axvline(200, color="k", linewidth=1.5, linestyle="--")
ax.set(xlabel="steps of Adam", ylabel=f"networks of {NETWORKS} that solve XOR", ylim=(-0.5, 20.5))
ax.set_yticks([0, 5, 10, 15, 20])
ax.legend(loc="lower right")
plt.show()
