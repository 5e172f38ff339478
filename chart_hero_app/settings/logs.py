"""The log file: what went wrong, for a bug report."""

from __future__ import annotations

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from chart_hero_core.base.files import user_log_dir

_MAX_BYTES = 1 << 20
_BACKUPS = 3
_FORMAT = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"


def start_logging(folder: Path | None = None) -> Path | None:
    """Log to a file that is turned over at 1 MB; returns it, or None where it cannot be written."""
    folder = folder or user_log_dir()
    path = folder / "chart-hero.log"
    logging.raiseExceptions = False  # a disk that is full is told of elsewhere, and once
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(
            path, maxBytes=_MAX_BYTES, backupCount=_BACKUPS, encoding="utf-8"
        )
    except OSError:
        handler = logging.StreamHandler(sys.stderr)
        path = Path()
    handler.setFormatter(logging.Formatter(_FORMAT))
    root.addHandler(handler)
    return path if path.name else None
