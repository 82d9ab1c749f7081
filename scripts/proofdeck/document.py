"""A lecture's source as Pandoc's blocks, citations resolved once for all documents."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from proofdeck.errors import Place, ProofdeckError
from proofdeck.front_matter import key_place
from proofdeck.model import Block
from proofdeck.pandoc import attr, element, pandoc, transform
from proofdeck.source import LINE, Source, unmark

CROSS_REFERENCE = re.compile(r"^(fig|tbl|lst|eq|sec|thm|def|exm|exr|sol)-")
EQUATION_LABEL = re.compile(r"^\{#(?P<id>eq-[\w-]+)\}$")
FORMAT = "--from=markdown-yaml_metadata_block-pandoc_title_block"
"""The front matter is read before Pandoc: a `---` further down is never another one."""

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
                key_place(source.path, (root / source.path).read_text("utf-8-sig"), "bibliography"),
            )
        found.append(path)
    return found


def read_document(root: Path, source: Source) -> tuple[list[Block], list[ProofdeckError]]:
    """The blocks, citations resolved, and an error for each citation that has no entry.

    Raises ProofdeckError where Pandoc or the bibliography cannot be read.
    """
    options = [FORMAT, "--to=json", "--metadata=link-citations:true"]
    if "@" in source.marked or source.meta.keys() & {"bibliography", "csl"}:
        options.append("--citeproc")  # only then: reading its style takes longer than all the rest
    options += [f"--bibliography={root / file}" for file in bibliographies(root, source)]
    if csl := source.meta.get("csl"):
        options.append(f"--csl={csl}")
    if lang := source.meta.get("lang"):
        options.append(f"--metadata=lang:{lang}")
    try:
        text, messages = pandoc(source.marked, *options, folder=root / Path(source.path).parent)
    except ProofdeckError as error:
        message = error.message.replace(f"{root}{os.sep}", "")
        raise ProofdeckError(message, error.hint, Place(source.path, 1)) from None
    errors = []
    for key in dict.fromkeys(NOT_FOUND.findall(messages)):
        if not CROSS_REFERENCE.match(key):
            errors.append(
                ProofdeckError(
                    f"citation @{key} is not in the bibliography",
                    "Add its entry, or mend the key.",
                    source.place(source.search(rf"@{re.escape(key)}(?!\w)", 1)),
                )
            )

    return restored(json.loads(text)["blocks"], source), errors


def restored(blocks: list[Block], source: Source) -> list[Block]:
    """Blocks without the marks that `source` put into code, and with labelled formulas."""

    def restore(node: Block) -> list[Block] | None:
        match node["t"]:
            case "Code" | "CodeBlock" | "RawBlock" | "RawInline" | "Math":
                return [{**node, "c": [node["c"][0], unmark(node["c"][1], source)]}]
            case "Str" if LINE in node["c"]:  # a line that only looked like a heading
                text = unmark(node["c"], source)
                return [element("Str", text)] if text else []
        return None

    made: list[Block] = transform(transform(blocks, restore), _label_equations)
    return made


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
