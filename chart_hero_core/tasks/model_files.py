"""The files of the user's models: names for them, copies, and what was removed but may come back.

Nothing here loads weights.
"""

import contextlib
import datetime
import filecmp
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from chart_hero_core.base.errors import CheckpointError, StorageError
from chart_hero_core.base.files import make_folder, write_bytes
from chart_hero_core.base.model_choice import (
    SHIPPED,
    SUFFIX,
    Choice,
    check_name,
    model_path,
    models_dir,
    read_choice,
    write_choice,
)

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LEARNED_FROM_LENGTH = 45  # the date and a number still fit
_NUMBERED_LENGTH = 58
_NO_NAME = "My songs"
_REMOVED = "removed"
_REMOVED_KEPT_S = 7 * 86_400.0  # after a crash; else the window throws them away


@dataclass(frozen=True, slots=True)
class Removed:
    """A model that was taken from the list and can be put back.

    Attributes:
        name: what it was called.
        place: where its file lies until then.
        before, after: which model was in use before and is since.
    """

    name: str
    place: Path
    before: Choice
    after: Choice


def name_learned_from(songs: str, day: datetime.date) -> str:
    """A name for a model that learns from ``songs``, as nobody has it: ``My songs, 30 Nov 2026``.

    What a file's name cannot have is left out.
    """
    kept = re.sub(r'[<>:"/\\|?*]', " ", "".join(c if c.isprintable() else " " for c in songs))
    about = " ".join(re.sub(r"^\W+", "", kept).split())[:_LEARNED_FROM_LENGTH].strip()
    date = day_in_words(day)
    try:
        return free_name(check_name(f"{about or _NO_NAME}, {date}"))
    except CheckpointError:
        return free_name(f"{_NO_NAME}, {date}")


