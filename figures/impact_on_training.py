"""Ring against disc: a task that the last layer cannot solve alone, with three networks."""

import matplotlib.pyplot as plt
import torch
from torch import Tensor, nn
from torch.nn import functional

from coursestyle import COLORS, FULL, apply_style
from networks import deep_net, initialise, linear_layers

apply_style()


def ring_and_disc(n: int = 128) -> tuple[Tensor, Tensor]:
    """Return n points in the plane and 1 for those far from the centre, 0 for those near it."""
    points = torch.randn(n, 2)
    return points, (points.norm(dim=1, keepdim=True) > 1.18).float()


def train(net: nn.Module, x: Tensor, target: Tensor, lr: float, steps: int = 200) -> list[float]:
    """Train on all points at once; return the loss before each step."""
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9, fused=True)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = functional.binary_cross_entropy_with_logits(net(x), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


points, labels = ring_and_disc()
share = labels.mean()
# The trivial predictor knows only how many points lie in the ring.
trivial_loss = functional.binary_cross_entropy(share.expand_as(labels), labels).item()

training_losses: dict[str, list[float]] = {}
relative_change: dict[str, list[float]] = {}
sigmoid, relu = ("sigmoid", "xavier", 0.5), ("relu", "he", 0.01)
for name, depth, (activation, scheme, lr) in [
    ("sigmoid, 10 layers", 10, sigmoid),
    ("sigmoid, 1 layer", 1, sigmoid),
    ("ReLU, 10 layers", 10, relu),
    ("sigmoid, set as ReLU", 10, ("sigmoid", *relu[1:])),  # the activation is all that differs
]:
    net = initialise(deep_net(depth, activation), scheme)
    before = [layer.weight.detach().clone() for layer in linear_layers(net)]
    training_losses[name] = train(net, points, labels, lr)
    relative_change[name] = [
        ((layer.weight - old).norm() / old.norm()).item()
        for layer, old in zip(linear_layers(net), before, strict=True)
    ]
final_share = {name: losses[-1] / trivial_loss for name, losses in training_losses.items()}

fig, (left, right) = plt.subplots(1, 2, figsize=FULL, width_ratios=[1, 1.5])
for label, marker in [(0, "o"), (1, "x")]:
    left.scatter(*points[labels[:, 0] == label].T, color=COLORS["data"], marker=marker, s=30)
left.set_title("Near: dots. Far: crosses")
left.set(xlabel="input 1", ylabel="input 2")
left.set_aspect("equal")
for name, color, style in [
    ("sigmoid, 10 layers", COLORS["sigmoid"], "-"),
    ("sigmoid, 1 layer", COLORS["sigmoid"], "--"),
    ("ReLU, 10 layers", COLORS["relu"], "-"),
]:
    right.plot(training_losses[name], color=color, linestyle=style, label=name)
right.axhline(trivial_loss, color=COLORS["baseline"], linewidth=1.5, linestyle=":")
right.set_title("Loss (dotted: trivial predictor)")
right.set_xlabel("step")
right.set_ylim(0, 1)
right.legend()
plt.show()
