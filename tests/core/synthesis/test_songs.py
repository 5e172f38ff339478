"""Songs whose kits are altered as far as in training, to teach with."""

import numpy as np
import pytest

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Difficulty, Note, Song, Track
from chart_hero_core.features.level import active_rms
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.synthesis import songs
from chart_hero_core.synthesis.articulations import CLASS_OF, Articulation
from chart_hero_core.synthesis.clips import ClipSettings, Materials
from chart_hero_core.synthesis.performances import from_strokes
from chart_hero_core.synthesis.songs import Distractors, RenderedSong, Studio, excerpt, render_song
from chart_hero_core.timing.tempo_map import TempoMap
from tests.core.synthesis.material import chart


def rendered(materials: Materials, song: Song, varied: bool) -> RenderedSong:
    variety = ClipSettings().variety if varied else None
    studio = Studio(materials.kits, materials.backing, variety=variety)
    return render_song("song", song, studio, np.random.default_rng(5), 30.0)


def crashes(beats: int = 100) -> Song:
    notes = tuple(Note(beat * 240, Lane.GREEN, cymbal=True) for beat in range(beats))
    return Song(tempo_map=TempoMap.constant(120), tracks={Difficulty.EXPERT: Track(notes)})


def test_varied_kits_play_the_same_classes_with_other_sounds(materials: Materials) -> None:
    plain, varied = (rendered(materials, chart(), varied) for varied in (False, True))
    classes = [
        [CLASS_OF[Articulation(int(art))] for art in song.take.articulations]
        for song in (plain, varied)
    ]
    assert classes[0]
    assert classes[0] == classes[1]
    alike = np.corrcoef(plain.drums, varied.drums)[0, 1]
    assert alike < 0.9


@pytest.mark.parametrize(("varied", "share"), [(False, (0.4, 0.8)), (True, (0.02, 0.35))])
def test_a_crash_is_ridden_where_kits_are_varied(
    materials: Materials, varied: bool, share: tuple[float, float]
) -> None:
    arts = rendered(materials, crashes(), varied).take.articulations
    changes = np.mean(np.diff(arts) != 0)
    assert share[0] < changes < share[1]


def test_drums_lie_4_db_under_to_8_db_over_the_music(materials: Materials) -> None:
    studio = Studio(materials.kits, materials.backing)
    ratios_db = []
    for seed in range(6):
        song = render_song("song", chart(), studio, np.random.default_rng(seed), 6.0)
        ratios_db.append(20 * np.log10(active_rms(song.drums) / active_rms(song.backing)))
    assert min(ratios_db) > -4.1
    assert max(ratios_db) < 8.1
    assert max(ratios_db) - min(ratios_db) > 3


def test_percussion_is_in_time_with_the_drums_where_it_begins_later(
    materials: Materials, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[int, np.ndarray]] = []

    def silence(
        rng: np.random.Generator, length: int, beats_s: np.ndarray | None, band: object
    ) -> np.ndarray:
        if beats_s is not None:
            heard.append((length, beats_s))
        return np.zeros(length, np.float32)

    monkeypatch.setattr(songs, "distractors", silence)
    studio = Studio(materials.kits, materials.backing, unlabelled=Distractors(share=1.0))
    for seed in range(4):  # beats of 0.5 s each
        render_song("song", chart(), studio, np.random.default_rng(seed), 20.0)
    assert len(heard) >= 4
    for length, beats_s in heard:
        assert 0 <= beats_s[0] < 0.5
        assert np.diff(beats_s) == pytest.approx(0.5)
        assert len(beats_s) >= (length / SAMPLE_RATE - 2.0) / 0.5


def test_an_excerpt_begins_with_the_bar_that_sounds_and_ends_before_its_end() -> None:
    whole = chart(64)  # quarters of 0.5 s, a hat between two
    part = excerpt(whole, 9.3, 4.0)
    ticks = [note.tick for note in part.expert.notes]
    assert ticks == [note.tick for note in chart(8).expert.notes]  # from 8 s on
    assert part.tempo_map.seconds(max(ticks)) < 4.0


def test_a_take_lasts_until_a_second_after_its_last_stroke() -> None:
    take = from_strokes("t", [(2.5, Articulation.KICK, 0.8)], [], human=True, kind="t")
    assert take.duration_s == 3.5
    assert take.only(np.zeros(1, np.bool_)).duration_s == 0.0
