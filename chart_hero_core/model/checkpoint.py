"""Checkpoints: safetensors weights with a JSON header. Data, never code.

The header (safetensors metadata, key ``chart_hero``) holds the schema version, the feature and
network settings, the calibration for each kind of audio, and the provenance of the weights.
Weights are stored as float16 where that loses nothing that matters (the released file), as float32,
or with their matrices in 8 bits (``compact.py``).
"""

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as save_tensors

from chart_hero_core.base.calibration import Calibration
from chart_hero_core.base.domains import Domain
from chart_hero_core.base.errors import ChartHeroError, CheckpointError
from chart_hero_core.base.files import shipped_checkpoint, write_bytes
from chart_hero_core.base.weights_header import (
    HEADER_KEY,
    SCHEMA,
    CutOffError,
    read_weights_header,
    refuse_newer,
)
from chart_hero_core.features.logmel import SAMPLE_RATE, LogMelSettings
from chart_hero_core.model.compact import FACTORS, compacted, expanded
from chart_hero_core.model.context_network import ContextNetwork, ContextSettings
from chart_hero_core.model.network import DrumNetwork, NetworkSettings

# What versions from before compact weights can read.
_PLAIN_SCHEMA = 2
_MAX_BYTES = 512 << 20
# The weights of the network for the context of a song are named so.
_CONTEXT = "context."
# Samples: of windows and the like, and of a hop.
_LONGEST, _SHORTEST_HOP = 1 << 16, 16

_Network = TypeVar("_Network", bound=torch.nn.Module)


@dataclass(frozen=True)
class Checkpoint:
    """A trained network with everything needed to use it.

    Attributes:
        network: in evaluation mode.
        calibrations: by domain, ``drums`` and ``mix``; may be empty before calibration.
        provenance: what the weights were trained on, by which command, and when.
        context: judges strokes by the rest of the song; in evaluation mode. May be None.
    """

    network: DrumNetwork
    features: LogMelSettings = field(default_factory=LogMelSettings)
    calibrations: Mapping[Domain, Calibration] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    context: ContextNetwork | None = None


def save_checkpoint(
    checkpoint: Checkpoint, path: Path, half: bool = True, compact: bool = False
) -> None:
    """Write ``checkpoint`` atomically.

    Weights are stored as float16, as float32 (``half=False``), or with their matrices in 8 bits
    (``compact``).

    Raises:
        StorageError: the file cannot be written.
    """
    header: dict[str, Any] = {
        "schema": SCHEMA if compact else _PLAIN_SCHEMA,
        "features": asdict(checkpoint.features),
        "network": checkpoint.network.settings.to_dict(),
        "calibrations": {k: c.to_dict() for k, c in checkpoint.calibrations.items()},
        "provenance": dict(checkpoint.provenance),
    }
    weights = dict(checkpoint.network.state_dict())
    if checkpoint.context is not None:
        header["context"] = checkpoint.context.settings.to_dict()
        weights |= {_CONTEXT + k: v for k, v in checkpoint.context.state_dict().items()}
    if compact:
        weights = compacted(weights)
    tensors = {
        name: (value.half() if half and _may_be_rounded(name, value) else value).contiguous().cpu()
        for name, value in weights.items()
    }
    write_bytes(path, save_tensors(tensors, metadata={HEADER_KEY: json.dumps(header)}))


def save_calibrated(source: Path, calibrations: Mapping[Domain, Calibration], output: Path) -> None:
    """Copy the checkpoint at ``source`` with other calibrations; its weights stay as stored.

    Raises:
        CheckpointError: there is no checkpoint at ``source``.
        StorageError: the output cannot be written.
    """
    load_checkpoint(source)
    header, tensors = _read(source)
    header["calibrations"] = {k: c.to_dict() for k, c in calibrations.items()}
    write_bytes(output, save_tensors(tensors, metadata={HEADER_KEY: json.dumps(header)}))


