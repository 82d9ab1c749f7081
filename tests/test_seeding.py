from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest

from proofdeck import seeding


@pytest.fixture(autouse=True)
def _keep_random_state() -> Iterator[None]:
    own, others = random.getstate(), np.random.get_state()
    yield
    random.setstate(own)
    np.random.set_state(others)


def draws() -> tuple[float, float]:
    return random.random(), float(np.random.rand())


def test_the_same_seed_gives_the_same_numbers_in_every_generator() -> None:
    seeding.seed(5)
    first = draws()
    seeding.seed(5)
    assert draws() == first


def test_a_snippets_seed_is_of_its_lecture_and_its_name_and_the_same_for_ever() -> None:
    assert seeding.seed_for(1, "clipping-1") == 3_362_556_525
    assert seeding.seed_for(2, "clipping-1") != seeding.seed_for(1, "clipping-1")
    assert seeding.seed_for(1, "clipping-2") != seeding.seed_for(1, "clipping-1")


def test_every_seed_is_one_that_numpy_takes() -> None:
    assert all(0 <= seeding.seed_for(n, "x") < 2**32 for n in range(1000))


@pytest.mark.parametrize("draw", [random.random, np.random.rand])
def test_a_draw_shows_in_the_state(draw: object) -> None:
    assert callable(draw)
    before = seeding.state()
    assert seeding.state() == before
    draw()
    assert seeding.state() != before


def test_numpys_buffered_normal_number_shows_in_the_state() -> None:
    np.random.normal()
    before = seeding.state()
    np.random.normal()
    assert seeding.state() != before


def test_what_is_done_undisturbed_leaves_the_state_even_when_it_raises() -> None:
    before = seeding.state()

    def fail() -> None:
        draws()
        raise ValueError

    with pytest.raises(ValueError):
        seeding.undisturbed(fail)
    assert seeding.state() == before
    assert seeding.undisturbed(lambda: 3) == 3
