"""The districts of the California housing data on the map, coloured by house value."""

import matplotlib.pyplot as plt

from coursestyle import HALF, apply_style
from housing_data import features, values

apply_style()
fig, ax = plt.subplots(figsize=HALF)
dots = ax.scatter(features[:, 7], features[:, 6], c=values[:, 0], s=4, cmap="viridis")
ax.set(xlabel="longitude", ylabel="latitude")
ax.grid(False)
fig.colorbar(dots, label="median value, $100,000".replace("$", r"\$"))
plt.show()
