"""The sigmoid and its derivative, which autograd takes."""

import matplotlib.pyplot as plt
import torch

from coursestyle import COLORS, HALF, apply_style

apply_style()

x = torch.linspace(-10, 10, 2001, requires_grad=True)
y = torch.sigmoid(x)
(slope,) = torch.autograd.grad(y.sum(), x)

sigmoid_max_slope = slope.max().item()
sigmoid_steepest_at = x[slope.argmax()].item()
sigmoid_slope_at_five = slope[(x - 5).abs().argmin()].item()
formula_holds = torch.allclose(slope, y * (1 - y), atol=1e-6)

fig, ax = plt.subplots(figsize=HALF)
ax.plot(x.detach(), y.detach(), color=COLORS["sigmoid"], label="sigmoid")
ax.plot(x.detach(), slope, color=COLORS["sigmoid"], linestyle="--", label="its slope")
ax.axhline(0.25, color=COLORS["baseline"], linewidth=1.5)
ax.text(10, 0.27, "1/4", ha="right", color=COLORS["baseline"])
ax.set_xlabel("input")
ax.set_xticks([-10, -5, 0, 5, 10])
ax.set_ylim(-0.03, 1.03)
ax.legend(loc="upper left")
plt.show()
