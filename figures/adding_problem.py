"""The adding problem of Hochreiter and Schmidhuber (1997), a simple form of it: RNN and LSTM."""

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from coursestyle import COLORS, HALF, apply_style
from networks import open_memory

apply_style()


def adding_problem(n: int, steps: int = 20) -> tuple[Tensor, Tensor]:
    """Return n sequences of (value, mark) and the sum of each one's two marked values.

    One mark is in the first half of the sequence, the other in the second.
    """
    values = torch.rand(n, steps)
    marks = torch.zeros(n, steps)
    rows = torch.arange(n)
    marks[rows, torch.randint(0, steps // 2, (n,))] = 1
    marks[rows, torch.randint(steps // 2, steps, (n,))] = 1
    return torch.stack([values, marks], dim=2), (values * marks).sum(dim=1, keepdim=True)


def train_adder(cell: nn.RNNBase, lr: float = 0.03, steps: int = 250) -> list[float]:
    """Train a recurrent cell and a linear layer on its last state; return the losses."""
    head = nn.Linear(cell.hidden_size, 1)
    parameters = [*cell.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=lr, fused=True)
    losses = []
    for _ in range(steps):
        x, target = adding_problem(32)
        optimizer.zero_grad()
        states, _ = cell(x)
        loss = functional.mse_loss(head(states[:, -1]), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


adding_losses = {
    "rnn": train_adder(nn.RNN(2, 16, batch_first=True)),
    "lstm": train_adder(open_memory(nn.LSTM(2, 16, batch_first=True))),
}
adding_final = {name: float(np.mean(losses[-20:])) for name, losses in adding_losses.items()}
adding_guess = 1 / 6  # the variance of a sum of two uniform numbers: the loss of saying 1

smoothing = np.ones(10) / 10
fig, ax = plt.subplots(figsize=HALF)
for name, label in [("rnn", "RNN"), ("lstm", "LSTM, forget gate open")]:
    smooth = np.convolve(adding_losses[name], smoothing, mode="valid")
    ax.plot(smooth, color=COLORS[name], label=label)
ax.axhline(adding_guess, color=COLORS["baseline"], linestyle=":", label="always say 1")
ax.set_ylim(0, 0.3)
ax.set_xlabel("training step")
ax.set_ylabel("mean squared error")
ax.legend()
plt.show()
