"""Training as a job: materials on disk to a checkpoint."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from chart_hero_core.base.files import user_cache_dir
from chart_hero_core.base.progress import Progress
from chart_hero_core.synthesis.clips import ClipSettings, Materials
from chart_hero_core.synthesis.performances import HALVES
from chart_hero_core.tasks.command_line import command_line
from chart_hero_core.training.clips.pseudo_labels import load_pseudo_labels
from chart_hero_core.training.clips.sources import ClipSources, load_materials
from chart_hero_core.training.config import TrainSettings
from chart_hero_core.training.run.loop import new_module, train
from chart_hero_core.training.run.validation import ValidationSong, render_validation


@dataclass(frozen=True, slots=True)
class TrainingMaterial:
    """The folders that a run is trained on.

    Attributes:
        folder: kits, performances and backing.
        band: folder of notes for made-up bands.
        pseudo_labels: folder of songs with a teacher's labels.
        more_kits: kit libraries beside those in ``folder``.
        modelled: how many made-up kits are played as well.
    """

    folder: Path
    band: Path | None = None
    pseudo_labels: Path | None = None
    more_kits: Sequence[Path] = ()
    modelled: int = 0

    def sources(self, clips: ClipSettings) -> ClipSources:
        """All of it, loaded. Raises :class:`DatasetError`."""
        materials = load_materials(
            self.folder, False, user_cache_dir(), self.band, self.more_kits, self.modelled
        )
        folder = self.pseudo_labels
        songs = load_pseudo_labels(folder) if folder is not None else ()
        return ClipSources(materials, clips, songs)

    def names(self) -> dict[str, str]:
        """What stands for the folders where a command is written down."""
        places = {"MATERIAL": self.folder, "BAND": self.band, "HEARD": self.pseudo_labels}
        names = {str(place): name for name, place in places.items() if place is not None}
        return names | {str(library): "KITS" for library in self.more_kits}


def train_model(
    material: TrainingMaterial,
    folder: Path,
    settings: TrainSettings,
    progress: Progress,
    start_from: Path | None = None,
) -> Path:
    """Train on ``material``; resumes in ``folder``.

    Returns:
        The path of the averaged weights.

    Raises:
        DatasetError: the material is incomplete.
        CheckpointError: ``folder`` or ``start_from`` holds another network's weights.
    """
    progress.report(0.0, "Loading kits, performances and backing")
    sources = material.sources(ClipSettings(length_s=settings.clip_s))
    validation = _validation(material.folder, settings, progress)
    return train(
        new_module(settings, start_from),
        sources,
        folder,
        progress,
        validation=validation,
        provenance={
            "date": datetime.now(UTC).strftime("%Y-%m-%d"),
            "command": command_line(material.names()),
            "material": sources.described(),
            "started_from": start_from.name if start_from is not None else None,
        },
    )


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
