"""The gradient of each layer's weights, with the loss at the last output alone."""

import matplotlib.pyplot as plt
import torch
from torch.nn import functional

from coursestyle import COLORS, HALF, LABELS, apply_style
from networks import deep_net, gradient_norms, initialise

apply_style()


def gradient_flow(activation: str, scheme: str, depth: int = 10) -> list[float]:
    """Return the gradient norm of every layer of a fresh network with `depth` hidden layers."""
    x, target = torch.randn(64, 16), torch.randn(64, 1)
    net = initialise(deep_net(depth, activation, width=64, n_in=16), scheme)
    loss = functional.mse_loss(net(x), target)
    loss.backward()
    return gradient_norms(net)


flow = {
    "sigmoid": gradient_flow("sigmoid", "xavier"),
    "tanh": gradient_flow("tanh", "xavier"),
    "relu": gradient_flow("relu", "he"),
}
last_over_first = {name: norms[-1] / norms[0] for name, norms in flow.items()}

fig, ax = plt.subplots(figsize=HALF)
for name, norms in flow.items():
    ax.semilogy(range(1, len(norms) + 1), norms, "o-", color=COLORS[name], label=LABELS[name])
ax.set_xlabel("layer, from input to output")
ax.set_ylabel("gradient norm")
ax.legend(loc="lower right")
plt.show()
