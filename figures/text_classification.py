"""Reviews whose first word decides, forty words before the end: RNN, LSTM, attention."""

import matplotlib.pyplot as plt
import torch
from torch import Tensor, nn
from torch.nn import functional

from coursestyle import COLORS, HALF, apply_style
from networks import open_memory

apply_style()

VOCABULARY = "bad good the a film plot actor scene was is long that".split()
LENGTH = 40


def reviews(n: int) -> tuple[Tensor, Tensor]:
    """Return n texts of word numbers and, for each, whether its first word is "good".

    One word in five of the rest is "good" or "bad" too, and does not count.
    """
    labels = torch.randint(0, 2, (n,))
    words = torch.randint(2, len(VOCABULARY), (n, LENGTH))
    distraction = torch.randint(0, 2, (n, LENGTH))
    words = torch.where(torch.rand(n, LENGTH) < 0.2, distraction, words)
    words[:, 0] = labels
    return words, labels


class RecurrentReader(nn.Module):
    """Reads word by word and answers from the last state."""

    def __init__(self, cell: nn.RNNBase) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(VOCABULARY), cell.input_size)
        self.cell = cell
        self.head = nn.Linear(cell.hidden_size, 2)

    def forward(self, words: Tensor) -> Tensor:
        """Return the scores of both labels."""
        states, _ = self.cell(self.embedding(words))
        return self.head(states[:, -1])


class AttentionReader(nn.Module):
    """Answers from a weighted mean of all words: each is one step from the answer."""

    def __init__(self, size: int = 16) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(VOCABULARY), size)
        self.position = nn.Embedding(LENGTH, size)
        self.score = nn.Linear(size, 1)
        self.value = nn.Linear(size, size)
        self.head = nn.Linear(size, 2)

    def embed(self, words: Tensor) -> Tensor:
        """Return a vector for each word at its place in the text."""
        return self.embedding(words) + self.position.weight

    def weights(self, words: Tensor) -> Tensor:
        """Return how much each word counts; a text's weights add up to 1."""
        return self.score(self.embed(words)).softmax(dim=1)

    def forward(self, words: Tensor) -> Tensor:
        """Return the scores of both labels."""
        v = self.value(self.embed(words))
        return self.head((self.weights(words) * v).sum(dim=1))


class BagOfWords(AttentionReader):
    """The control: every word counts the same."""

    def weights(self, words: Tensor) -> Tensor:
        """Return equal weights."""
        return torch.full((*words.shape, 1), 1 / words.shape[1])


def read(model: nn.Module, lr: float = 0.02, steps: int = 100, backwards: bool = False) -> float:
    """Train on fresh texts; return the accuracy on 500 more.

    With `backwards` the text is turned round, so the word that decides comes last.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, fused=True)
    for _ in range(steps):
        words, labels = reviews(32)
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(words.flip(1) if backwards else words), labels)
        loss.backward()
        optimizer.step()
    words, labels = reviews(500)
    with torch.no_grad():
        answers = model(words.flip(1) if backwards else words).argmax(dim=1)
    return (answers == labels).float().mean().item()


def draw_accuracy(accuracy: dict[str, float]) -> None:
    """Draw one bar a reader."""
    _, ax = plt.subplots(figsize=HALF)
    things = ("rnn", "rnn", "lstm", "lstm", "attention", "baseline")
    bars = ax.barh(list(accuracy), list(accuracy.values()), color=[COLORS[name] for name in things])
    for bar in bars[1:3]:  # the variants
        bar.set_alpha(0.45)
    for row, share in enumerate(accuracy.values()):  # right of the axis: none lies on a line
        ax.text(1.03, row, f"{share:.0%}", va="center", fontsize=14)
    ax.axvline(0.5, color=COLORS["baseline"], linestyle=":", linewidth=1.5)
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 0.5, 1], ["0", "50%", "100%"])
    ax.set_xlabel("test accuracy (dotted: chance)")
    ax.invert_yaxis()
    plt.show()


attention_reader = AttentionReader()
text_accuracy = {
    "RNN": read(RecurrentReader(nn.RNN(8, 16, batch_first=True))),
    "RNN, word is last": read(RecurrentReader(nn.RNN(8, 16, batch_first=True)), backwards=True),
    "LSTM, default": read(RecurrentReader(nn.LSTM(8, 16, batch_first=True))),
    "LSTM, gate open": read(RecurrentReader(open_memory(nn.LSTM(8, 16, batch_first=True)))),
    "attention": read(attention_reader),
    "bag of words": read(BagOfWords()),
}
with torch.no_grad():
    first_word_weight = attention_reader.weights(reviews(200)[0])[:, 0].mean().item()

draw_accuracy(text_accuracy)
