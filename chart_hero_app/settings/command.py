"""What a command is, and the menus that commands stand in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Command:
    """One thing the person can do.

    ``keys`` are of the Moonscraper preset, ``eof`` of Editor on Fire where they differ.
    ``icon`` is a qtawesome name; an empty one shows no icon.
    """

    name: str
    menu: str
    title: str
    help: str
    keys: tuple[str, ...] = ()
    eof: tuple[str, ...] | None = None
    icon: str = ""
    checkable: bool = False
    separated: bool = False  # a line stands above it in the menu


def command(
    name: str,
    title: str,
    help_: str,
    keys: str = "",
    *,
    eof: str | None = None,
    icon: str = "",
    checkable: bool = False,
    separated: bool = False,
) -> Command:
    """The command ``name``, in the menu that it begins with; keys are parted by spaces."""
    menu = name.partition(".")[0]
    return Command(
        name,
        MENUS[menu],
        title,
        help_,
        tuple(keys.split()),
        None if eof is None else tuple(eof.split()),
        f"ph.{icon}" if icon else "",
        checkable,
        separated,
    )


MENUS: Mapping[str, str] = MappingProxyType(
    {
        "file": "&File",
        "edit": "&Edit",
        "note": "&Notes",
        "tempo": "&Tempo",
        "analyse": "&Analyse",
        "review": "&Review",
        "play": "&Play",
        "view": "&View",
        "help": "&Help",
    }
)
