"""Progress on a terminal, Ctrl-C as cancel; counts as people say them."""

import sys
from dataclasses import Field
from types import TracebackType
from typing import Any, Self

from tqdm import tqdm

_FORMAT = "{desc:40.40} {bar} {percentage:3.0f}%"


def value_name(kind: type) -> str:
    """What stands for the value of an option of a number or text in its help."""
    return {int: "N", float: "X"}.get(kind, "WORD")


def setting_flags(setting: Field[Any]) -> list[str]:
    """The option of a setting, and what it was called in earlier versions."""
    names = (setting.name, setting.metadata.get("earlier_name"))
    return ["--" + name.replace("_", "-") for name in names if name]


class TerminalProgress:
    """A tqdm bar on stderr while it is a terminal, silence otherwise."""

    def __init__(self, quiet: bool = False) -> None:
        hidden = quiet or not sys.stderr.isatty()
        self._bar = tqdm(total=1000, disable=hidden, bar_format=_FORMAT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.close()

    def report(self, fraction: float, message: str = "") -> None:
        """Move the bar."""
        if message:
            self._bar.set_description_str(message, refresh=False)
        self._bar.update(int(fraction * 1000) - self._bar.n)

    def check_cancelled(self) -> None:
        """Nothing to ask: on a terminal Ctrl-C interrupts."""


def counted(count: int, noun: str) -> str:
    """``1 song``, ``2 songs``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