def load_checkpoint(path: Path | None = None) -> Checkpoint:
    """Read a checkpoint; the shipped one if ``path`` is None. No code in the file is executed.

    Raises:
        CheckpointError: the file is missing, damaged, of a newer version, or not a checkpoint.
    """
    path = path or shipped_checkpoint()
    header, tensors = _read(path)
    tensors = _as_float(tensors, path)
    own = {k: v for k, v in tensors.items() if not k.startswith(_CONTEXT)}
    shape = NetworkSettings.from_dict(header["network"])
    network = _filled(lambda: DrumNetwork(shape), own, path)
    context = None
    if "context" in header:
        small = ContextSettings.from_dict(header["context"])
        others = tensors.keys() - own.keys()
        stored = {k.removeprefix(_CONTEXT): tensors[k] for k in others}
        context = _filled(lambda: ContextNetwork(small), stored, path)
    try:
        features = _features(header["features"], shape)
        calibrations = {k: Calibration.from_dict(v) for k, v in header["calibrations"].items()}
    except (TypeError, ValueError, AttributeError, ChartHeroError) as error:
        raise CheckpointError(f"{path.name} has a header we do not understand.") from error
    return Checkpoint(network, features, calibrations, header["provenance"], context)


def _features(stored: Mapping[str, Any], shape: NetworkSettings) -> LogMelSettings:
    """The framing, as far as it can be computed and is what the network takes in."""
    framing: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in stored.items()}
    found = LogMelSettings(**framing)
    numbers = (found.hop, found.bands, found.sample_rate, *found.windows)
    possible = all(type(n) is int and 0 < n <= _LONGEST for n in numbers)
    hears = 0 <= found.low_hz < found.high_hz <= found.sample_rate / 2
    # All sound is brought to one rate before, and micro mode halves the hop.
    usual = found.sample_rate == SAMPLE_RATE and found.hop >= _SHORTEST_HOP
    fits = (len(found.windows), found.bands) == (shape.channels, shape.bands)
    if not (possible and hears and usual and fits):
        raise ValueError(stored)
    return found


def _may_be_rounded(name: str, value: torch.Tensor) -> bool:
    return value.is_floating_point() and not name.endswith(FACTORS)


def compact_weights(checkpoint: Checkpoint) -> Checkpoint:
    """``checkpoint`` with the weights it has after being stored in 8 bits and read back."""
    network, context = copy.deepcopy(checkpoint.network), copy.deepcopy(checkpoint.context)
    for part in (network, context):
        if part is not None:
            part.load_state_dict(expanded(compacted(part.state_dict())))
    return replace(checkpoint, network=network, context=context)


def _as_float(tensors: Mapping[str, torch.Tensor], path: Path) -> dict[str, torch.Tensor]:
    try:
        found = expanded(tensors)
    except ValueError as error:
        raise CheckpointError(f"{path.name} is damaged: {error}.") from error
    # Copies: what is read may still lie in the file, which may be replaced.
    wanted = {k: torch.float32 if v.is_floating_point() else v.dtype for k, v in found.items()}
    return {name: value.to(wanted[name], copy=True) for name, value in found.items()}


def _filled(make: Callable[[], _Network], weights: dict[str, torch.Tensor], path: Path) -> _Network:
    """A network with these weights, in evaluation mode."""
    with torch.device("meta"):  # shapes without memory: a header may promise any amount of it
        network = make()
    promised = {name: value.shape for name, value in network.state_dict().items()}
    if promised != {name: value.shape for name, value in weights.items()}:
        raise CheckpointError(f"{path.name} does not hold the weights its header promises.")
    if not all(torch.isfinite(value).all() for value in weights.values()):
        raise CheckpointError(f"{path.name} holds weights that are not finite numbers.")
    network.load_state_dict(weights, assign=True)
    return network.eval()


def _read(path: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    if not path.is_file():
        raise CheckpointError(f"There is no checkpoint at {path}.")
    if path.stat().st_size > _MAX_BYTES:
        raise CheckpointError(f"{path.name} is too large to be a Chart Hero checkpoint.")
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {}).get(HEADER_KEY, "null"))
            found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, RecursionError) as error:
        raise _unreadable(path) from error
    refuse_newer(path, header)
    if not isinstance(header, dict) or not {"schema", "features", "network"} <= header.keys():
        raise CheckpointError(f"{path.name} is not a Chart Hero checkpoint.")
    if not isinstance(header["schema"], int):
        raise CheckpointError(f"{path.name} has a header we do not understand.")
    for name in ("calibrations", "provenance"):
        if not isinstance(header.setdefault(name, {}), dict):
            raise CheckpointError(f"{path.name} has a header we do not understand.")
    return header, found


def _unreadable(path: Path) -> CheckpointError:
    """Why a file cannot be read: it may be a part of one."""
    try:
        read_weights_header(path)
    except CutOffError as error:
        return error
    except CheckpointError:
        pass
    return CheckpointError(f"{path.name} is not a Chart Hero checkpoint.")
