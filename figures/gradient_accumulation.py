"""Gradient accumulation: the same gradient as one large batch, and less noise."""

import copy

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from coursestyle import COLORS, HALF, apply_style

apply_style()


def flat_gradient(model: nn.Module) -> Tensor:
    """Return all gradients of a model as one vector."""
    return torch.cat([p.grad.flatten() for p in model.parameters()])


def accumulate(model: nn.Module, x: Tensor, target: Tensor, parts: int) -> Tensor:
    """Return the gradient that `parts` micro-batches of equal size add up to."""
    model.zero_grad()
    for x_part, target_part in zip(x.chunk(parts), target.chunk(parts), strict=True):
        loss = functional.mse_loss(model(x_part), target_part)
        (loss / parts).backward()  # gradients add up until zero_grad()
    return flat_gradient(model)


def relative_difference(a: Tensor, b: Tensor) -> float:
    """Return the norm of a - b as a share of b's."""
    return ((a - b).norm() / b.norm()).item()


x = torch.randn(1024, 10)
target = x.sum(dim=1, keepdim=True)
model = nn.Linear(10, 1)
norm_model = nn.Sequential(nn.BatchNorm1d(10), model)

accumulation_error = relative_difference(
    accumulate(model, x[:128], target[:128], parts=4),
    accumulate(copy.deepcopy(model), x[:128], target[:128], parts=1),
)
batch_norm_error = relative_difference(
    accumulate(norm_model, x[:128], target[:128], parts=4),
    accumulate(copy.deepcopy(norm_model), x[:128], target[:128], parts=1),
)

full_gradient = accumulate(model, x, target, parts=1).clone()
part_counts = [1, 2, 4, 8, 16]
noise = []
for parts in part_counts:
    draws = []
    for _ in range(25):
        rows = torch.randint(0, len(x), (32 * parts,))
        estimate = accumulate(model, x[rows], target[rows], parts)
        draws.append(relative_difference(estimate, full_gradient))
    noise.append(float(np.sqrt(np.mean(np.square(draws)))))
noise_slope = np.polyfit(np.log(part_counts), np.log(noise), deg=1)[0].item()

fig, ax = plt.subplots(figsize=HALF)
ax.loglog(part_counts, noise, "o-", color=COLORS["relu"], label="measured")
ax.loglog(
    part_counts,
    noise[0] / np.sqrt(part_counts),
    "--",
    color=COLORS["baseline"],
    label="one over square root",
)
ax.set_xticks(part_counts, [str(parts) for parts in part_counts])
ax.set_yticks([1, 0.5, 0.25], ["1", "1/2", "1/4"])
ax.minorticks_off()
ax.set_xlabel("micro-batches accumulated")
ax.set_ylabel("noise ÷ size of the gradient")
ax.legend()
plt.show()
