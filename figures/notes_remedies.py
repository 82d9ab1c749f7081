"""How much of the gradient reaches the first of 12 layers, with and without each remedy."""

import keras
from keras import layers

from keras_networks import gradient_norms, quadrants


def deep_network(activation="sigmoid", init="glorot_uniform", norm=False, skip=False):
    """Return 12 hidden layers of 32 units, with batch normalisation or skips on request."""
    inputs = keras.Input((2,))
    h = layers.Dense(32)(inputs)
    for _ in range(12):
        z = layers.Dense(32, kernel_initializer=init)(h)
        if norm:
            z = layers.BatchNormalization()(z)
        a = layers.Activation(activation)(z)
        h = h + a if skip else a
    return keras.Model(inputs, layers.Dense(1)(h))


def share_arriving(**options):
    """Return the gradient norm of the first hidden layer over that of the last."""
    norms = gradient_norms(deep_network(**options), x, y)
    return norms[1] / norms[-2]


x, y = quadrants()
arriving = {
    "sigmoid": share_arriving(),
    "sigmoid, He": share_arriving(init="he_normal"),
    "sigmoid, batch norm": share_arriving(norm=True),
    "sigmoid, skips": share_arriving(skip=True),
    "tanh, Xavier": share_arriving(activation="tanh"),
    "ReLU, He": share_arriving(activation="relu", init="he_normal"),
    "leaky ReLU, He": share_arriving(
        activation=layers.LeakyReLU(negative_slope=0.01), init="he_normal"
    ),
}

for name, share in arriving.items():
    print(f"{name:20} {share:.1e}")
