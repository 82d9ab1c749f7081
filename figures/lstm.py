"""How much the last state still depends on each input, up to a hundred steps back."""

import matplotlib.pyplot as plt
import torch
from torch import nn

from coursestyle import COLORS, HALF, apply_style
from networks import open_memory

apply_style()

length = 100


def input_gradients(cell: nn.RNNBase, steps: int) -> list[float]:
    """Return the gradient norm of the last output with respect to each input.

    Double precision: what is left after a hundred steps is below single precision's range.
    """
    x = torch.randn(16, steps, 8, dtype=torch.float64, requires_grad=True)
    outputs, _ = cell.double()(x)
    outputs[:, -1].sum().backward()
    return x.grad.norm(dim=(0, 2)).tolist()


reach = {
    "RNN": input_gradients(nn.RNN(8, 32, batch_first=True), length),
    "LSTM, PyTorch's gates": input_gradients(nn.LSTM(8, 32, batch_first=True), length),
    "LSTM, forget gate open": input_gradients(
        open_memory(nn.LSTM(8, 32, batch_first=True)), length
    ),
}
first_over_last_step = {name: norms[0] / norms[-1] for name, norms in reach.items()}

fig, ax = plt.subplots(figsize=HALF)
for name, color, style in [
    ("LSTM, forget gate open", COLORS["lstm"], "-"),
    ("LSTM, PyTorch's gates", COLORS["lstm"], ":"),
    ("RNN", COLORS["rnn"], "-"),
]:
    ax.semilogy(range(1, length + 1), reach[name], style, color=color, label=name)
ax.set_xlabel("step of the input")
ax.set_ylabel("gradient of the last output")
ax.set(xlim=(-2, 103), ylim=(1e-36, 1e6))
ax.legend(loc="lower right")
plt.show()
