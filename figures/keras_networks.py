"""Networks, gradient measurements and data that lectures 1 to 4 share (Keras 3 on TensorFlow).

Kept small on purpose: what a slide is about stands in its own snippet or figure script.
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def dense_network(
    activation: str | Callable,
    depth: int,
    width: int = 32,
    n_in: int = 2,
    output: str | None = None,
    initializer: str = "glorot_uniform",
) -> keras.Model:
    """Return `depth` hidden layers of `width` units and an output layer of one unit.

    `initializer` draws the weights of every layer; Keras' own default is Glorot's (2010).
    """
    hidden = [layers.Dense(width, activation, kernel_initializer=initializer) for _ in range(depth)]
    last = layers.Dense(1, output, kernel_initializer=initializer)
    return keras.Sequential([keras.Input((n_in,)), *hidden, last])


def quadrants(n: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """Return `n` random points of the square from -1 to 1 and whether their signs agree.

    The answers, 0 or 1, have shape (n, 1). It is XOR with points instead of four corners, so no
    straight line through the square separates the two kinds.
    """
    points = np.random.uniform(-1, 1, (n, 2)).astype(np.float32)
    agree = points[:, :1] * points[:, 1:] > 0
    return points, agree.astype(np.float32)


def gradient_norms(network: keras.Model, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the norm of each dense layer's weight gradient, from input to output.

    The loss is the mean squared error over the rows of `x`, at the last output alone. Norms are
    taken in double precision: the squares of a vanishing gradient are below what 32 bits can hold.
    """
    kernels = [layer.kernel for layer in network.layers if isinstance(layer, layers.Dense)]
    with tf.GradientTape() as tape:
        loss = keras.losses.MeanSquaredError()(y, network(x, training=True))
    gradients = [gradient.numpy().astype(float) for gradient in tape.gradient(loss, kernels)]
    return np.array([np.linalg.norm(gradient) for gradient in gradients])


def train(
    network: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    x: np.ndarray,
    y: np.ndarray,
    steps: int,
    loss: keras.Loss | None = None,
) -> np.ndarray:
    """Train on the whole of `x` and `y` in every step; return the loss before each step.

    The loss is the mean squared error, if no other is given. The same as a compiled Keras model's
    `fit` with one batch an epoch, but the loop over steps runs inside TensorFlow: several times
    faster on small data.
    """
    loss = loss or keras.losses.MeanSquaredError()
    optimizer.build(network.trainable_variables)
    x, y = tf.constant(x, tf.float32), tf.constant(y, tf.float32)

    @tf.function
    def run() -> tf.Tensor:
        losses = tf.TensorArray(tf.float32, size=steps)
        for step in tf.range(steps):
            with tf.GradientTape() as tape:
                value = loss(y, network(x, training=True))
            gradients = tape.gradient(value, network.trainable_variables)
            optimizer.apply(gradients, network.trainable_variables)
            losses = losses.write(step, value)
        return losses.stack()

    # Traced once for this network: the plain call run() would count it as a retracing of the last.
    return run.get_concrete_function()().numpy()
