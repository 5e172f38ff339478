"""Scripts of the makers, given a folder that is not there or holds nothing: one sentence."""

import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Script and arguments; FOLDER is the wrong one, OUT a place to write to.
CALLS = (
    "benchmarks/clips.py FOLDER",
    "benchmarks/dataset.py FOLDER -o OUT",
    "benchmarks/domain.py measure FOLDER",
    "benchmarks/learn_kit.py FOLDER",
    "benchmarks/marks.py FOLDER",
    "benchmarks/micro.py FOLDER",
    "benchmarks/render_midi.py FOLDER/a.sf2 OUT FOLDER/a.mid",
    "benchmarks/timing.py FOLDER",
    "benchmarks/timing.py --beats FOLDER",
    "benchmarks/timing_audio.py FOLDER",
    "benchmarks/transcribe.py --song FOLDER",
    "packaging/average_weights.py OUT FOLDER/a.safetensors=1",
    "packaging/make_attribution.py FOLDER",
    "packaging/make_band.py OUT FOLDER",
    "packaging/make_band.py OUT --strums FOLDER",
    "packaging/make_check_set.py FOLDER",
    "packaging/make_demo.py FOLDER OUT",
    "packaging/make_kit.py FOLDER",
    "packaging/songs_of_packages.py OUT FOLDER",
)


@pytest.mark.parametrize("call", CALLS)
def test_a_wrong_folder_ends_in_one_sentence(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if "render_midi" in call or "make_band" in call:
        pytest.importorskip("mido")
    # A folder that is there but empty is the harder one.
    (tmp_path / "empty").mkdir()
    words = call.replace("FOLDER", str(tmp_path / "empty")).replace("OUT", str(tmp_path / "out"))
    script, *arguments = words.split()
    monkeypatch.setattr(sys, "argv", [script, *arguments])
    monkeypatch.syspath_prepend(str((ROOT / script).parent))
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / script), run_name="__main__")
    said = capsys.readouterr().err.strip() or str(ended.value.code)
    assert ended.value.code not in (0, None)
    assert said.endswith(".")
    assert "\n" not in said
