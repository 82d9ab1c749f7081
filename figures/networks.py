"""Networks, measurements and data that several figures of lecture 5 share (PyTorch).

Kept small on purpose: what a slide is about stands in its own snippet or figure script.
"""

from itertools import pairwise

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import scale
from torch import Tensor, nn

ACTIVATIONS = {
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
}


def deep_net(
    depth: int, activation: str, width: int = 32, n_in: int = 2, n_out: int = 1
) -> nn.Sequential:
    """Return `depth` hidden layers of `width` units and a linear output layer."""
    sizes = [n_in] + [width] * depth
    layers: list[nn.Module] = []
    for fan_in, fan_out in pairwise(sizes):
        layers += [nn.Linear(fan_in, fan_out), ACTIVATIONS[activation]()]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], n_out))


def initialise(net: nn.Module, scheme: str) -> nn.Module:
    """Draw the weights of all linear layers anew and set their biases to zero.

    `scheme` is "xavier" (Glorot & Bengio 2010), "he" (He et al. 2015)
    or "naive" (standard deviation 0.01 whatever the layer's size).
    """
    for layer in linear_layers(net):
        if scheme == "xavier":
            nn.init.xavier_normal_(layer.weight)
        elif scheme == "he":
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        elif scheme == "naive":
            nn.init.normal_(layer.weight, std=0.01)
        else:
            raise ValueError(f"unknown initialisation {scheme!r}")
        nn.init.zeros_(layer.bias)
    return net


def linear_layers(net: nn.Module) -> list[nn.Linear]:
    """Return the linear layers of a network, from input to output."""
    return [layer for layer in net.modules() if isinstance(layer, nn.Linear)]


def gradient_norms(net: nn.Module) -> list[float]:
    """Return the norm of each linear layer's weight gradient, from input to output.

    Squares of a vanished gradient would underflow in single precision, hence the double.
    """
    return [layer.weight.grad.double().norm().item() for layer in linear_layers(net)]


def open_memory(lstm: nn.LSTM) -> nn.LSTM:
    """Let a one-layer LSTM start by keeping what it knows, and return it.

    The forget gate's bias becomes 5 (nearly open: keep), the input gate's -3 (nearly closed).
    PyTorch stores the biases of the gates in the order input, forget, cell, output.
    """
    n = lstm.hidden_size
    with torch.no_grad():
        lstm.bias_ih_l0.zero_()
        lstm.bias_hh_l0.zero_()
        lstm.bias_ih_l0[:n] = -3.0
        lstm.bias_ih_l0[n : 2 * n] = 5.0
    return lstm


def digits() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return scikit-learn's bundled digits: training and test images, then labels.

    Images have shape (n, 1, 8, 8) and are scaled to mean 0 and standard deviation 1. The split
    is always the same; it keeps about a quarter of the images, in equal shares of digits, for
    testing.
    """
    data = load_digits()
    images = scale(data.images.ravel()).reshape(data.images.shape)
    parts = train_test_split(
        images[:, None].astype(np.float32),
        data.target,
        train_size=1344,  # 21 batches of 64, so that no batch is tiny
        random_state=0,
        stratify=data.target,
    )
    x_train, x_test, y_train, y_test = (torch.from_numpy(part) for part in parts)
    return x_train, x_test, y_train, y_test
