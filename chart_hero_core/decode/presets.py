"""Presets, which are named plans: those that ship with the program, and the user's own."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chart_hero_core.base.calibration import Calibration
from chart_hero_core.base.errors import SettingsError, StorageError
from chart_hero_core.base.files import (
    is_reserved_name,
    resource_path,
    user_config_dir,
    write_bytes,
    write_text,
)
from chart_hero_core.decode.settings import (
    KNOBS,
    MICRO_PREFIX,
    DecodePlan,
    DecodeSettings,
    find_knob,
)

DEFAULT_PRESET = "conservative"
MAX_PRESET_BYTES = 1_000_000
# Of presets saved here; also valid as file names everywhere.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,63}")


@dataclass(frozen=True, slots=True)
class PresetInfo:
    """One preset as shown in a list."""

    name: str
    title: str
    help: str
    shipped: bool


def user_presets_dir() -> Path:
    """Where the user's own presets live (not created here)."""
    return user_config_dir() / "presets"


def list_presets(user_dir: Path | None = None) -> list[PresetInfo]:
    """All presets, the shipped ones first, each group by name.

    A user's file that cannot be read is left out; :func:`load_preset` raises the reason.

    Raises:
        StorageError: the program is incomplete.
    """
    found: list[PresetInfo] = []
    folders = ((resource_path("presets"), True), (user_dir or user_presets_dir(), False))
    shipped_names: set[str] = set()
    for folder, shipped in folders:
        for path in sorted(folder.glob("*.json")):
            if path.stem in shipped_names:
                continue
            try:
                data = _read(path)
            except SettingsError:
                continue
            title, text = str(data.get("title", path.stem)), str(data.get("help", ""))
            found.append(PresetInfo(path.stem, title, text, shipped))
            if shipped:
                shipped_names.add(path.stem)
    return found


def load_preset(name: str, user_dir: Path | None = None) -> DecodePlan:
    """The plan named ``name``; a shipped preset takes precedence over a user's of the same name.

    Raises:
        SettingsError: no such preset, or its file is damaged.
    """
    for folder in (resource_path("presets"), user_dir or user_presets_dir()):
        path = _file(folder, name)
        if path is not None:
            return _plan(path)
    known = ", ".join(preset.name for preset in list_presets(user_dir))
    raise SettingsError(f"There is no preset named {name[:64]!r}. Known: {known}.")


def save_user_preset(name: str, plan: DecodePlan, user_dir: Path | None = None) -> Path:
    """Write ``plan`` as ``name`` into the user's folder, replacing one of the user's; its path.

    Raises:
        SettingsError: the name cannot be used, or belongs to a shipped preset.
        StorageError: the file cannot be written.
    """
    _check_free(name)
    path = (user_dir or user_presets_dir()) / f"{name}.json"
    _write(path, {"title": name, "help": "", **plan.to_dict()})
    return path


def user_preset_data(name: str, user_dir: Path | None = None) -> bytes | None:
    """What :func:`restore_user_preset` brings back; None where saving ``name`` replaces nothing.

    Raises:
        SettingsError: there is such a preset, but it cannot be read.
    """
    folder = user_dir or user_presets_dir()
    path = _file(folder, name)
    if path is None and _NAME.fullmatch(name):
        path = folder / f"{name}.json"  # of another case, where that does not count
    try:
        return path.read_bytes() if path is not None and path.is_file() else None
    except OSError as error:
        raise SettingsError(f"Could not read the preset {path}: {error.strerror}.") from error


def restore_user_preset(name: str, data: bytes, user_dir: Path | None = None) -> None:
    """Undo the replacing or deleting of a preset. Raises :class:`StorageError`."""
    write_bytes((user_dir or user_presets_dir()) / f"{name}.json", data)


def rename_user_preset(name: str, new_name: str, user_dir: Path | None = None) -> None:
    """Give one of the user's presets another name; it may differ from the old one by case alone.

    Raises:
        SettingsError: there is no such preset, or the new name cannot be used or is taken.
        StorageError: the file cannot be renamed.
    """
    _check_free(new_name)
    path = _own_preset(name, user_dir)
    target = path.with_name(f"{new_name}.json")
    # Where case does not count the new name is there already: it is the same file.
    if target.exists() and not target.samefile(path):
        raise SettingsError(f"You have a preset named {new_name} already; choose another name.")
    data = dict(_read(path))
    _write(path, {**data, "title": new_name})
    try:
        path.rename(target)
    except OSError as error:
        raise StorageError(f"Could not rename {path}: {error.strerror}.") from error


