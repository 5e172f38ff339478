"""Learning a kit: what an analysis holds beside what the kit's sound says stays, and is kept."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import torch

from chart_hero_core.audio.io import AudioClip
from chart_hero_core.base.drums import DrumClass, Hit, Lane
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.chart.from_hits import notes_from_hits
from chart_hero_core.chart.song import (
    Difficulty,
    Metadata,
    Note,
    Phrase,
    PhraseKind,
    Song,
    TextEvent,
    Track,
)
from chart_hero_core.formats.dot_chart import write_chart
from chart_hero_core.model.checkpoint import load_checkpoint, save_checkpoint
from chart_hero_core.tasks import adapt
from chart_hero_core.tasks.adapt import (
    LearnOptions,
    adapt_to_song,
    keep_weights,
    transcribe_learning,
    with_corrected,
)
from chart_hero_core.tasks.transcribe import AnalyseOptions, TranscribeOptions, analyse_clip
from chart_hero_core.timing.tempo_map import TempoMap
from chart_hero_core.training.own_songs.known_strokes import KnownStrokes
from tests.core.tasks.checkpoints import write_tiny_checkpoint
from tests.core.training.two_drums import RATE, two_drums


def test_the_harmony_is_known_after_learning_too(tmp_path: Path) -> None:
    model = write_tiny_checkpoint(tmp_path / "tiny.safetensors")
    samples, times, drums = two_drums(6.0)
    clip = AudioClip(samples, RATE)
    options = AnalyseOptions(micro="off", checkpoint=model)
    analysis = analyse_clip(clip, "mix", options, SilentProgress())
    known = KnownStrokes(times, drums, ((0.0, 6.0),))
    learned = adapt_to_song(analysis, known, SilentProgress(), checkpoint=model)
    before, after = analysis.activations.harmony, learned.analysis.activations.harmony
    assert before is not None
    assert before.any()
    assert after is not None
    np.testing.assert_allclose(after, before, atol=1e-5)


def test_what_another_model_heard_is_not_learned_from(tmp_path: Path) -> None:
    model = write_tiny_checkpoint(tmp_path / "tiny.safetensors")
    samples, times, drums = two_drums(6.0)
    analysis = analyse_clip(
        AudioClip(samples, RATE),
        "mix",
        AnalyseOptions(micro="off", checkpoint=model),
        SilentProgress(),
    )
    known = KnownStrokes(times, drums, ((0.0, 6.0),))
    first = adapt_to_song(analysis, known, SilentProgress(), checkpoint=model)
    again = adapt_to_song(analysis, known, SilentProgress(), checkpoint=model, hidden=first.hidden)
    assert again.hidden is first.hidden
    checkpoint = load_checkpoint(model)
    with torch.no_grad():
        checkpoint.network.refine.weight.mul_(1.5)
    save_checkpoint(checkpoint, tmp_path / "other.safetensors")
    other = adapt_to_song(
        analysis,
        known,
        SilentProgress(),
        checkpoint=tmp_path / "other.safetensors",
        hidden=first.hidden,
    )
    assert np.abs(other.hidden.values - first.hidden.values).max() > 0.01


def test_a_corrected_chart_may_have_a_delay(tmp_path: Path) -> None:
    model = write_tiny_checkpoint(tmp_path / "tiny.safetensors")
    samples, times, drums = two_drums(6.0)
    sf.write(tmp_path / "song.wav", samples, RATE)
    tempo_map = TempoMap.constant(120.0)
    hits = [
        Hit(time_s - 0.3, DrumClass(int(drum)), 1.0)
        for time_s, drum in zip(times, drums, strict=True)
        if time_s > 1.0
    ]
    track = Track(notes_from_hits(hits, tempo_map, snap=False))
    chart = tmp_path / "song.chart"
    song = Song(Metadata(delay_ms=300), tempo_map, {Difficulty.EXPERT: track})
    chart.write_bytes(write_chart(song, lone=True))
    options = TranscribeOptions(AnalyseOptions("mix", micro="off", checkpoint=model))
    learn = LearnOptions(chart, ((1.0, 6.0),))
    found = transcribe_learning(tmp_path / "song.wav", options, learn, SilentProgress()).song
    heard_s = [found.tempo_map.seconds(note.tick) for note in found.expert.notes]
    expected_s = [tempo_map.seconds(note.tick) + 0.3 for note in track.notes]
    for time_s in expected_s:
        assert min(abs(time_s - each) for each in heard_s) < 0.002


def test_star_power_and_easier_difficulties_of_the_corrected_chart_stay() -> None:
    phrases = (Phrase(PhraseKind.STAR_POWER, 960, 480), Phrase(PhraseKind.SOLO, 9600, 480))
    events = (TextEvent(0, "mix 3 drums0d"),)
    mine = tuple(Note(tick, Lane.RED) for tick in (0, 960, 9600))
    expert, easy = Track(mine, phrases, events=events), Track(mine[:1])
    finished = Song(tracks={Difficulty.EXPERT: expert, Difficulty.EASY: easy})
    heard = Track((Note(480, Lane.KICK), Note(7680, Lane.KICK)))
    found = with_corrected(
        Song(Metadata("T"), tracks={Difficulty.EXPERT: heard}), finished, ((0.0, 2.0),)
    )
    assert found.metadata.name == "T"
    assert found.expert == Track((*mine[:2], heard.notes[1]), phrases, events=events)
    assert found.tracks[Difficulty.EASY] == easy


def test_old_kits_that_cannot_be_removed_do_not_spoil_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapt, "user_cache_dir", lambda: tmp_path)
    for number in range(25):
        (tmp_path / "kits" / f"kit-{number}.safetensors").mkdir(parents=True)
    learned = load_checkpoint(write_tiny_checkpoint(tmp_path / "tiny.safetensors"))
    kept = keep_weights(learned)
    assert load_checkpoint(kept).network.settings == learned.network.settings
