"""Which files of a course changed: everything that an author writes, nothing that is generated."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

from watchfiles import awatch

from proofdeck.config import TEMPLATES, Config

STEP = 10
"""Milliseconds without another change after which changes are told."""

IGNORED = ("build", "__pycache__", "node_modules")


def watched_folders(config: Config) -> list[Path]:
    """Folders in which all changes count: the course's own, and the templates."""
    folders = [
        folder
        for folder in sorted(config.root.iterdir())
        if folder.is_dir()
        and not folder.name.startswith(".")
        and folder.name not in IGNORED
        and not (folder / "pyvenv.cfg").exists()
    ]
    return folders if TEMPLATES in folders else [*folders, TEMPLATES]


async def changes(config: Config, stop: asyncio.Event) -> AsyncIterator[frozenset[str]]:
    """Paths of changed files, relative to the root where they lie below it."""
    told: asyncio.Queue[set[str]] = asyncio.Queue()

    async def watch(*folders: Path, deep: bool) -> None:
        async for found in awatch(
            *folders, recursive=deep, step=STEP, stop_event=stop, raise_interrupt=False
        ):
            await told.put({path for _, path in found})

    folders = watched_folders(config)
    watchers = [
        asyncio.create_task(watch(*folders, deep=True)),
        asyncio.create_task(watch(config.root, deep=False)),
    ]
    try:
        while True:
            found = _own(config, await told.get(), folders)
            if found:
                yield found
    finally:
        for watcher in watchers:
            watcher.cancel()


def _own(config: Config, paths: set[str], folders: list[Path]) -> frozenset[str]:
    root = str(config.root) + os.sep
    shorter = {path.removeprefix(root) for path in paths} - {str(each) for each in folders}
    return frozenset(path for path in shorter if not _is_ignored(path))


def _is_ignored(path: str) -> bool:
    """Generated files, and what editors write beside the file that is edited."""
    parts = Path(path).parts
    return path.endswith(("~", ".pyc", ".swp")) or any(
        part in IGNORED or part.startswith(".") for part in parts if part != "/"
    )
