"""Handwritten digits: a plain and a residual convolutional network of the same depth."""

import matplotlib.pyplot as plt
import torch
from torch import Tensor, nn
from torch.nn import functional

from coursestyle import COLORS, apply_style
from networks import digits

apply_style()


class ConvBlock(nn.Module):
    """Two convolutions; with `skip`, their result is added to their input."""

    def __init__(self, channels: int, skip: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
        self.relu = nn.ReLU()
        self.skip = skip

    def forward(self, x: Tensor) -> Tensor:
        """Return a result of the input's shape."""
        out = self.conv2(self.relu(self.conv1(x)))
        if self.skip:
            out = out + x
        return self.relu(out)


def conv_net(blocks: int, skip: bool, channels: int = 8) -> nn.Sequential:
    """Return a classifier of 8 x 8 images with 2 * blocks + 1 convolutions."""
    return nn.Sequential(
        nn.Conv2d(1, channels, kernel_size=3, stride=2, padding=1),
        *[ConvBlock(channels, skip) for _ in range(blocks)],
        nn.Flatten(),
        nn.Linear(channels * 4 * 4, 10),
    )


def train_images(net: nn.Module, x: Tensor, labels: Tensor, epochs: int = 2) -> None:
    """Train with Adam on batches of 64."""
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-3, fused=True)
    for _ in range(epochs):
        for batch in torch.randperm(len(x)).split(64):
            optimizer.zero_grad()
            functional.cross_entropy(net(x[batch]), labels[batch]).backward()
            optimizer.step()


x_train, x_test, y_train, y_test = digits()

image_gradients: dict[str, list[float]] = {}
image_accuracy: dict[str, float] = {}
parameter_count: dict[str, int] = {}
for name, blocks, skip in [
    ("plain, 3 layers", 1, False),
    ("plain, 17 layers", 8, False),
    ("residual, 17 layers", 8, True),
]:
    net = conv_net(blocks, skip)
    parameter_count[name] = sum(p.numel() for p in net.parameters())
    functional.cross_entropy(net(x_train[:256]), y_train[:256]).backward()
    image_gradients[name] = [p.grad.norm().item() for p in net.parameters()]
    train_images(net, x_train, y_train)
    with torch.no_grad():
        right_answers = net(x_test).argmax(dim=1) == y_test
    image_accuracy[name] = right_answers.float().mean().item()

fig, (left, right) = plt.subplots(1, 2, figsize=(11.5, 3.9), width_ratios=[1, 1.6])
framed = functional.pad(x_test[:16, 0], (1, 1, 1, 1), value=x_test.min().item())
sample = framed.reshape(4, 4, 10, 10).transpose(1, 2).reshape(40, 40)
left.imshow(sample.numpy(), cmap="gray_r")
left.set_title("Sixteen test images")
left.axis("off")
bars = right.barh(
    list(image_accuracy),
    list(image_accuracy.values()),
    color=[COLORS["plain"], COLORS["plain"], COLORS["residual"]],
)
right.bar_label(bars, fmt="{:.0%}", padding=4, fontsize=15)
right.set_title("Test accuracy")
right.set_xlim(0, 1.12)
right.invert_yaxis()
plt.show()
