"""After any edit, a run that reuses what it can gives exactly what a run from scratch gives."""

from __future__ import annotations

from hypothesis import given

from histories import HEADER, Course, check_history, fragments, histories, searched, tell


@searched(few=150, share=0.6)
@given(histories(fragments("fragments.txt"), HEADER))
def test_an_edited_lecture_gives_what_it_gives_from_scratch(states: list[Course]) -> None:
    tell(states)
    check_history(states)
