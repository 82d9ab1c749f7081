from __future__ import annotations

import pytest

from proofdeck.excerpt import defined, excerpt

CODE = '''import math


@decorated
@twice(
    1,
)
class Block:
    """A block."""

    size = 3

    @property
    def area(self) -> float:
        return self.size**2

    async def forward(self, x):
        # why
        return x


limit: float = 2.5
a, b = 1, 2
table = {
    "x": 1,
}


def run():
    def inner():
        pass
'''


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Block.area", "@property\ndef area(self) -> float:\n    return self.size**2"),
        ("Block.forward", "async def forward(self, x):\n    # why\n    return x"),
        ("Block.size", "size = 3"),
        ("limit", "limit: float = 2.5"),
        ("b", "a, b = 1, 2"),
        ("table", 'table = {\n    "x": 1,\n}'),
        ("run.inner", "def inner():\n    pass"),
    ],
)
def test_a_definition_is_shown_as_it_is_written_at_the_left_edge(name: str, text: str) -> None:
    assert excerpt(CODE, [name]) == text


def test_a_class_is_shown_with_its_decorators() -> None:
    assert excerpt(CODE, ["Block"]).splitlines()[:4] == ["@decorated", "@twice(", "    1,", ")"]


def test_several_names_are_shown_in_the_order_asked_for() -> None:
    assert excerpt(CODE, ["limit", "Block.size"]) == "limit: float = 2.5\n\nsize = 3"


@pytest.mark.parametrize("name", ["nothing", "Block.nothing", "limit.real", "math", ""])
def test_a_name_that_the_code_does_not_define_is_an_error_with_that_name(name: str) -> None:
    with pytest.raises(KeyError) as raised:
        excerpt(CODE, [name])
    assert raised.value.args == (name,)


def test_all_that_could_be_shown_is_listed() -> None:
    assert defined(CODE) == [
        "Block",
        "Block.area",
        "Block.forward",
        "limit",
        "a",
        "b",
        "table",
        "run",
    ]
