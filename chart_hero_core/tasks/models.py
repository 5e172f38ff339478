"""The user's models: installed side by side, one of them in use, with one step back.

Looking and choosing need no torch; only :func:`add_model`, :func:`add_with_levels`,
:func:`use_model` and :func:`load_chosen` read weights. A model in the store is one
``NAME.safetensors`` whose header says where it comes from.
"""

import contextlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from chart_hero_core.base.errors import CheckpointError, StorageError
from chart_hero_core.base.files import shipped_checkpoint, write_bytes
from chart_hero_core.base.model_choice import (
    SHIPPED,
    SUFFIX,
    Choice,
    check_name,
    model_path,
    models_dir,
    read_choice,
    write_choice,
)
from chart_hero_core.base.weights_header import HEADER_KEY, read_weights_header, refuse_newer
from chart_hero_core.tasks.model_files import (
    choice_before,
    free_name,
    known_as,
    models_called,
    set_aside,
    throw_away,
)

if TYPE_CHECKING:
    from chart_hero_core.model.checkpoint import Checkpoint

_LEVELS_NAME_LENGTH = 48  # of the model's name in that of its copy: names have 64 characters


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model of the list.

    Attributes:
        name: what it is called; ``default`` is the one that ships.
        current: whether it is the one in use.
        shipped: whether it came with the program (and cannot be removed).
        date: when it was made, as ``YYYY-MM-DD``; empty where it does not say.
        started_from: the model it was made from; empty where it does not say.
        note: a sentence about it.
        provenance: everything its header says of its making, with the gate's ``verdict`` where
            it was fine-tuned here.
        trouble: a sentence where it cannot be used, else empty.
    """

    name: str
    path: Path
    current: bool
    shipped: bool
    date: str = ""
    started_from: str = ""
    note: str = ""
    provenance: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    trouble: str = ""


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A loaded checkpoint, its name, and a warning if it is not the chosen one."""

    checkpoint: "Checkpoint"
    name: str
    path: Path
    warning: str = ""


def list_models() -> list[ModelInfo]:
    """All models, the shipped one first, then the user's, the newest last. Quick.

    Raises:
        StorageError: the program is incomplete.
    """
    current = current_name()
    found = [_info(SHIPPED, shipped_checkpoint(), current)]
    with contextlib.suppress(OSError):
        paths = sorted(models_dir().glob(f"*{SUFFIX}"), key=lambda p: (p.stat().st_mtime, p.name))
        found += [_info(path.stem, path, current) for path in paths if path.stem != SHIPPED]
    return found


def current_model() -> ModelInfo:
    """The model in use."""
    name = current_name()
    return _info(name, model_path(name), name)


def current_name() -> str:
    """The name of the model in use: the chosen one, or the shipped one where that is gone."""
    name = read_choice().current
    try:
        model_path(name)
    except CheckpointError:
        return SHIPPED
    return name


def model_info(name: str) -> ModelInfo:
    """One model by name. Raises :class:`CheckpointError` where there is none."""
    return _info(name, model_path(name), current_name())


def use_model(name: str) -> ModelInfo:
    """Use ``name`` from now on; it is loaded first, so a broken one changes nothing.

    Raises:
        CheckpointError: there is no such model, or it cannot be used.
        StorageError: the choice cannot be written.
    """
    from chart_hero_core.model.checkpoint import load_checkpoint

    load_checkpoint(model_path(name))
    before = read_choice()
    if name != before.current:
        write_choice(Choice(name, (*before.earlier, before.current)))
    return model_info(name)


def roll_back() -> ModelInfo:
    """Go back to the model used before this one.

    Raises:
        CheckpointError: no other model was used before, or those are gone.
        StorageError: the choice cannot be written.
    """
    choice = choice_before(read_choice())
    if choice is None:
        raise CheckpointError("No other model was used before this one.")
    write_choice(choice)
    return model_info(choice.current)


