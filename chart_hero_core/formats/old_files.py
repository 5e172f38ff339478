"""Backups of replaced files: kept beside the new ones under a name that no game reads."""

import contextlib
import hashlib
import itertools
from collections.abc import Container, Iterator
from pathlib import Path

from chart_hero_core.base.errors import StorageError
from chart_hero_core.formats.audio_files import copy_file

_MARK = ".bak"


def digest(file: Path) -> str:
    """What tells the content of a file from any other. Raises :class:`StorageError`."""
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise StorageError(f"Could not read {file}: {error.strerror or error}.") from error


def keep_old(file: Path, data: bytes, expendable: Container[str] = ()) -> Path | None:
    """Copy ``file`` to ``NAME.bak`` (``.bak1`` …) before ``data`` replaces it.

    Args:
        expendable: digests of what can be had again.

    Returns:
        The copy; None where none is needed: nothing is there or nothing of it would be lost.

    Raises:
        StorageError: it cannot be read or copied.
    """
    if not file.is_file():
        return None
    old = digest(file)
    if old == hashlib.sha256(data).hexdigest() or _is_had(file, old, expendable):
        return None
    copy = _free_name(file)
    copy_file(file, copy)
    return copy


@contextlib.contextmanager
def kept_if_changed(file: Path, expendable: Container[str] = ()) -> Iterator[list[Path]]:
    """As :func:`keep_old`, for a ``file`` that the block replaces by what is only known then.

    Yields:
        A list, empty until the block ends; then it holds the copy, if one was needed. After an
        error ``file`` is as it was, and there is no copy.
    """
    kept: list[Path] = []
    old = digest(file) if file.is_file() else None
    if old is None or _is_had(file, old, expendable):
        yield kept
        return
    copy = _free_name(file)
    copy_file(file, copy)
    changed = False
    try:
        yield kept
        changed = digest(file) != old
    finally:
        if not changed:
            with contextlib.suppress(OSError):
                copy.unlink()
    if changed:
        kept.append(copy)


def move_away(file: Path, expendable: Container[str] = ()) -> Path | None:
    """Let no game find ``file``: as :func:`keep_old`, but it goes. Raises :class:`StorageError`."""
    if not file.is_file():
        return None
    had = _is_had(file, digest(file), expendable)
    try:
        if not had:
            return file.rename(_free_name(file))
        file.unlink()
    except OSError as error:
        raise StorageError(f"Could not rename {file}: {error.strerror or error}.") from error
    return None


def is_copy(file: Path) -> bool:
    """Whether ``file`` is called like a copy of what was replaced."""
    mark, number = file.suffix[: len(_MARK)], file.suffix[len(_MARK) :]
    return mark == _MARK and (not number or number.isdecimal())


def _is_had(file: Path, old: str, expendable: Container[str]) -> bool:
    """Whether the content ``old`` of ``file`` is expendable, or in an earlier copy already."""
    if old in expendable:
        return True
    try:
        beside = [f for f in file.parent.iterdir() if f.stem == file.name and is_copy(f)]
        return any(digest(copy) == old for copy in beside if copy.is_file())
    except OSError as error:
        raise StorageError(f"Could not read {file.parent}: {error.strerror or error}.") from error


def _free_name(file: Path) -> Path:
    names = (f"{file.name}{_MARK}{number or ''}" for number in itertools.count())
    return next(path for name in names if not (path := file.with_name(name)).exists())
