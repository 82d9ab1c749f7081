"""Exercises as they are written: `::: {.exercise}` with a starter, a solution and a check.

A starter may also be cut out of the solution, as in nbgrader: what stands between the lines
`### BEGIN SOLUTION` and `### END SOLUTION` is the student's to write.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

from proofdeck.errors import Notice, Place, ProofdeckError
from proofdeck.model import Exercise, Lecture, Snippet
from proofdeck.names import tree_of

Role = Literal["starter", "solution", "check"]
ROLES: tuple[Role, ...] = get_args(Role)
BEGIN = re.compile(r"^(?P<indent>[ \t]*)### BEGIN SOLUTION\s*$")
END = re.compile(r"^[ \t]*### END SOLUTION\s*$")
YOURS = "# YOUR CODE HERE"
EXAMPLE = "Mark its snippets `#| exercise: starter`, `#| exercise: solution`, `#| exercise: check`."


def all_snippets(lecture: Lecture) -> tuple[Snippet, ...]:
    """Snippets of a lecture and of its exercises."""
    return (*lecture.snippets, *(snippet for each in lecture.exercises for snippet in parts(each)))


def parts(exercise: Exercise) -> tuple[Snippet, Snippet, Snippet]:
    """Its snippets, in the order in which readers meet them."""
    return exercise.starter, exercise.solution, exercise.check


def make_exercise(
    id: str, place: Place, slide: str, at: int, snippets: Sequence[Snippet]
) -> Exercise:
    """An exercise from the snippets in its div. Raises ProofdeckError for what cannot be one."""
    found: dict[Role, Snippet] = {}
    for snippet in snippets:
        for role, part in _roles(id, snippet):
            if role in found:
                message = f"the exercise has two snippets for its {role}"
                raise ProofdeckError(message, "Make them one, or two exercises.", snippet.place)
            found[role] = part
    if "check" in found and not _can_be_indented(found["check"].code):
        message = "a string of the check goes over several lines"
        hint = "Write it in one line: notebooks put the check into a `with` block."
        raise ProofdeckError(message, hint, found["check"].place)
    if missing := [role for role in ROLES if role not in found]:
        raise ProofdeckError(f"the exercise has no {' and no '.join(missing)}", EXAMPLE, place)
    return Exercise(id, place, slide, at, found["starter"], found["solution"], found["check"])


def _roles(id: str, snippet: Snippet) -> Iterator[tuple[Role, Snippet]]:
    """What a snippet is in its exercise; one with nbgrader's marks is starter and solution."""
    if not snippet.runs or snippet.options.get("error"):
        message = "an exercise is proved by running it: no `eval: false`, no `error: true`"
        raise ProofdeckError(message, "Remove the option.", snippet.place)
    marked = _is_marked(snippet)
    role = snippet.options.get("exercise", "solution" if marked else "")
    if role not in ROLES:
        what = f"`exercise: {role}` means nothing" if role else "a snippet has no part in it"
        hint = f"{EXAMPLE} Or move it above the exercise."
        raise ProofdeckError(f"in the exercise, {what}", hint, snippet.place)
    if marked and role != "check":
        starter = replace(snippet, code=_without_solution(snippet))
        yield "starter", _named(id, "starter", starter)
        yield "solution", _named(id, "solution", snippet)
    else:
        yield role, _named(id, role, snippet)


def _named(id: str, role: Role, snippet: Snippet) -> Snippet:
    """With an id of the exercise's: a further snippet on the slide renames none of the others."""
    label = snippet.options.get("label") if not _is_marked(snippet) else None
    return replace(snippet, id=str(label) if label else f"{id}-{role}")


def _can_be_indented(code: str) -> bool:
    """Whether code means the same inside of a block; that of a string's further lines does not."""
    inner = tree_of(f"if True:\n{textwrap.indent(code, '    ')}\n    pass").body
    own = ast.dump(tree_of(code))
    return not inner or ast.dump(ast.Module(inner[0].body[:-1], [])) == own  # type: ignore[attr-defined]


def _is_marked(snippet: Snippet) -> bool:
    return any(BEGIN.match(line) for line in snippet.code.splitlines())


def _without_solution(snippet: Snippet) -> str:
    """The starter that nbgrader's marks leave. Raises ProofdeckError where one has no end."""
    made: list[str] = []
    lines = enumerate(snippet.code.splitlines(), snippet.code_place.line)
    for number, line in lines:
        if not (begin := BEGIN.match(line)):
            made.append(line)
            continue
        if not any(END.match(rest) for _, rest in lines):
            place = Place(snippet.code_place.path, number)
            raise ProofdeckError(
                "`### BEGIN SOLUTION` has no end", "Write `### END SOLUTION` below it.", place
            )
        made += [begin["indent"] + YOURS, f"{begin['indent']}..."]
    return "\n".join(made)


def readable(snippet: Snippet) -> Snippet:
    """A snippet of an exercise as readers see it, without nbgrader's marks."""
    lines = snippet.code.splitlines()
    kept = [line for line in lines if not (BEGIN.match(line) or END.match(line))]
    return snippet if len(kept) == len(lines) else replace(snippet, code="\n".join(kept))


def with_outputs(lecture: Lecture) -> tuple[Snippet, ...]:
    """The snippets whose outputs documents show: of an exercise, those of its solution."""
    return (*lecture.snippets, *(exercise.solution for exercise in lecture.exercises))


def outside(snippet: Snippet) -> ProofdeckError | None:
    """The error of a snippet that belongs into an exercise and is in none."""
    said = "exercise" in snippet.options
    if not said and not (snippet.runs and _is_marked(snippet)):
        return None
    what = f"`exercise: {snippet.options['exercise']}`" if said else "`### BEGIN SOLUTION`"
    return ProofdeckError(
        f"{what} stands outside of an exercise",
        "Put task, snippets and check between `::: {.exercise}` and `:::`.",
        snippet.place,
    )


def notices(exercises: Sequence[Exercise]) -> list[Notice]:
    """A warning for each assert of a check that would leave a student without a word."""
    return [
        Notice(
            Place(check.code_place.path, check.code_place.line + node.lineno - 1),
            'this assert says nothing to a student: write `assert …, "what is wrong"`',
        )
        for check in (exercise.check for exercise in exercises)
        for node in ast.walk(tree_of(check.code))
        if isinstance(node, ast.Assert) and node.msg is None
    ]


def attempts(exercise: Exercise) -> Mapping[Role, tuple[Snippet, Snippet]]:
    """The two ways that are proved, each an attempt and the check after it.

    The solution stands in the starter's place and has its random numbers, so that a student who
    writes it there gets what the build got.
    """
    starter, solution, check = parts(exercise)
    allowed: dict[str, Any] = {**check.options, "error": True}
    refused = replace(check, id=f"{check.id}-of-starter", seed_id=check.id, options=allowed)
    return {
        "starter": (starter, refused),
        "solution": (replace(solution, seed_id=starter.id), check),
    }