def day_in_words(day: datetime.date) -> str:
    """A day as it stands in the names of models: ``30 Nov 2026``."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def free_name(wanted: str, free: Callable[[Path], bool] | None = None) -> str:
    """``wanted``, with a number where another model has that name, in capitals or not.

    Args:
        free: whether the name may be had although this file has it.
    """
    found, number = wanted, 2
    while any(free is None or not free(path) for path in models_called(found)):
        found, number = f"{wanted[:_NUMBERED_LENGTH].rstrip()} ({number})", number + 1
    return found


def models_called(name: str) -> list[Path]:
    """The files of models with this name: some systems do not tell capitals from small letters."""
    with contextlib.suppress(OSError):
        paths = list(models_dir().glob(f"*{SUFFIX}"))
        return [path for path in paths if path.stem.casefold() == name.casefold()]
    return []


def find_same(weights: Path) -> str | None:
    """The name of the user's model that is the very same as this file; None where there is none.

    Of several the one in use. Quick: files of another length are not read, and what was compared
    is remembered.
    """
    current = read_choice().current
    paths = sorted(models_dir().glob(f"*{SUFFIX}"), key=lambda p: (p.stem != current, p.stem))
    for path in paths:
        with contextlib.suppress(OSError):  # one that cannot be read hides no other
            if filecmp.cmp(weights, path, shallow=False):
                return path.stem
    return None


def known_as(weights: Path, name: str) -> str | None:
    """What the model of a file is called in the list; None where it is not in it.

    Its content tells; where the file is gone, ``name`` is all there is to go by.
    """
    if weights.is_file():
        return find_same(weights)
    with contextlib.suppress(CheckpointError):
        model_path(name)
        return name
    return None


def check_new_name(name: str, new: str) -> str:
    """``new`` if the model ``name`` can be called so. Raises :class:`CheckpointError`."""
    if name == SHIPPED:
        raise CheckpointError("The model that ships with the program keeps its name.")
    path, new = model_path(name), check_name(new)
    for other in models_called(new):
        if other != path:
            raise CheckpointError(
                f"There is a model named {other.stem!r} already; choose another name."
            )
    return new


def rename_model(name: str, new: str) -> str:
    """Call one of the user's models otherwise; returns the name it has now.

    Raises:
        CheckpointError: there is no such model, it is the shipped one, or the name cannot be had.
        StorageError: it cannot be renamed.
    """
    new, path = check_new_name(name, new), model_path(name)
    choice = read_choice()
    earlier_names = tuple(new if earlier == name else earlier for earlier in choice.earlier)
    current = new if choice.current == name else choice.current
    _move(path, path.with_name(f"{new}{SUFFIX}"), f"Could not rename {name}")
    try:
        write_choice(Choice(current, earlier_names))
    except StorageError:
        with contextlib.suppress(OSError):
            path.with_name(f"{new}{SUFFIX}").rename(path)
        raise
    return new


def export_model(name: str, target: Path, *, replacing: bool = False) -> Path:
    """Write a copy of a model to a file, or into a folder under its name; returns where it is.

    Args:
        replacing: whether the user agreed that the file ``target`` is replaced.

    Raises:
        CheckpointError: there is no such model.
        StorageError: it cannot be read or written, or a file is there that nobody was asked about.
    """
    path, wanted = model_path(name), target
    if target.is_dir():
        target = target / f"{name}{SUFFIX}"
    elif target.suffix.lower() != SUFFIX:
        target = target.with_name(target.name + SUFFIX)
    if target.exists() and not (replacing and target == wanted):
        raise StorageError(f"{target} is there already. Choose another name for the copy.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StorageError(f"Could not read {path}: {error.strerror}.") from error
    write_bytes(target, data)
    return target


def set_aside(name: str) -> Removed:
    """Take one of the user's models from the list; it can be put back, or thrown away.

    Raises:
        CheckpointError: there is no such model, or it is the shipped one.
        StorageError: it cannot be removed.
    """
    if name == SHIPPED:
        raise CheckpointError("The model that ships with the program cannot be removed.")
    path, before = model_path(name), read_choice()
    choice = before
    if choice.current == name:
        choice = choice_before(choice) or Choice()
    after = replace(choice, earlier=tuple(old for old in choice.earlier if old != name))
    folder = models_dir() / _REMOVED
    _throw_away_old(folder)
    make_folder(folder)
    write_choice(after)
    try:
        place = Path(tempfile.mkdtemp(dir=folder)) / path.name
        path.rename(place)
    except OSError as error:
        write_choice(before)
        raise StorageError(f"Could not remove {path}: {error.strerror}.") from error
    return Removed(name, place, before, after)


def put_back(removed: Removed) -> str:
    """Undo :func:`set_aside`; returns its name, with a number where another has it now.

    It is in use again if it was, and nobody has chosen another model since.

    Raises:
        StorageError: it is gone, or cannot be put back.
    """
    name = free_name(removed.name)
    _move(removed.place, models_dir() / f"{name}{SUFFIX}", f"Could not bring {removed.name} back")
    with contextlib.suppress(OSError):
        removed.place.parent.rmdir()
    if name == removed.name and read_choice() == removed.after:
        write_choice(removed.before)
    return name


def throw_away(removed: Removed) -> None:
    """Delete what was set aside for good. Raises :class:`StorageError`."""
    try:
        removed.place.unlink(missing_ok=True)
        removed.place.parent.rmdir()
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"Could not remove {removed.place}: {error.strerror}.") from error


def _throw_away_old(folder: Path) -> None:
    with contextlib.suppress(OSError):
        for old in folder.iterdir():
            if old.stat().st_mtime < time.time() - _REMOVED_KEPT_S:
                shutil.rmtree(old, ignore_errors=True)


def choice_before(choice: Choice) -> Choice | None:
    """The choice one step back, past models that are gone."""
    earlier = list(choice.earlier)
    while earlier:
        name = earlier.pop()
        with contextlib.suppress(CheckpointError):
            model_path(name)
            if name != choice.current:
                return Choice(name, tuple(earlier))
    return None


def _move(path: Path, to: Path, failing: str) -> None:
    try:
        path.rename(to)
    except OSError as error:
        raise StorageError(f"{failing}: {error.strerror}.") from error
