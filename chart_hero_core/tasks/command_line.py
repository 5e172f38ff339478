"""The command line that is recorded in the files that a command writes."""

import sys
from collections.abc import Mapping
from pathlib import Path


def command_line(names: Mapping[str, str] | None = None) -> str:
    """This command line without the folders of this machine.

    Args:
        names: words that stand for whole paths, by path (``MATERIAL``).
    """
    words = [(names or {}).get(word) or Path(word).name or word for word in sys.argv[1:]]
    return " ".join(["chart-hero", *words])
