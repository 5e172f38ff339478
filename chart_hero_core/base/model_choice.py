"""Which model is in use: the one that ships, or one of the user's own.

The one place that knows. The choice is a small JSON file beside the user's models, so that the
app and the command line always agree. Nothing here loads weights.
"""

import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chart_hero_core.base import files
from chart_hero_core.base.errors import CheckpointError

SHIPPED = "default"
SUFFIX = ".safetensors"
_SCHEMA = 1
_CHOICE_FILE = "choice.json"
_MOST_REMEMBERED = 50
# A name is that of a file, on every system.
_MOST_CHARACTERS, _MOST_BYTES = 64, 200
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*]')


@dataclass(frozen=True, slots=True)
class Choice:
    """The name of the model in use, and those used before it, the latest last."""

    current: str = SHIPPED
    earlier: tuple[str, ...] = ()


def models_dir() -> Path:
    """Where the user's models lie (not created here)."""
    return files.user_data_dir() / "models"


def check_name(name: str) -> str:
    """``name`` if a model of the user's can have it. Raises :class:`CheckpointError`."""
    name = unicodedata.normalize("NFC", name)  # one way to write it, whatever the system prefers
    if not _is_name(name) or name.endswith((" ", ".")):
        raise CheckpointError(
            f"A model's name has 1 to {_MOST_CHARACTERS} characters, starts with a letter or a "
            'digit, ends with neither a space nor a dot, and has none of < > : " / \\ | ? * in it.'
        )
    if files.is_reserved_name(name):
        raise CheckpointError(f"Windows can have no file with the name {name}; choose another one.")
    if name.casefold() == SHIPPED:
        raise CheckpointError(f"{SHIPPED} is the model that ships; choose another name.")
    return name


def _is_name(name: str) -> bool:
    if not name[:1].isalnum() or not name.isprintable() or _NOT_IN_NAMES.search(name):
        return False
    return len(name) <= _MOST_CHARACTERS and len(name.encode()) <= _MOST_BYTES


def model_path(name: str) -> Path:
    """The weights called ``name``; raises :class:`CheckpointError` where there are none."""
    if name == SHIPPED:
        return files.shipped_checkpoint()
    path = models_dir() / f"{name}{SUFFIX}"
    if not _is_name(name) or not path.is_file():
        raise CheckpointError(f"There is no model named {name[:64]!r}.")
    return path


def read_choice() -> Choice:
    """What the user chose; the shipped model where nothing (or nothing readable) was."""
    try:
        data: Any = json.loads((models_dir() / _CHOICE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return Choice()
    if not isinstance(data, dict) or data.get("schema") != _SCHEMA:
        return Choice()
    current, earlier = data.get("current"), data.get("earlier")
    if not isinstance(current, str) or not isinstance(earlier, list):
        return Choice()
    return Choice(current, tuple(name for name in earlier if isinstance(name, str)))


def write_choice(choice: Choice) -> None:
    """Remember a choice. Raises :class:`StorageError`."""
    earlier = list(choice.earlier[-_MOST_REMEMBERED:])
    data = {"schema": _SCHEMA, "current": choice.current, "earlier": earlier}
    files.write_text(models_dir() / _CHOICE_FILE, json.dumps(data, indent=1) + "\n")


def chosen_checkpoint() -> Path:
    """The weights in use; the shipped ones where the chosen ones are gone."""
    try:
        return model_path(read_choice().current)
    except CheckpointError:
        return files.shipped_checkpoint()
