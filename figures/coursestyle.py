"""The look of every figure in the course: one colour for each thing, one style for Matplotlib.

Imports no deep-learning framework, so the lectures of both frameworks share it.
"""

from pathlib import Path

import matplotlib.pyplot as plt

COLORS = {
    # activations
    "sigmoid": "#B84A00",
    "tanh": "#C48600",
    "relu": "#0072B2",
    "leaky_relu": "#2E96D3",
    "linear": "#707070",
    # initialisation: each has the colour of the activation that it was derived for
    "naive": "#707070",
    "xavier": "#C48600",
    "he": "#0072B2",
    # architectures
    "plain": "#707070",
    "batch_norm": "#CC79A7",
    "residual": "#009E73",
    # sequences
    "rnn": "#AA4499",
    "lstm": "#117733",
    "attention": "#332288",
    # training
    "unclipped": "#B84A00",
    "clipped": "#009E73",
    "baseline": "#707070",  # the trivial predictor, chance, a bound
    "data": "#707070",
}
"""Colour by name: the same thing has the same colour in all five lectures.

Okabe and Ito's colours, the light ones darker: each has a contrast with white of 3 at least, as
WCAG asks of lines, greys of 4.5, as it asks of text. For the dark theme the deck lightens them.
"""

LABELS = {
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "relu": "ReLU",
    "leaky_relu": "leaky ReLU",
    "linear": "no activation",
    "naive": "naive",
    "xavier": "Xavier",
    "he": "He",
    "plain": "plain",
    "batch_norm": "batch norm",
    "residual": "residual",
    "rnn": "RNN",
    "lstm": "LSTM",
    "attention": "attention",
    "unclipped": "unclipped",
    "clipped": "clipped",
}
"""How each thing is written in a legend."""

HALF = (5.9, 4.6)
"""Figure size (inches) of half a slide."""

FULL = (11.5, 4.6)
"""Figure size (inches) of a whole slide under its heading."""


def apply_style() -> None:
    """Make `course.mplstyle` the style of all figures drawn from now on."""
    plt.style.use(Path(__file__).with_name("course.mplstyle"))
