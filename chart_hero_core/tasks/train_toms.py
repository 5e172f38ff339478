"""Training of the network that estimates the pitch of toms, as a job."""

from dataclasses import replace
from pathlib import Path

from safetensors.torch import save

from chart_hero_core.base.files import refuse_unwritable_file, user_cache_dir, write_bytes
from chart_hero_core.base.progress import Progress, SubProgress
from chart_hero_core.training.clips.sources import load_materials
from chart_hero_core.training.small_networks.tom_pitch import (
    TomPitchSettings,
    render_strokes,
    train_tom_pitch,
)


def train_toms(
    material: Path, output: Path, band: Path | None, clips: int | None, progress: Progress
) -> Path:
    """Train on clips rendered from ``material``, none of it held out.

    Raises:
        DatasetError: there is nothing to learn from.
        StorageError: the output cannot be written; asked before the work.
        Cancelled: asked for through ``progress``.
    """
    refuse_unwritable_file(output)
    progress.report(0.0, "Loading kits, performances and backing")
    materials = load_materials(material, heldout=False, cache=user_cache_dir(), band=band)
    settings = TomPitchSettings()
    if clips is not None:
        settings = replace(settings, clips=clips)
    strokes = render_strokes(materials, settings, SubProgress(progress, 0.05, 0.7))
    net = train_tom_pitch(strokes, settings, SubProgress(progress, 0.7, 1.0))
    write_bytes(output, save({name: value.half() for name, value in net.state_dict().items()}))
    return output