def add_model(path: Path, name: str | None = None, *, use: bool = False) -> ModelInfo:
    """Copy a checkpoint into the store, under its file name or ``name``.

    A name that is taken gets a number; nothing is replaced. Where what has the name is the very
    same model, that one is taken.

    Raises:
        CheckpointError: it is no checkpoint of ours, or the name cannot be used.
        StorageError: it cannot be copied.
    """
    from chart_hero_core.model.checkpoint import load_checkpoint

    wanted = check_name(name if name is not None else path.stem)
    load_checkpoint(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StorageError(f"Could not read {path}: {error.strerror}.") from error
    found = free_name(wanted, lambda other: _holds(other, data))
    there = models_called(found)
    if there:
        found = there[0].stem
    else:
        write_bytes(models_dir() / f"{found}{SUFFIX}", data)
    return use_model(found) if use else model_info(found)


def add_with_levels(name: str, levels: Path, *, use: bool = False) -> ModelInfo:
    """Add a copy of the model ``name`` that decodes with the levels of a file, ``NAME-levels``.

    Raises:
        CheckpointError, SettingsError: the model or the file of levels cannot be used.
        StorageError: the copy cannot be written.
    """
    from chart_hero_core.tasks.levels import adopt_levels

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"copy{SUFFIX}"
        adopt_levels(model_path(name), levels, copy)
        return add_model(copy, f"{name[:_LEVELS_NAME_LENGTH]}-levels", use=use)


def take_model(weights: Path, name: str) -> ModelInfo:
    """Use the model of a file: the user's that is the same, whatever its name, else a new one.

    Where the file is gone, the user's model called ``name`` is used.

    Raises:
        CheckpointError: it cannot be used.
        StorageError: it cannot be copied, or the choice not written.
    """
    known = known_as(weights, name)
    return add_model(weights, name, use=True) if known is None else use_model(known)


def _holds(place: Path, data: bytes) -> bool:
    """Whether a file is of these bytes."""
    try:
        return place.read_bytes() == data
    except OSError:
        return False


def remove_model(name: str) -> ModelInfo:
    """Delete one of the user's models; returns the model in use afterwards.

    Raises:
        CheckpointError: there is no such model, or it is the shipped one.
        StorageError: it cannot be deleted.
    """
    throw_away(set_aside(name))
    return current_model()


def load_chosen(path: Path | None = None, name: str | None = None) -> LoadedModel:
    """The weights at ``path``, else those called ``name``, else those the user chose.

    A chosen model that is broken or gone is no reason to hear nothing: the shipped one takes its
    place, and ``warning`` says so. A ``path`` that cannot be used is an error.

    Raises:
        CheckpointError: ``path``, or the shipped model, cannot be used.
    """
    from chart_hero_core.model.checkpoint import load_checkpoint

    if path is not None:
        return LoadedModel(load_checkpoint(path), path.stem, path)
    wanted = name if name is not None else read_choice().current
    try:
        place = model_path(wanted)
        return LoadedModel(load_checkpoint(place), wanted, place)
    except CheckpointError as error:
        if wanted == SHIPPED:
            raise
        warning = f"{error} The model that ships with the program was used instead."
        place = shipped_checkpoint()
        return LoadedModel(load_checkpoint(place), SHIPPED, place, warning)


def _info(name: str, path: Path, current: str) -> ModelInfo:
    info = ModelInfo(name, path, current=name == current, shipped=name == SHIPPED)
    try:
        header = read_weights_header(path).get("__metadata__", {})
        described = json.loads(header[HEADER_KEY])
        refuse_newer(path, described)
        provenance = described.get("provenance") or {}
        return replace(
            info,
            date=str(provenance.get("date") or ""),
            started_from=str(provenance.get("started_from") or ""),
            note=str(provenance.get("note") or ""),
            provenance=MappingProxyType(dict(provenance)),
        )
    except CheckpointError as error:
        return replace(info, trouble=str(error))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return replace(info, trouble=f"{path.name} is not a Chart Hero checkpoint.")
