"""How fast training clips are rendered on one core: ``python benchmarks/clips.py MATERIAL``.

Processor time, as a busy machine has no other measure: clips of a stream after its first ones, when
the pool of drum tracks is full, and their features.
"""

import time
from pathlib import Path

import harness

from chart_hero_core.base.files import user_cache_dir
from chart_hero_core.cli.exits import run_script
from chart_hero_core.features.logmel import log_mel
from chart_hero_core.synthesis.clips import ClipSettings, ClipStream
from chart_hero_core.training.clips.sources import load_materials


def main() -> None:
    """Measure and print."""
    parser = harness.parser(__doc__)
    parser.add_argument("material", type=Path)
    parser.add_argument("--band", type=Path)
    parser.add_argument("--clips", type=int, default=150)
    parser.add_argument("--clip-s", type=float, default=8.0)
    args = parser.parse_args()
    materials = load_materials(args.material, False, user_cache_dir(), args.band)
    stream = ClipStream(materials, ClipSettings(length_s=args.clip_s), seed=5)
    for _ in range(10):
        stream.next()
    begun = time.process_time()
    clips = [stream.next() for _ in range(args.clips)]
    rendered_s = time.process_time() - begun
    for clip in clips:
        log_mel(clip.samples)
    features_s = time.process_time() - begun - rendered_s
    audio_s = args.clips * args.clip_s
    result: dict[str, float | int | str] = {
        "render_ms_per_clip": round(rendered_s / args.clips * 1e3, 1),
        "features_ms_per_clip": round(features_s / args.clips * 1e3, 1),
        "audio_s_per_s": round(audio_s / (rendered_s + features_s)),
    }
    harness.show("clips", result, args.json)


if __name__ == "__main__":
    run_script(main)
