"""Files that one process holds at a time.

The system lets go of them when the process ends, however that comes: a killed program leaves no
lock behind.
"""

import contextlib
import os
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

from chart_hero_core.base.errors import StorageError

_SUFFIX = ".lock"


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[bool]:
    """Hold a file (it is made, and stays); False where it is held already.

    Raises:
        StorageError: the file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise StorageError(f"Could not write {path}: {error.strerror or error}.") from error
    try:
        yield _lock(handle)
    finally:
        os.close(handle)  # which lets go


@contextlib.contextmanager
def in_use(folder: Path) -> Iterator[None]:
    """Have :func:`is_in_use` say so of a folder of such marks; any number of holders may.

    Where no mark can be made (a folder that is only read) there is none.
    """
    path = folder / f"{uuid.uuid4().hex}{_SUFFIX}"
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(StorageError):
            stack.enter_context(exclusive(path))
        try:
            yield
        finally:
            stack.close()
            _remove(path)


def is_in_use(folder: Path) -> bool:
    """Whether somebody is within :func:`in_use`; marks of those who were killed are removed."""
    for path in folder.glob(f"*{_SUFFIX}"):
        with contextlib.suppress(StorageError), exclusive(path) as nobody:
            if not nobody:
                return True
        _remove(path)
    return False


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):  # it only takes room
        path.unlink(missing_ok=True)


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        except OSError:
            return True  # no locks on this drive, see below
        return True

else:
    import fcntl

    def _lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True  # a network drive without locks: nothing can be told, and work must go on
        return True
