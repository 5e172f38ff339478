"""Every command of the program once: name, menu, words, icon and keys.

The window binds them to functions; menus, the command palette, tooltips, the keyboard page of
the preferences and the conflict check are all made from :data:`COMMANDS`.
"""

from __future__ import annotations

from chart_hero_app.settings.charting_commands import CHARTING_COMMANDS
from chart_hero_app.settings.command import MENUS, Command
from chart_hero_app.settings.listening_commands import LISTENING_COMMANDS

__all__ = ["COMMANDS", "MENUS", "Command"]

COMMANDS: tuple[Command, ...] = (*CHARTING_COMMANDS, *LISTENING_COMMANDS)
