"""Activations and gradients through thirty layers under three initialisations."""

import matplotlib.pyplot as plt
import torch
from torch import nn

from coursestyle import COLORS, FULL, apply_style
from networks import deep_net, initialise

apply_style()


def signals(activation: str, scheme: str, width: int = 128) -> tuple[list[float], list[float]]:
    """Return the standard deviations, by layer, of activations and of their gradients."""
    net = initialise(deep_net(30, activation, width, n_in=width, n_out=width), scheme)
    x = torch.randn(128, width)
    outputs = []
    for layer in net:
        x = layer(x)
        if not isinstance(layer, nn.Linear):
            x.retain_grad()
            outputs.append(x)
    x.backward(torch.randn_like(x))  # a random error of variance 1 at the output
    return [h.std().item() for h in outputs], [h.grad.std().item() for h in outputs]


schemes = {
    "tanh, naive": ("tanh", "naive"),
    "tanh, Xavier": ("tanh", "xavier"),
    "ReLU, Xavier": ("relu", "xavier"),
    "ReLU, He": ("relu", "he"),
}
activation_std: dict[str, list[float]] = {}
gradient_std: dict[str, list[float]] = {}
for name, (activation, scheme) in schemes.items():
    activation_std[name], gradient_std[name] = signals(activation, scheme)
# Followed in their own direction: forwards from input to output, gradients from output to input.
forward_ratio = {name: stds[-1] / stds[0] for name, stds in activation_std.items()}
backward_ratio = {name: stds[0] / stds[-1] for name, stds in gradient_std.items()}

fig, (left, right) = plt.subplots(1, 2, figsize=FULL, sharey=True)
for name, color, style in [
    ("ReLU, He", COLORS["he"], "-"),
    ("tanh, Xavier", COLORS["xavier"], "-"),
    ("ReLU, Xavier", COLORS["relu"], ":"),
    ("tanh, naive", COLORS["naive"], "--"),
]:
    left.semilogy(range(1, 31), activation_std[name], style, color=color, label=name)
    right.semilogy(range(1, 31), gradient_std[name], style, color=color)
left.set_title("Activations")
left.set_ylabel("standard deviation")
left.legend()
right.set_title("Gradients")
for ax in (left, right):
    ax.set_xlabel("hidden layer")
plt.show()
