"""Which files were written by a transcription and not edited, so that replacing them is safe.

Only their digests are kept, in the user's folder: a file that was touched since has another one.
What is not known is taken for a person's work, so the list may be lost or cut at any time.
"""

import contextlib
from collections.abc import Iterable
from pathlib import Path

from chart_hero_core.base.errors import StorageError
from chart_hero_core.base.files import user_data_dir, write_text
from chart_hero_core.formats.old_files import digest

_REMEMBERED = 3_000  # digests; a transcription writes two or three files


def transcribed() -> frozenset[str]:
    """Digests of the files that transcriptions have written."""
    return frozenset(_read())


def remember_transcribed(files: Iterable[Path]) -> None:
    """Remember files as they are now; where that fails, they will be kept like any other."""
    with contextlib.suppress(StorageError):
        known = dict.fromkeys([*_read(), *(digest(file) for file in files)])
        write_text(_list(), "".join(f"{one}\n" for one in list(known)[-_REMEMBERED:]))


def _read() -> list[str]:
    try:
        return _list().read_text("ascii").split()
    except (OSError, UnicodeError):
        return []


def _list() -> Path:
    return user_data_dir() / "transcribed.txt"
