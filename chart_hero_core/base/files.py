"""Files: atomic writes, the resources that ship with the program, and the user's folders."""

import contextlib
import errno
import itertools
import os
import re
import stat
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import IO, NamedTuple, cast

import platformdirs

from chart_hero_core.base.errors import StorageError

APP_NAME = "chart-hero"
# Windows keeps these for devices, whatever the suffix.
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_NAME_SHOWN = 40  # characters of a file's name in that of its half-written copy, which is longer


class _Waiting(NamedTuple):
    """Written files that wait for others, and the folders that were made for them."""

    files: list[tuple[Path, Path]]  # half-written copy, what it replaces
    folders: list[Path]


_waiting: ContextVar[_Waiting | None] = ContextVar("waiting", default=None)


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[IO[bytes]]:
    """Open a binary file that replaces ``path`` only when the block ends without an error.

    The data is flushed to disk before the rename, so a crash or a full disk leaves the old file,
    and no folder that was made for the new one.

    Raises:
        StorageError: the folder is missing, read-only or full.
    """
    temporary: Path | None = None
    made = _missing_folders(path.parent)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = _mode_of(path)
        name = f".{path.name[:_NAME_SHOWN]}.{uuid.uuid4().hex[:12]}.part"
        # A new file gets the usual permissions from the system: to ask for the umask is to change
        # it, for all threads of the process.
        with (path.parent / name).open("xb") as file:
            temporary = path.parent / name
            if mode is not None:  # the copy of a private file is private from the start
                _set_mode(temporary, mode | stat.S_IWUSR)
            yield file
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            _set_mode(temporary, mode)
        _replace_or_wait(temporary, path, made)
        temporary, made = None, []
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(f"Could not write {path}: {reason}.") from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
        _remove_empty(made)


def _replace_or_wait(temporary: Path, path: Path, made: Sequence[Path]) -> None:
    """Replace ``path`` now, or at the end of the block of :func:`replaced_together` around."""
    if (waiting := _waiting.get()) is None:
        temporary.replace(path)
    else:
        waiting.files.append((temporary, path))
        waiting.folders.extend(made)


def _missing_folders(folder: Path) -> list[Path]:
    """``folder`` and those above it that are not there yet, the outermost first."""
    found = itertools.takewhile(lambda path: not os.path.lexists(path), (folder, *folder.parents))
    return list(found)[::-1]


def _remove_empty(folders: Sequence[Path]) -> None:
    """Remove folders, the last first, but for those that somebody put something into."""
    for folder in reversed(folders):
        with contextlib.suppress(OSError):
            folder.rmdir()


def size_of_file(path: Path) -> int:
    """The size in bytes of an ordinary file.

    Raises:
        OSError: it is not there, or is something else: reading a pipe or a device may never end.
    """
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "It is a pipe or a device, not a file", str(path))
    return status.st_size


@contextlib.contextmanager
def replaced_together() -> Iterator[None]:
    """Files of :func:`atomic_write` in the block take their places together, when it ends.

    Until then they lie beside what they replace, so that an error, a full disk or an interruption
    between them leaves no new file next to old ones, nor the folders made for them. Within another
    such block they wait for the end of that.

    Raises:
        StorageError: one of them cannot take its place; those before it have.
    """
    if _waiting.get() is not None:
        yield
        return
    waiting = _Waiting([], [])
    token = _waiting.set(waiting)
    try:
        yield
        while waiting.files:
            _take_place(*waiting.files[0])
            del waiting.files[0]
    finally:
        _waiting.reset(token)
        for temporary, _ in waiting.files:
            with contextlib.suppress(OSError):
                temporary.unlink()
        _remove_empty(waiting.folders)


def _take_place(temporary: Path, path: Path) -> None:
    try:
        temporary.replace(path)
    except OSError as error:
        raise StorageError(f"Could not write {path}: {error.strerror or error}.") from error


