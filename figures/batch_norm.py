"""Ten sigmoid layers on the digits, with and without batch normalisation."""

import copy

import matplotlib.pyplot as plt
import torch
from torch import Tensor, nn
from torch.nn import functional

from coursestyle import COLORS, FULL, LABELS, apply_style
from networks import deep_net, digits, gradient_norms, initialise

apply_style()


def with_batch_norm(net: nn.Sequential) -> nn.Sequential:
    """Return the same layers with each activation's input normalised over the batch."""
    layers: list[nn.Module] = []
    for layer in net:
        if isinstance(layer, nn.Sigmoid):
            layers.append(nn.BatchNorm1d(layers[-1].out_features))
        layers.append(layer)
    return nn.Sequential(*layers)


def train_epochs(net: nn.Module, x: Tensor, labels: Tensor, epochs: int = 3) -> None:
    """Train with Adam on batches of 64."""
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-3, fused=True)
    for _ in range(epochs):
        for batch in torch.randperm(len(x)).split(64):
            optimizer.zero_grad()
            functional.cross_entropy(net(x[batch]), labels[batch]).backward()
            optimizer.step()


def accuracy(net: nn.Module, x: Tensor, labels: Tensor) -> float:
    """Return the share of right answers in evaluation mode."""
    net.eval()
    with torch.no_grad():
        return (net(x).argmax(dim=1) == labels).float().mean().item()


x_train, x_test, y_train, y_test = digits()
x_train, x_test = x_train.flatten(1), x_test.flatten(1)

plain_net = initialise(deep_net(10, "sigmoid", width=64, n_in=64, n_out=10), "xavier")
norm_net = with_batch_norm(copy.deepcopy(plain_net))  # from the same initial weights

bn_flow: dict[str, list[float]] = {}
bn_accuracy: dict[str, float] = {}
for name, net in [("plain", plain_net), ("batch_norm", norm_net)]:
    functional.cross_entropy(net(x_train), y_train).backward()
    bn_flow[name] = gradient_norms(net)
    train_epochs(net, x_train, y_train)
    bn_accuracy[name] = accuracy(net, x_test, y_test)
bn_last_over_first = {name: norms[-1] / norms[0] for name, norms in bn_flow.items()}

fig, (left, right) = plt.subplots(1, 2, figsize=FULL, width_ratios=[1.6, 1])
for name, norms in bn_flow.items():
    left.semilogy(range(1, 12), norms, "o-", color=COLORS[name], label=LABELS[name])
left.set_title("Gradient norm before training")
left.set_xlabel("layer, from input to output")
left.legend()
names = list(bn_accuracy)
right.bar(
    [LABELS[name] for name in names],
    [bn_accuracy[name] for name in names],
    color=[COLORS[name] for name in names],
)
right.axhline(0.1, color=COLORS["baseline"], linestyle=":", linewidth=1.5)
right.set_title("Test accuracy")
right.set_ylim(0, 1)
plt.show()
