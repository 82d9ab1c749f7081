"""Twenty blocks with and without the skip connection, on the digits."""

import matplotlib.pyplot as plt
import torch
from torch import Tensor, nn
from torch.nn import functional

from coursestyle import COLORS, FULL, LABELS, apply_style
from networks import digits

apply_style()


class ResidualBlock(nn.Module):
    """Two layers whose result is added to their input."""

    def __init__(self, width: int, skip: bool = True) -> None:
        super().__init__()
        self.branch = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))
        self.skip = skip

    def forward(self, x: Tensor) -> Tensor:
        """Return a result of the input's shape."""
        if self.skip:
            return x + self.branch(x)
        return self.branch(x)


def block_net(skip: bool, blocks: int = 20, width: int = 32) -> nn.Sequential:
    """Return a classifier of the digits; its parameters do not depend on `skip`."""
    body = [ResidualBlock(width, skip) for _ in range(blocks)]
    return nn.Sequential(nn.Linear(64, width), *body, nn.Linear(width, 10))


def block_gradients(net: nn.Sequential, x: Tensor, labels: Tensor) -> list[float]:
    """Return the norm of all gradients in each block, from input to output."""
    functional.cross_entropy(net(x), labels).backward()
    return [
        nn.utils.get_total_norm([p.grad for p in block.parameters()]).item()
        for block in net
        if isinstance(block, ResidualBlock)
    ]


def train_on(net: nn.Module, x: Tensor, labels: Tensor, epochs: int = 2) -> list[float]:
    """Train with Adam on batches of 64; return the loss of each step."""
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3, fused=True)
    losses = []
    for _ in range(epochs):
        for batch in torch.randperm(len(x)).split(64):
            optimizer.zero_grad()
            loss = functional.cross_entropy(net(x[batch]), labels[batch])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


def draw_blocks(flow: dict[str, list[float]], losses: dict[str, list[float]]) -> None:
    """Draw the gradient of each block and the training loss."""
    _, (left, right) = plt.subplots(1, 2, figsize=FULL)
    for name in ("plain", "residual"):
        left.semilogy(range(1, 21), flow[name], "o-", color=COLORS[name], label=LABELS[name])
        right.plot(losses[name], color=COLORS[name], label=LABELS[name])
    left.set_title("Gradient norm before training")
    left.set_xlabel("block, from input to output")
    left.legend(loc="center right")
    right.set_title("Training loss")
    right.set_xlabel("step")
    right.set_ylim(0, 2.6)
    plt.show()


x_train, x_test, y_train, y_test = digits()
x_train, x_test = x_train.flatten(1), x_test.flatten(1)

block_flow: dict[str, list[float]] = {}
block_losses: dict[str, list[float]] = {}
block_final_loss: dict[str, float] = {}
for name, skip in [("plain", False), ("residual", True)]:
    net = block_net(skip)
    block_flow[name] = block_gradients(net, x_train, y_train)
    block_losses[name] = train_on(net, x_train, y_train)
    with torch.no_grad():
        block_final_loss[name] = functional.cross_entropy(net(x_train), y_train).item()
first_over_last_block = {name: norms[0] / norms[-1] for name, norms in block_flow.items()}

draw_blocks(block_flow, block_losses)