@contextlib.contextmanager
def patient(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """``file`` for libraries that cannot bear a failed write: it is raised when the block ends.

    libsndfile is not told of it and prints a traceback; torch makes another error of it.
    """
    out = _Patient(file)
    yield cast("IO[bytes]", out)  # as much of one as they use
    if out.error is not None:
        raise out.error


class _Patient:
    """Takes what is written and remembers the first failure; what follows it is lost anyway."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        """Write, or seem to."""
        if self.error is None:
            try:
                self._file.write(data)
            except OSError as error:
                self.error = error
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, unless nothing is written any more."""
        if self.error is None:
            try:
                return self._file.seek(offset, whence)
            except OSError as error:  # what was written before it had to be on disk first
                self.error = error
        return offset

    def tell(self) -> int:
        """The place."""
        return self._file.tell() if self.error is None else 0

    def flush(self) -> None:
        """Nothing: the file is flushed when it is finished."""


def make_folder(path: Path) -> None:
    """Make a folder and those above it. Raises :class:`StorageError`."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"Could not write {path}: {error.strerror or error}.") from error


def refuse_unwritable(folder: Path) -> None:
    """Raise :class:`StorageError` where ``folder`` cannot be made, or nothing written into it.

    To be asked before work that takes minutes; nothing is changed.
    """
    there = folder.absolute()
    while not os.path.lexists(there) and there != there.parent:
        there = there.parent
    if not there.is_dir():
        raise StorageError(f"Could not write {folder}: {there} is not a folder.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise StorageError(f"Could not write {folder}: nothing can be written to {there}.")


def refuse_unwritable_file(file: Path) -> None:
    """Raise :class:`StorageError` where ``file`` is a folder, or could not be written.

    Like :func:`refuse_unwritable`, to be asked before work that takes minutes.
    """
    if file.is_dir():
        raise StorageError(f"Could not write {file}: it is a folder.")
    refuse_unwritable(file.parent)


def _mode_of(path: Path) -> int | None:
    """The permissions of a file; None where there is none."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return None


def _set_mode(path: Path, mode: int) -> None:
    with contextlib.suppress(OSError):  # not every drive has permissions
        path.chmod(mode)


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` atomically. Raises :class:`StorageError`."""
    with atomic_write(path) as file:
        file.write(data)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 to ``path`` atomically, line ends as given.

    Of file names that are no Unicode the odd parts are written as escapes.
    """
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def keep_newest(folder: Path, pattern: str, count: int) -> None:
    """Delete the oldest files of a cache that fit ``pattern``, but for the ``count`` newest.

    What cannot be deleted stays: it only takes room, and another window may be at it, too.
    """
    dated: list[tuple[float, Path]] = []
    for file in folder.glob(pattern):
        with contextlib.suppress(OSError):
            dated.append((file.stat().st_mtime, file))
    for _, file in sorted(dated, reverse=True)[count:]:
        with contextlib.suppress(OSError):
            file.unlink()


def name_for_c(path: Path) -> str | bytes:
    """The name of a file for a library in C that is handed it by Python's soundfile.

    Of bytes wherever names are bytes: soundfile cannot encode one that is no Unicode.
    """
    return str(path) if os.name == "nt" else os.fsencode(path)


def is_reserved_name(name: str) -> bool:
    """Whether some system refuses to have a file of this name."""
    return _RESERVED.fullmatch(name) is not None


def resources_dir() -> Path:
    """The folder of shipped resources, in a checkout, an installation or a frozen program."""
    frozen_root = getattr(sys, "_MEIPASS", None)
    if frozen_root is not None:
        return Path(frozen_root) / "resources"
    package = Path(__file__).resolve().parents[1]
    installed = package / "resources"
    return installed if installed.is_dir() else package.parent / "resources"


def resource_path(*parts: str) -> Path:
    """A path below :func:`resources_dir`. Raises :class:`StorageError` when it is not there."""
    path = resources_dir().joinpath(*parts)
    if not path.exists():
        raise StorageError(
            f"A part of the program is missing: resources/{'/'.join(parts)}. Please reinstall."
        )
    return path


def shipped_checkpoint() -> Path:
    """The weights that come with the program; raises :class:`StorageError` without them."""
    return resource_path("checkpoints", "default.safetensors")


def user_data_dir() -> Path:
    """Where the user's models, datasets and recovery files live (not created here)."""
    return Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))


def user_config_dir() -> Path:
    """Where preferences and own presets live (not created here)."""
    return Path(platformdirs.user_config_dir(APP_NAME, appauthor=False))


def user_cache_dir() -> Path:
    """Where things live that can be made again (not created here)."""
    return Path(platformdirs.user_cache_dir(APP_NAME, appauthor=False))


def user_log_dir() -> Path:
    """Where the log file lives (not created here)."""
    return Path(platformdirs.user_log_dir(APP_NAME, appauthor=False))
