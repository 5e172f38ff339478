"""Training as a job: materials on disk to a checkpoint."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chart_hero_core.base.files import user_cache_dir
from chart_hero_core.base.progress import Progress
from chart_hero_core.synthesis.clips import ClipSettings, Materials
from chart_hero_core.synthesis.performances import HALVES
from chart_hero_core.tasks.command_line import command_line
from chart_hero_core.training.clips.batches import load_materials
from chart_hero_core.training.clips.heard import load_heard
from chart_hero_core.training.config import TrainSettings
from chart_hero_core.training.run.loop import describe, train
from chart_hero_core.training.run.validation import ValidationSong, render_validation


def train_model(
    material: Path,
    folder: Path,
    settings: TrainSettings,
    progress: Progress,
    start_from: Path | None = None,
    band: Path | None = None,
    heard: Path | None = None,
    more_kits: Sequence[Path] = (),
    modelled: int = 0,
) -> Path:
    """Train on the kits, performances and backing below ``material``; resumes in ``folder``.

    Args:
        band: folder of notes for made-up bands.
        heard: folder of songs with a teacher's labels.
        more_kits: kit libraries beside the material's own.
        modelled: how many made-up kits are played as well.

    Returns:
        The path of the averaged weights.

    Raises:
        DatasetError: the material is incomplete.
        CheckpointError: ``folder`` or ``start_from`` holds another network's weights.
    """
    progress.report(0.0, "Loading kits, performances and backing")
    materials = load_materials(material, False, user_cache_dir(), band, more_kits, modelled)
    clips = ClipSettings(length_s=settings.clip_s)
    names = {str(material): "MATERIAL", str(band): "BAND", str(heard): "HEARD"}
    names |= {str(library): "KITS" for library in more_kits}
    return train(
        materials,
        settings,
        folder,
        progress,
        start_from=start_from,
        clips=clips,
        provenance=_provenance(names, materials, clips, start_from),
        validation=_validation(material, settings, progress),
        heard=load_heard(heard) if heard is not None else (),
    )


def _provenance(
    names: dict[str, str], materials: Materials, clips: ClipSettings, start_from: Path | None
) -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "command": command_line(names),
        "material": describe(materials, clips),
        "started_from": start_from.name if start_from is not None else None,
    }


def _validation(
    material: Path, settings: TrainSettings, progress: Progress
) -> list[ValidationSong]:
    """Songs to measure on, of the half of the held-out material that is for development."""
    if not settings.validate_minutes:
        return []
    progress.report(0.0, "Rendering songs to measure on")
    heldout = load_materials(material, heldout=True, cache=user_cache_dir())
    music = heldout.backing.half("dev")
    half = Materials(heldout.kits, heldout.grooves, heldout.charts[HALVES["dev"]], music)
    return render_validation(half, settings.validation_songs)
