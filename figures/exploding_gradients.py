"""Weights twice as large as He's: the gradient doubles at each layer, and training diverges."""

import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from coursestyle import COLORS, apply_style
from networks import deep_net, initialise, linear_layers

apply_style()


def scaled_net(scale: float, depth: int = 30, width: int = 64) -> nn.Sequential:
    """Return a ReLU network with He's initial weights times `scale`."""
    net = initialise(deep_net(depth, "relu", width, n_in=width), "he")
    with torch.no_grad():
        for layer in linear_layers(net):
            layer.weight *= scale
    return net


def output_gradients(net: nn.Sequential, x: Tensor, target: Tensor) -> list[float]:
    """Return the norm of the loss's gradient at each hidden layer's output."""
    outputs = []
    for layer in net:
        x = layer(x)
        if isinstance(layer, nn.ReLU):
            x.retain_grad()
            outputs.append(x)
    functional.mse_loss(x, target).backward()
    return [output.grad.norm().item() for output in outputs]


def train_steps(net: nn.Module, x: Tensor, target: Tensor, steps: int = 20) -> list[float]:
    """Train with plain gradient descent; return the loss before each step."""
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = functional.mse_loss(net(x), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


x, target = torch.randn(64, 64), torch.randn(64, 1)
nets = {"He": scaled_net(1), "twice He": scaled_net(2)}
gradients_by_layer = {name: output_gradients(net, x, target) for name, net in nets.items()}
losses_by_scale = {name: train_steps(net, x, target) for name, net in nets.items()}

growth_per_layer = {
    name: math.exp(-np.polyfit(range(len(norms)), np.log(norms), deg=1)[0])
    for name, norms in gradients_by_layer.items()
}
finite_steps = {name: int(np.isfinite(losses).sum()) for name, losses in losses_by_scale.items()}

fig, (left, right) = plt.subplots(1, 2, figsize=(11.5, 3.9))
for name, color in [("He", COLORS["he"]), ("twice He", COLORS["unclipped"])]:
    norms = gradients_by_layer[name]
    left.semilogy(range(1, len(norms) + 1), norms, "o-", color=color, label=name)
left.set_title("Gradient at each layer's output")
left.set_xlabel("hidden layer")
left.legend()
# He's loss has the axis for itself: the other one is far above it, and then no number any more.
right.plot(losses_by_scale["He"], "o-", color=COLORS["he"])
right.set_title("Loss in training")
right.set_xlabel("step")
right.set_xlim(-1, 20)
right.set_ylim(0, 1.8 * max(losses_by_scale["He"]))
right.set_yticks([0, 0.5, 1])
above = right.get_xaxis_transform()  # heights from 0 to 1
finite = range(finite_steps["twice He"])
start = round(math.log10(losses_by_scale["twice He"][0]))
for step in finite:
    right.annotate(
        "",
        (step, 1),
        xytext=(step, 0.78),
        xycoords=above,
        arrowprops={"arrowstyle": "-|>", "color": COLORS["unclipped"], "linewidth": 3},
    )
right.plot(
    finite, [0.78] * len(finite), "X", color=COLORS["unclipped"], markersize=16, transform=above
)
right.text(
    len(finite),
    0.92,
    f"twice He: about $10^{{{start}}}$ at the start,\nfrom step {len(finite)} on not a number",
    transform=above,
    va="top",
    fontsize=14,
)
plt.show()
