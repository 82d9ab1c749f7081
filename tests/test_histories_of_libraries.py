"""The same for lectures that change what libraries keep, and for trainings."""

from __future__ import annotations

from hypothesis import given

from histories import HEADER, Course, check_history, fragments, histories, searched, tell


@searched(few=50, share=0.25)
@given(histories(fragments("fragments-library.txt"), HEADER))
def test_edits_beside_what_libraries_keep_give_what_they_give_from_scratch(
    states: list[Course],
) -> None:
    tell(states)
    check_history(states, "torch")


@searched(few=25, share=0.15)
@given(histories(fragments("fragments-torch.txt"), "import torch"))
def test_an_edited_training_gives_what_it_gives_from_scratch(states: list[Course]) -> None:
    tell(states)
    check_history(states, "torch")