def delete_user_preset(name: str, user_dir: Path | None = None) -> None:
    """Remove one of the user's presets.

    Raises:
        SettingsError: the user has no preset of this name.
        StorageError: its file cannot be removed.
    """
    path = _own_preset(name, user_dir)
    try:
        path.unlink()
    except OSError as error:
        raise StorageError(f"Could not remove {path}: {error.strerror}.") from error


def _check_free(name: str) -> None:
    if not _NAME.fullmatch(name) or is_reserved_name(name):
        raise SettingsError(
            "A preset's name has 1 to 64 letters, digits, spaces, dashes or underscores "
            "and starts with a letter or digit."
        )
    if (resource_path("presets") / f"{name}.json").exists():
        raise SettingsError(f"The preset {name} comes with the program; choose another name.")


def _own_preset(name: str, user_dir: Path | None) -> Path:
    path = _file(user_dir or user_presets_dir(), name)
    if path is None:
        raise SettingsError(f"You have no preset named {name[:64]!r}.")
    return path


def _write(path: Path, data: Mapping[str, Any]) -> None:
    write_text(path, json.dumps(data, indent=2) + "\n")


def _file(folder: Path, name: str) -> Path | None:
    """The file of a preset among those of ``folder``; shared ones may be called anything."""
    return next((path for path in folder.glob("*.json") if path.stem == name), None)


def calibrated(
    plan: DecodePlan, calibration: Calibration | None, preset_name: str = ""
) -> DecodePlan:
    """``plan`` with the values fitted for a checkpoint in place of the preset's generic ones.

    Timing corrections and the arbitration margin always come from the calibration; gate and
    thresholds (and peak window, spacing and presence, if they were fitted) where it has levels for
    ``preset_name``. Without a calibration, ``plan`` itself. Values outside a knob's bounds are
    brought to the nearest bound.
    """
    if calibration is None:
        return plan
    micro = calibration.micro
    return DecodePlan(
        _fitted(plan.baseline, calibration, preset_name),
        _fitted(plan.micro, micro, preset_name) if micro is not None else plan.micro,
    )


def rebased(plan: DecodePlan, base: DecodePlan, onto: DecodePlan) -> DecodePlan:
    """``onto`` with the knobs that differ between ``base`` and ``plan`` set as in ``plan``.

    So a recalibrated preset keeps what a person changed. Per-drum knobs are compared one by one.
    """
    for prefix in ("", MICRO_PREFIX):
        for path in (prefix + path for knob in KNOBS for path in knob.paths()):
            if plan.value(path) != base.value(path):
                onto = onto.with_value(path, plan.value(path))
    return onto


def _fitted(settings: DecodeSettings, calibration: Calibration, preset: str) -> DecodeSettings:
    values: dict[str, Any] = {
        "offset_ms": tuple(_bounded("offset_ms", one) for one in calibration.offset_ms),
        "arbitration_margin": _bounded("arbitration_margin", calibration.arbitration_margin),
    }
    levels = calibration.presets.get(preset)
    if levels is not None:
        values["activity_gate"] = _bounded("activity_gate", levels.activity_gate)
        values["thresholds"] = tuple(_bounded("thresholds", one) for one in levels.thresholds)
        if levels.nms_frames is not None:
            values["nms_frames"] = int(_bounded("nms_frames", levels.nms_frames))
        if levels.min_spacing_ms is not None:
            spacing = levels.min_spacing_ms
            values["min_spacing_ms"] = tuple(_bounded("min_spacing_ms", one) for one in spacing)
        if levels.presence is not None:
            values["presence"] = _bounded("presence", levels.presence)
    return replace(settings, **values)


def _bounded(name: str, value: float) -> float:
    knob = find_knob(name)[0]
    return min(max(value, knob.minimum), knob.maximum)


def _plan(path: Path) -> DecodePlan:
    data = _read(path)
    try:
        return DecodePlan.from_dict(data)
    except SettingsError as error:
        raise SettingsError(f"The preset {path.stem} cannot be used: {error}") from error


def _read(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_PRESET_BYTES + 1)
    except OSError as error:
        raise SettingsError(f"Could not read the preset {path}: {error.strerror}.") from error
    if len(raw) > MAX_PRESET_BYTES:
        raise SettingsError(f"{path} is too large to be a preset.")
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"The preset {path} is damaged: it is not JSON.") from error
    if not isinstance(data, Mapping):
        raise SettingsError(f"The preset {path} is damaged: it is not a table of knobs.")
    return data
