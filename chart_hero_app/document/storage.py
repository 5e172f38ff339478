"""Projects and drafts: what of a document is written to disk, and where.

A draft is the recovery copy of a song that has no project file (or whose file cannot be written):
one file per song in the user's data folder. It is taken up again when the song is opened again.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from chart_hero_app.document.passages import with_passage
from chart_hero_app.document.presets import Preset
from chart_hero_app.document.sound_mark import known_mark, sound_mark
from chart_hero_app.document.spans import merged
from chart_hero_app.document.state import Passage, Span, State
from chart_hero_core.base.errors import ChartHeroError, SettingsError
from chart_hero_core.base.files import user_data_dir
from chart_hero_core.chart.song import Song
from chart_hero_core.decode.presets import DEFAULT_PRESET, load_preset
from chart_hero_core.decode.settings import DecodePlan
from chart_hero_core.formats.project import (
    SUFFIX,
    Project,
    SongReference,
    load_project,
    save_project,
)

# Building a dataset looks for this key: only these passages count as truth.
_REVIEWED = "reviewed_s"
_PRESET = "preset"  # what the knobs started from
_PASSAGES = "passages"  # stretches with knobs of their own
_SOURCE = "source"
_PROJECT = "project"

_numbers = itertools.count(1)


def next_number() -> int:
    """The number of the next snapshot."""
    return next(_numbers)


@dataclass(frozen=True, slots=True, eq=False)
class Saving:
    """A snapshot to write. ``view`` holds JSON values of the views (difficulty, snap, place).

    ``number`` grows: of two snapshots the one with the higher number was taken later.
    """

    state: State
    source: Path
    project: Path | None = None
    view: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    number: int = field(default_factory=next_number)


@dataclass(frozen=True, slots=True, eq=False)
class Restored:
    """What a project file or draft held. ``source`` is None when the song is not found.

    ``replaced`` is a sound where the song was that is another one now.
    """

    state: State
    source: Path | None
    wanted: str  # where the song was
    project: Path | None
    view: Mapping[str, Any]
    saved: datetime
    replaced: Path | None = None


def drafts_dir() -> Path:
    """Where drafts live (not created here)."""
    return user_data_dir() / "drafts"


def draft_path(source: Path, folder: Path | None = None) -> Path:
    """The draft of a song."""
    name = hashlib.sha256(str(source.absolute()).encode("utf-8", "replace")).hexdigest()[:24]
    return (folder or drafts_dir()) / f"{name}{SUFFIX}"


def save(saving: Saving, path: Path) -> None:
    """Write a project file or draft atomically. Raises :class:`StorageError`."""
    reviewed = [list(span) for span in saving.state.reviewed]
    view = {
        **saving.view,
        # Without the key, runs of notes a person touched count as reviewed.
        **({_REVIEWED: reviewed} if reviewed else {}),
        _PASSAGES: [
            {"span_s": list(one.span_s), "plan": one.plan.to_dict()}
            for one in saving.state.passages
        ],
        _PRESET: {
            "name": saving.state.preset.name,
            "plan": saving.state.preset.plan.to_dict(),
        },
        _SOURCE: str(saving.source.absolute()),
        _PROJECT: "" if saving.project is None else str(saving.project.absolute()),
    }
    # Where the song has just been moved away, what was known of it stays.
    mark = sound_mark(saving.source) or known_mark(path)
    save_project(
        Project(
            audio=replace(SongReference.to(saving.source, path), fingerprint=mark),
            song=saving.state.song,
            decode=saving.state.settings.to_dict(),
            micro_spans_s=saving.state.micro_flags,
            view=view,
        ),
        path,
    )


def restore(path: Path) -> Restored:
    """Read a project file or draft.

    Raises:
        FormatError: it cannot be read or is none.
    """
    project = load_project(path)
    in_drafts = path.parent == drafts_dir()
    settings = _plan(project.decode)
    own = str(project.view.get(_PROJECT, "")) if in_drafts else ""
    return Restored(
        state=State(
            project.song,
            settings,
            project.micro_spans_s,
            _spans(project.view.get(_REVIEWED)),
            _preset(project.view.get(_PRESET), settings),
            _passages(project.view.get(_PASSAGES)),
        ),
        source=project.audio.find(path),
        wanted=project.audio.path,
        project=Path(own) if own else (None if in_drafts else path),
        view=project.view,
        saved=datetime.fromtimestamp(path.stat().st_mtime),
        replaced=project.audio.replaced(path),
    )


def default_plan() -> DecodePlan:
    """The preset new songs start with."""
    try:
        return load_preset(DEFAULT_PRESET)
    except ChartHeroError:
        return DecodePlan()


def new_state(song: Song) -> State:
    """A song that nobody has worked on yet."""
    plan = default_plan()
    return State(song, plan, preset=Preset(DEFAULT_PRESET, plan))


def _preset(told: object, settings: DecodePlan) -> Preset:
    """The saved preset; where it is of no use the knobs are as they were given."""
    if isinstance(told, Mapping):
        try:
            return Preset(str(told.get("name")), DecodePlan.from_dict(told.get("plan")))
        except SettingsError:
            pass
    return Preset(DEFAULT_PRESET, settings)


def _passages(told: object) -> tuple[Passage, ...]:
    """The saved passages, in order and apart; those of no use to this version are left out."""
    found: tuple[Passage, ...] = ()
    for one in told if isinstance(told, list) else ():
        if not isinstance(one, Mapping):
            continue
        for span in _spans([one.get("span_s")]):
            try:
                plan = DecodePlan.from_dict(one.get("plan"))
            except SettingsError:
                continue
            found = with_passage(found, span, plan, None)
    return found


def _spans(told: object) -> tuple[Span, ...]:
    """Passages as JSON holds them; none where it holds anything else."""
    if not isinstance(told, Iterable):
        return ()
    try:
        pairs = [(float(start), float(end)) for start, end in told]
    except (TypeError, ValueError):
        return ()
    return merged(pairs)


def _plan(decode: Mapping[str, Any]) -> DecodePlan:
    """The saved knobs; the default preset where they are of no use to this version."""
    if not decode:
        return default_plan()
    try:
        return DecodePlan.from_dict(decode)
    except SettingsError:
        return default_plan()
