from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofdeck.streams import settle

RED, GREEN, END = "\x1b[31m", "\x1b[32m", "\x1b[0m"


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("plain\ntext\n", "plain\ntext\n"),
        ("10%\r20%\r100%\n", "100%\n"),
        ("longer\rab\n", "abnger\n"),
        ("longer\r\x1b[Kab", "ab"),
        ("abcdef\b\b\bX", "abcXef"),
        ("\b\b\ba", "a"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("a\nb\rc\n", "a\nc\n"),
        ("a\x1b[2Ab\x1b[?25l", "ab"),
        ("a\x1bb", "ab"),
        ("a\0b", "a␀b"),
        ("\ud800", "?"),
        ("", ""),
    ],
)
def test_text_stands_as_on_a_terminal_in_the_end(written: str, seen: str) -> None:
    assert settle(written) == seen


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        (f"{RED}red{END} plain", f"{RED}red{END} plain"),
        (f"{RED}red\nstill{END}", f"{RED}red{END}\n{RED}still{END}"),
        (f"{RED}1{END}\r{GREEN}2{END}", f"{GREEN}2{END}"),
        (f"{RED}ab{END}\rc", f"c{RED}b{END}"),
        ("\x1b[1m\x1b[31mb\x1b[m.", "\x1b[1m\x1b[31mb\x1b[0m."),
    ],
)
def test_colours_are_kept_and_end_with_their_line(written: str, seen: str) -> None:
    assert settle(written) == seen


@given(st.lists(st.sampled_from(["a", "bc", "\n", "\r", "\b", RED, END, "\x1b[K"])))
def test_settled_text_is_settled(parts: list[str]) -> None:
    once = settle("".join(parts))
    assert settle(once) == once
    assert not set(once) & {"\r", "\b"}


@given(st.text(alphabet=st.characters(exclude_characters="\r\b\x1b\0", exclude_categories=["Cs"])))
def test_text_without_control_signs_is_left_alone(text: str) -> None:
    assert settle(text) == text
