"""Drafts that were put aside: kept for some time, then removed.

They hold what another window had written, or what could not be read. The bar says so at
once, so nobody needs them months later.
"""

from __future__ import annotations

import logging
import stat
import time
from pathlib import Path

from chart_hero_app.document.storage import drafts_dir
from chart_hero_core.formats.old_files import is_copy
from chart_hero_core.formats.project import SUFFIX

KEPT_DAYS = 30
_DAY_S = 24 * 60 * 60

_log = logging.getLogger(__name__)


def remove_old_copies(now_s: float | None = None) -> None:
    """Remove what was put aside more than :data:`KEPT_DAYS` days ago; drafts themselves stay.

    A copy is as old as the day it was made, however old the draft was. What cannot be removed
    stays; it is tried again at the next start.
    """
    oldest_s = (time.time() if now_s is None else now_s) - KEPT_DAYS * _DAY_S
    try:
        found = list(drafts_dir().iterdir())
    except OSError:
        return  # there are none yet
    for file in found:
        if not _is_copy_of_draft(file):
            continue
        try:
            status = file.lstat()
            if stat.S_ISREG(status.st_mode) and status.st_mtime < oldest_s:
                file.unlink()
        except OSError as error:
            _log.warning("Put-aside draft not removed: %s", error)


def _is_copy_of_draft(file: Path) -> bool:
    return is_copy(file) and Path(file.stem).suffix == SUFFIX
