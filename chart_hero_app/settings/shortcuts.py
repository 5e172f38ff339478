"""Key presets, and which keys more than one command wants."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from PySide6.QtGui import QKeySequence

from chart_hero_app.settings.commands import COMMANDS

DEFAULT_PRESET = "Moonscraper"


def _preset(eof: bool) -> Mapping[str, tuple[str, ...]]:
    made: dict[str, tuple[str, ...]] = {}
    for command in COMMANDS:
        keys = command.eof if eof and command.eof is not None else command.keys
        made[command.name] = keys
    return MappingProxyType(made)


PRESETS: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {DEFAULT_PRESET: _preset(False), "Editor on Fire": _preset(True)}
)


def conflicts(keys: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Key sequences that more than one command wants: sequence -> the commands' names."""
    wanted: dict[str, list[str]] = {}
    for command, sequences in keys.items():
        for sequence in sequences:
            wanted.setdefault(normal_form(sequence), []).append(command)
    return {key: tuple(names) for key, names in wanted.items() if key and len(names) > 1}


def normal_form(sequence: str) -> str:
    """The portable spelling of a key sequence, so that ``ctrl+z`` and ``Ctrl+Z`` are one."""
    return QKeySequence(sequence).toString(QKeySequence.SequenceFormat.PortableText)
