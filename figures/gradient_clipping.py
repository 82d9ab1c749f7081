"""A recurrent network whose gradients explode, trained with and without clipping."""

import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from coursestyle import COLORS, FULL, LABELS, apply_style

apply_style()


class SumRNN(nn.Module):
    """A ReLU network whose state grows by ten per cent a step before it is trained."""

    def __init__(self, hidden: int = 16) -> None:
        super().__init__()
        self.rnn = nn.RNN(1, hidden, nonlinearity="relu", bias=False, batch_first=True)
        self.head = nn.Linear(hidden, 1)
        with torch.no_grad():
            self.rnn.weight_hh_l0.copy_(1.1 * torch.eye(hidden))

    def forward(self, x: Tensor) -> Tensor:
        """Return one number a sequence."""
        states, _ = self.rnn(x)
        return self.head(states[:, -1])


def train_rnn(
    x: Tensor, target: Tensor, max_norm: float, steps: int = 150
) -> tuple[list[float], list[float], list[float]]:
    """Return, for each step, the loss and the gradient's norm before and after clipping."""
    model = SumRNN()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    losses, before, after = [], [], []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = functional.mse_loss(model(x), target)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        optimizer.step()
        losses.append(loss.item())
        before.append(norm.item())
        gradients = [p.grad for p in model.parameters()]
        after.append(nn.utils.get_total_norm(gradients).item())
        if not math.isfinite(loss.item()):
            break
    return losses, before, after


sequences = torch.randn(64, 50, 1)
totals = sequences.sum(dim=1) / math.sqrt(50)
guess_loss = totals.var(correction=0).item()  # of the predictor that always says the mean

clip_at = 1.0
unclipped_losses, _, _ = train_rnn(sequences, totals, max_norm=math.inf)
clipped_losses, norms_before, norms_after = train_rnn(sequences, totals, max_norm=clip_at)

unclipped_steps = len(unclipped_losses)  # it stops at the first loss that is not a number
clipped_final_loss = float(np.median(clipped_losses[-20:]))

fig, (left, right) = plt.subplots(1, 2, figsize=FULL)
left.semilogy(clipped_losses, color=COLORS["clipped"], label=LABELS["clipped"])
left.semilogy(
    unclipped_losses,
    "X",
    color=COLORS["unclipped"],
    markersize=14,
    label="unclipped, then overflow",
)
left.axhline(guess_loss, color=COLORS["baseline"], linestyle=":", linewidth=1.5)
left.set_title("Loss (dotted: predict the mean)")
left.set_xlabel("step")
left.legend()
right.semilogy(norms_before, ".", color=COLORS["unclipped"], label="before clipping")
right.semilogy(norms_after, color=COLORS["clipped"], label="after clipping")
right.set_title("Gradient norm of the clipped run")
right.set_xlabel("step")
right.legend()
plt.show()
