"""A lecture's source as Pandoc's blocks, citations resolved once for all documents."""

from __future__ import annotations

import json
import re
from pathlib import Path

from proofdeck.errors import Place, ProofdeckError
from proofdeck.model import Block
from proofdeck.pandoc import attr, element, pandoc, transform
from proofdeck.source import Source, unmark

CROSS_REFERENCE = re.compile(r"^(fig|tbl|lst|eq|sec|thm|def|exm|exr|sol)-")
EQUATION_LABEL = re.compile(r"^\{#(?P<id>eq-[\w-]+)\}$")
NOT_FOUND = re.compile(r"citation (?P<key>\S+) not found")


def bibliographies(root: Path, source: Source) -> list[str]:
    """Paths of the bibliography files, relative to the root.

    Raises ProofdeckError where one does not exist.
    """
    named = source.meta.get("bibliography") or []
    found = []
    for name in [named] if isinstance(named, str) else named:
        path = (Path(source.path).parent / name).as_posix()
        if not (root / path).is_file():
            raise ProofdeckError(
                f"bibliography {name!r} does not exist",
                f"Create {path}, or mend `bibliography:` in the front matter.",
                _front_matter_place(root, source.path, "bibliography"),
            )
        found.append(path)
    return found


def _front_matter_place(root: Path, path: str, key: str) -> Place:
    text = (root / path).read_text("utf-8-sig")
    lines = enumerate(text.splitlines(), 1)
    return Place(path, next((n for n, line in lines if line.startswith(f"{key}:")), 1))


def read_document(root: Path, source: Source) -> tuple[list[Block], list[ProofdeckError]]:
    """The blocks, citations resolved, and an error for each citation that has no entry.

    Raises ProofdeckError where Pandoc or the bibliography cannot be read.
    """
    options = ["--from=markdown", "--to=json", "--citeproc", "--metadata=link-citations:true"]
    options += [f"--bibliography={root / file}" for file in bibliographies(root, source)]
    if csl := source.meta.get("csl"):
        options.append(f"--csl={csl}")
    if lang := source.meta.get("lang"):
        options.append(f"--metadata=lang:{lang}")
    text, messages = pandoc(source.marked, *options, folder=root / Path(source.path).parent)
    errors = []
    for key in dict.fromkeys(NOT_FOUND.findall(messages)):
        if not CROSS_REFERENCE.match(key):
            errors.append(
                ProofdeckError(
                    f"citation @{key} is not in the bibliography",
                    "Add its entry, or mend the key.",
                    source.find(f"@{key}", 1),
                )
            )

    def restore(node: Block) -> list[Block] | None:
        if node["t"] in ("Code", "CodeBlock", "RawBlock", "RawInline"):
            return [{**node, "c": [node["c"][0], unmark(node["c"][1], source)]}]
        return None

    return transform(transform(json.loads(text)["blocks"], restore), _label_equations), errors


def _label_equations(node: Block) -> list[Block] | None:
    """`$$…$$ {#eq-loss}` as a span with that id around the formula."""
    if node["t"] not in ("Para", "Plain"):
        return None
    made: list[Block] = []
    for inline in node["c"]:
        label = EQUATION_LABEL.match(inline["c"]) if inline["t"] == "Str" else None
        while label and made and made[-1]["t"] in ("Space", "SoftBreak"):
            made.pop()
        if label and made and made[-1]["t"] == "Math":
            made.append(element("Span", [attr(label["id"]), [made.pop()]]))
        else:
            made.append(inline)
    return [{**node, "c": made}]
