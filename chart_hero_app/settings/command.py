"""What a command is, and the menus that commands stand in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

MENUS: Mapping[str, str] = MappingProxyType(
    {
        "file": "&File",
        "edit": "&Edit",
        "note": "&Notes",
        "tempo": "&Tempo",
        "analyse": "Anal&yse",  # Alt+A selects a section
        "review": "&Review",
        "play": "&Play",
        "view": "&View",
        "help": "&Help",
    }
)


@dataclass(frozen=True, slots=True)
class Command:
    """One thing the person can do.

    ``keys`` are of the Moonscraper preset, ``eof`` of Editor on Fire where they differ.
    ``icon`` is a qtawesome name; an empty one shows no icon.
    """

    name: str
    title: str
    help: str
    keys: tuple[str, ...] = ()
    eof: tuple[str, ...] | None = None
    icon: str = ""
    checkable: bool = False
    separated: bool = False  # a line stands above it in the menu
    submenu: str = ""  # the title of the menu within its menu that it stands in

    @property
    def menu(self) -> str:
        """The key of its menu in :data:`MENUS`: what its name begins with."""
        return self.name.partition(".")[0]

    @property
    def menu_title(self) -> str:
        """The title of its menu, as people read it."""
        return MENUS[self.menu].replace("&", "")


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
    submenu: str = "",
) -> Command:
    """The command ``name``, in the menu that it begins with; keys are parted by spaces."""
    return Command(
        name,
        title,
        help_,
        tuple(keys.split()),
        None if eof is None else tuple(eof.split()),
        f"ph.{icon}" if icon else "",
        checkable,
        separated,
        submenu,
    )
