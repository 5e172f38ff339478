"""Reading the header of a .safetensors file without importing torch."""

import json
from pathlib import Path
from typing import Any

from chart_hero_core.base.errors import CheckpointError

HEADER_KEY = "chart_hero"  # of the metadata that are ours, as JSON
_MAX_HEADER_BYTES = 16 * 1024 * 1024


def read_weights_header(path: Path) -> dict[str, Any]:
    """The header: a ``shape`` per tensor, and texts under ``__metadata__``.

    Raises:
        CheckpointError: it is no .safetensors file.
    """
    error = CheckpointError(f"{path.name} is not a readable .safetensors file.")
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            if not 2 <= size <= min(_MAX_HEADER_BYTES, path.stat().st_size):
                raise error
            header = json.loads(file.read(size))
    except (OSError, ValueError, RecursionError) as cause:
        raise error from cause
    sound = isinstance(header, dict) and all(
        isinstance(entry, dict) and (name == "__metadata__" or _is_shape(entry.get("shape")))
        for name, entry in header.items()
    )
    if not sound:
        raise error
    return dict(header)


def _is_shape(value: object) -> bool:
    return isinstance(value, list) and all(type(length) is int for length in value)
