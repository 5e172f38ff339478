"""The person's preferences: held in memory, checked by the schema, kept in one JSON file."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from chart_hero_app.settings.schema import SCHEMA, Entry, Value
from chart_hero_app.settings.shortcuts import DEFAULT_PRESET, PRESETS
from chart_hero_core.base.errors import SettingsError, StorageError
from chart_hero_core.base.files import write_bytes

SCHEMA_VERSION = 1
MAX_RECENT = 12
_MAX_FILE_BYTES = 1 << 20

_log = logging.getLogger(__name__)
_ENTRIES: dict[str, Entry] = {entry.name: entry for entry in SCHEMA}


class Preferences(QObject):
    """Values by name, keys by command, recent songs and where the docks were."""

    changed = Signal(str)  # the name of a preference
    keysChanged = Signal()
    recentChanged = Signal()
    notSaved = Signal(str)  # one sentence; said once until they were saved again

    def __init__(self, path: Path | None = None, parent: QObject | None = None) -> None:
        """``path`` is the JSON file; None keeps everything in memory (tests)."""
        super().__init__(parent)
        self._path = path
        self._unknown: dict[str, Any] = {}  # of a newer version, which will want them again
        self._values: dict[str, Value] = {entry.name: entry.default for entry in SCHEMA}
        self._preset = DEFAULT_PRESET
        self._own_keys: dict[str, tuple[str, ...]] = {}
        self._recent: list[str] = []
        self._layout: dict[str, Any] = {}
        self._told = False
        self.problem = self._load()

    # Values ---------------------------------------------------------------------------------

    def value(self, name: str) -> Value:
        """The value of a preference."""
        return self._values[name]

    def text(self, name: str) -> str:
        """The value of a text or choice."""
        return str(self._values[name])

    def number(self, name: str) -> float:
        """The value of a number."""
        return float(self._values[name])

    def switch(self, name: str) -> bool:
        """The value of a switch."""
        return bool(self._values[name])

    def set_value(self, name: str, value: object) -> None:
        """Set and save a preference. Raises :class:`SettingsError` for an impossible value."""
        checked = _ENTRIES[name].check(value)
        if checked != self._values[name]:
            self._values[name] = checked
            self.changed.emit(name)
            self.save()

    # Keys -----------------------------------------------------------------------------------

    @property
    def key_preset(self) -> str:
        """The name of the key preset in use."""
        return self._preset

    @property
    def own_keys(self) -> dict[str, tuple[str, ...]]:
        """The commands whose keys the person changed."""
        return dict(self._own_keys)

    def keys(self, command: str) -> tuple[str, ...]:
        """The key sequences of a command, e.g. ``("Ctrl+Y", "Ctrl+Shift+Z")``."""
        if command in self._own_keys:
            return self._own_keys[command]
        return PRESETS[self._preset].get(command, ())

    def set_keys(self, preset: str, own: dict[str, tuple[str, ...]]) -> None:
        """Choose a preset and what differs from it. Raises :class:`SettingsError`."""
        if preset not in PRESETS:
            raise SettingsError(f"There is no key preset called {preset!r}.")
        base = PRESETS[preset]
        self._preset = preset
        self._own_keys = {
            command: keys for command, keys in own.items() if keys != base.get(command, ())
        }
        self.keysChanged.emit()
        self.save()

    # Recent songs and layout ----------------------------------------------------------------

    @property
    def recent(self) -> tuple[Path, ...]:
        """Songs opened lately, the latest first."""
        return tuple(Path(text) for text in self._recent)

    def add_recent(self, path: Path) -> None:
        """A song was opened."""
        text = str(path)
        self._recent = [text, *(known for known in self._recent if known != text)][:MAX_RECENT]
        self.recentChanged.emit()
        self.save()

    def forget_recent(self, paths: Iterable[Path]) -> None:
        """Take songs off the list, as they are gone."""
        gone = {str(path) for path in paths}
        self._recent = [known for known in self._recent if known not in gone]
        self.recentChanged.emit()
        self.save()

    def layout(self, name: str) -> Any:
        """Something a view wanted remembered (JSON values only); None if there is nothing."""
        return self._layout.get(name)

    def set_layout(self, name: str, value: Any) -> None:
        """Remember something for a view."""
        if self._layout.get(name) != value:
            self._layout[name] = value
            self.save()

    # The file -------------------------------------------------------------------------------

    def save(self) -> None:
        """Write the file; a failure is only told, for preferences must never stop the work."""
        if self._path is None:
            return
        content = {
            "version": SCHEMA_VERSION,
            "values": {**self._unknown, **self._values},
            "key_preset": self._preset,
            "own_keys": {command: list(keys) for command, keys in self._own_keys.items()},
            "recent": self._recent,
            "layout": self._layout,
        }
        try:
            text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
            # Of file names that are no Unicode the odd parts become JSON escapes.
            write_bytes(self._path, text.encode("utf-8", "backslashreplace"))
        except StorageError as error:
            _log.exception("Preferences were not saved")
            if not self._told:
                self._told = True
                self.notSaved.emit(f"{error} Your choices last until the program ends.")
        else:
            self._told = False

    def _load(self) -> str:
        """Read the file; returns a sentence about what was wrong with it, or nothing."""
        if self._path is None or not self._path.exists():
            return ""
        try:
            if self._path.stat().st_size > _MAX_FILE_BYTES:
                raise ValueError("too large")
            content = json.loads(self._path.read_text("utf-8"))
            if not isinstance(content, dict):
                raise TypeError("not an object")
        except (OSError, ValueError, TypeError) as error:
            _log.warning("Preferences %s not read: %s", self._path, error)
            return (
                f"The preferences could not be read, so the defaults are used.{self._put_aside()}"
            )
        return self._take(content)

    def _put_aside(self) -> str:
        """Keep the file that the next save would overwrite: keys may be mended in it by hand."""
        assert self._path is not None
        aside = self._path.with_name(f"{self._path.name}.bak")
        try:
            self._path.replace(aside)
        except OSError:
            return ""
        return f" The old ones are kept as {aside}."

    def _take(self, content: dict[str, Any]) -> str:
        wrong: list[str] = []
        for name, value in _as_dict(content.get("values")).items():
            try:
                self._values[name] = _ENTRIES[name].check(value)
            except SettingsError:
                wrong.append(name)
            except KeyError:
                self._unknown[name] = value
        if content.get("key_preset") in PRESETS:
            self._preset = content["key_preset"]
        for command, keys in _as_dict(content.get("own_keys")).items():
            if isinstance(keys, list):
                self._own_keys[command] = tuple(str(key) for key in keys[:4])
        recent = content.get("recent")
        if isinstance(recent, list):
            self._recent = [text for text in recent if isinstance(text, str)][:MAX_RECENT]
        self._layout = _as_dict(content.get("layout"))
        if wrong:
            _log.warning("Preferences with impossible values: %s", ", ".join(wrong))
        return ""


def _as_dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
