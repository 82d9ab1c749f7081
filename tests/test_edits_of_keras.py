"""After an edit: what Keras keeps for all, and how it names layers and models."""

from __future__ import annotations

from pathlib import Path

import pytest

from histories import above, check_history, edited_at, history, run_in
from proofdeck.forks import prepare

K = "import keras\nfrom keras import layers"
NET = "keras.Sequential([keras.Input((1,)), layers.Dense(1)])"
TYPE = "d = layers.Dense(1)\nd.build((1, 1))\nprint(d.kernel.dtype)"
SHOW = "def show(model):\n    for layer in model.layers:\n        print(layer.name)"

FOUND = {
    "floats before the first layer": above(
        K, "keras.config.set_floatx('float64')", TYPE, last=TYPE
    ),
    "floats after the first layer": above(K, TYPE, "keras.config.set_floatx('float64')", last=TYPE),
    "a policy": above(K, "keras.config.set_dtype_policy('float64')", TYPE, last=TYPE),
    "a model's name": above(K, f"a = {NET}", f"b = {NET}\nprint(b.name)", last="b.summary()"),
    "a model's name when there is one more above": edited_at(
        1, f"a = [{NET}, {NET}]", K, f"a = {NET}", f"b = {NET}", "b.summary()"
    ),
    "a model's name when another moves below it": edited_at(
        1, f"b = {NET}\na = {NET}", K, f"a = {NET}\nb = {NET}", "n = b.name\nprint(n)"
    ),
    "names in a value": above(
        K, f"a = {NET}", f"b = {NET}", "n = [layer.name for layer in b.layers]", last="print(n)"
    ),
    "names that a function prints": above(K, f"a = {NET}", SHOW, f"b = {NET}", last="show(b)"),
    "names that begin anew": above(
        K,
        f"a = {NET}",
        "keras.utils.clear_session()",
        f"b = {NET}\nprint(b.name)",
        last="b.summary()",
    ),
}
"""Counterexamples that were found, made small."""


@pytest.mark.parametrize("found", FOUND)
def test_what_once_went_wrong_stays_right(found: str) -> None:
    check_history(FOUND[found], "tensorflow", "keras")


def test_what_tells_no_name_does_not_run_again_for_a_layer_more_above(tmp_path: Path) -> None:
    below = f"b = {NET}", "b.compile('sgd', 'mse')\nb.fit(np.ones(4), np.ones(4), verbose=0);"
    states = history(
        [K, f"a = [{NET}]", *below, "print(b.name)"],
        [K, f"a = [{NET}, {NET}]", *below, "print(b.name)"],
    )
    prepare([frozenset({"numpy", "tensorflow", "keras"})])
    _, run = (run_in(tmp_path / "course", state, tmp_path / "cache") for state in states)
    assert {id for id, result in run.results.items() if not result.cached} == {"s1", "s4"}
