"""What lies beside rendered songs (``tasks/synthesise.py`` writes them)."""

import json
import sys
from pathlib import Path

from chart_hero_core.base.errors import DatasetError
from chart_hero_core.tasks.synthesise import MASKED_SUFFIX


def masked_strokes(strokes: Path, domain: str) -> list[int]:
    """Rows of ``NAME.tsv`` that nobody can hear; none where that was not written down.

    Raises:
        DatasetError: the file that says so is damaged.
    """
    path = strokes.with_name(f"{strokes.stem}{MASKED_SUFFIX}")
    if not path.exists():
        return []
    try:
        return [int(row) for row in json.loads(path.read_text("utf-8"))[domain]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{path} is damaged; render the songs again.") from error


def command_line() -> str:
    """This command line without the folders of this machine."""
    return " ".join(["chart-hero", *(Path(argument).name for argument in sys.argv[1:])])
