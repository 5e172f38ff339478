"""A folder in which the case of file names does not count, as on Windows and macOS."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def make_caseless(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Let every spelling of a name in ``folder`` mean the one file that is there."""

    def meant(path: Path) -> Path:
        if path.parent != folder:
            return path
        files = folder.iterdir() if folder.is_dir() else ()
        return next((file for file in files if file.name.lower() == path.name.lower()), path)

    def of_one(original: Callable[..., Any]) -> Callable[..., Any]:
        return lambda self, *args, **options: original(meant(self), *args, **options)

    def moving(original: Callable[..., Any]) -> Callable[..., Any]:
        def move(self: Path, target: Path) -> Path:
            source, there = meant(self), meant(target)
            if there not in (source, target):
                there.unlink()
            result: Path = original(source, target)
            return result

        return move

    for name in ("exists", "is_file", "stat", "open", "unlink"):
        patch.setattr(Path, name, of_one(getattr(Path, name)))
    for name in ("rename", "replace"):
        patch.setattr(Path, name, moving(getattr(Path, name)))
