"""Reading the header of a .safetensors file without importing torch."""

import json
from pathlib import Path
from typing import Any

from chart_hero_core.base.errors import CheckpointError

HEADER_KEY = "chart_hero"  # of the metadata that are ours, as JSON
SCHEMA = 3  # the newest version of them that this program reads
_MAX_HEADER_BYTES = 16 * 1024 * 1024
_LENGTH_BYTES = 8  # before the header, which say how long that is


class CutOffError(CheckpointError):
    """A file that lacks its end."""


def read_weights_header(path: Path) -> dict[str, Any]:
    """The header: a ``shape`` per tensor, and texts under ``__metadata__``.

    Raises:
        CheckpointError: it is no .safetensors file.
        CutOffError: it lacks its end.
    """
    error = CheckpointError(f"{path.name} is not a readable .safetensors file.")
    try:
        there = path.stat().st_size
        if not there and path.is_file():
            raise CutOffError(f"{path.name} is empty. Copy or download it again.")
        with path.open("rb") as file:
            size = int.from_bytes(file.read(_LENGTH_BYTES), "little")
            if not 2 <= size <= _MAX_HEADER_BYTES:
                raise error
            start = file.read(size)
            if len(start) < size and start.startswith(b"{"):
                raise _cut(path, there, _LENGTH_BYTES + size, at_least=True)
            header = json.loads(start)
    except (OSError, ValueError, RecursionError) as cause:
        raise error from cause
    ends = _ends(header)
    if ends is None:
        raise error
    promised = _LENGTH_BYTES + size + max(ends, default=0)
    if there < promised:
        raise _cut(path, there, promised)
    return dict(header)


def refuse_newer(path: Path, described: object) -> None:
    """Raise :class:`CheckpointError` where ``described``, what is ours, is of a newer version."""
    schema = described.get("schema") if isinstance(described, dict) else None
    if isinstance(schema, int) and schema > SCHEMA:
        raise CheckpointError(
            f"{path.name} was made by a newer version of Chart Hero. Update the program to use it."
        )


def _cut(path: Path, there: int, promised: int, *, at_least: bool = False) -> CutOffError:
    least = "at least " if at_least else ""
    return CutOffError(
        f"{path.name} is cut off: it has {there:,} of {least}{promised:,} bytes. "
        "Copy or download it again."
    )


def _ends(header: object) -> list[int] | None:
    """Where the tensors end, in bytes behind the header; None where it is no header."""
    if not isinstance(header, dict):
        return None
    ends = []
    for name, entry in header.items():
        if not isinstance(entry, dict):
            return None
        if name == "__metadata__":
            continue
        place: Any = entry.get("data_offsets")
        if not (_are_numbers(entry.get("shape")) and _are_numbers(place) and len(place) == 2):
            return None
        ends.append(place[1])
    return ends


def _are_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(type(length) is int for length in value)
