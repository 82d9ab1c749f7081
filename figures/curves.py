"""One small figure for both frameworks, and how a number far from 1 is written.

Imports no deep-learning framework: what it draws are plain numbers.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.ticker import MaxNLocator

from coursestyle import COLORS, LABELS, apply_style


def draw_curves(
    curves: Mapping[str, Sequence[float]],
    xlabel: str,
    ylabel: str,
    figsize: tuple[float, float] = (4.6, 3.3),
) -> None:
    """Draw curves by layer, block or step on a log axis, each in the colour of its name.

    After a comma stands a variant: the second of the same thing is dotted.
    """
    apply_style()
    _, ax = plt.subplots(figsize=figsize)
    drawn = set()
    for name, values in curves.items():
        thing, comma, variant = name.partition(",")
        ax.semilogy(
            range(1, len(values) + 1),
            values,
            ":" if thing in drawn else "-",
            color=COLORS.get(thing, COLORS["baseline"]),
            label=LABELS.get(thing, thing) + comma + variant,
        )
        drawn.add(thing)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.legend()
    plt.show()


def power_of_ten(number: float) -> str:
    """Return a number as a reader writes it: 4 × 10⁻⁷ for 4e-07, which no line breaks."""
    digit, exponent = f"{number:.0e}".split("e")
    power = "10" + str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return power if digit == "1" else f"{digit}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{power}"
