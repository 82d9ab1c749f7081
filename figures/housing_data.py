"""California housing: eight numbers about each of 20,640 districts, and the median house value.

The data are scikit-learn's. Without its cached file and without a network, a seeded stand-in of
the same shape takes their place, and `data_source` says so.
"""

import warnings

import numpy as np
from sklearn.datasets import fetch_california_housing


def stand_in():
    """Return made-up districts and values with the real data's shapes and rough proportions."""
    random = np.random.default_rng(0)
    n = 20_640
    income = random.lognormal(1.25, 0.45, n).clip(0.5, 15)
    age = random.integers(1, 53, n)
    rooms = random.lognormal(1.65, 0.25, n)
    bedrooms = 0.2 * rooms * random.lognormal(0, 0.1, n)
    people = random.lognormal(7, 0.7, n)
    household = random.lognormal(1.05, 0.25, n)
    latitude = np.where(random.random(n) < 0.6, 34, 37.8) + random.normal(0, 0.8, n)
    longitude = -119.5 - 0.8 * (latitude - 35.6) + random.normal(0, 0.6, n)
    inland = longitude + 119.5 + 0.8 * (latitude - 35.6)
    value = 0.45 * income - 0.3 * inland + 1.2 * np.exp(-household / 2) + 0.004 * age - 0.2
    value *= random.lognormal(0, 0.25, n)
    features = [income, age, rooms, bedrooms, people, household, latitude, longitude]
    return np.column_stack(features).astype(float), value.clip(0.15, 5)


def california_housing():
    """Return features (20640, 8), values (20640, 1) in $100,000, and which data they are."""
    try:
        data = fetch_california_housing(n_retries=1)
        features, values, source = data.data, data.target, "the real data"
    except OSError:  # no cached file and no network
        features, values = stand_in()
        source = "a seeded stand-in of the same shape"
    return features, values.reshape(-1, 1), source


with warnings.catch_warnings():  # of a download that is tried again
    warnings.filterwarnings("ignore", "Retry downloading")
    features, values, data_source = california_housing()

if __name__ == "__main__":
    print(f"{data_source}: {features.shape[0]:,} districts, {features.shape[1]} features")
