"""One small figure for both frameworks: curves by layer, block or step on a log axis.

Imports no deep-learning framework: what it draws are plain numbers.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt

from coursestyle import COLORS, LABELS, apply_style


def draw_curves(curves: Mapping[str, Sequence[float]], xlabel: str, ylabel: str) -> None:
    """Draw each curve in the colour of its name; after a comma stands a variant, dotted."""
    apply_style()
    _, ax = plt.subplots(figsize=(4.6, 3.3))
    for name, values in curves.items():
        thing, comma, variant = name.partition(",")
        ax.semilogy(
            range(1, len(values) + 1),
            values,
            ":" if comma else "-",
            color=COLORS.get(thing, COLORS["baseline"]),
            label=LABELS.get(thing, thing) + comma + variant,
        )
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.legend()
    plt.show()
