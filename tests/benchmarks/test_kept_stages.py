"""Which results of the benchmark outlive a run."""

from pathlib import Path

from benchmarks.understanding import forget_short_stages


def test_after_a_whole_run_only_the_trainings_stay(tmp_path: Path) -> None:
    for name in ("ours-train", "ours-parse", "ours-serve"):
        (tmp_path / f"{name}.json").write_text("{}", encoding="utf-8")
    forget_short_stages(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["ours-train.json"]
