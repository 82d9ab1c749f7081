"""A figure script: squares of the first numbers."""

import matplotlib.pyplot as plt
from tools import squares


class Parabola:
    """Points of y = x²."""

    def __init__(self, count: int) -> None:
        self.y = squares(count)

    def largest(self) -> int:
        """The last and largest square."""
        return int(self.y[-1])


parabola = Parabola(6)
largest = parabola.largest()

fig, ax = plt.subplots(figsize=(5.5, 3.6))
ax.plot(parabola.y, marker="o", label="squares")
ax.set(title="Growing", xlabel="x", ylabel="y")
ax.legend()
plt.show()
