"""Both sides of the benchmark learn exactly the same examples."""

from pathlib import Path

import yaml

from benchmarks.training_sample import all_examples, digest, sampled, write_project

ROOT = Path(__file__).resolve().parents[2]
STOCK = ROOT / "benchmarks" / "stock"


def test_a_sample_is_the_same_for_the_same_seed_and_bounded() -> None:
    examples = {"a": [str(number) for number in range(50)], "b": ["x", "y"]}
    one = sampled(examples, 10)
    assert one == sampled(examples, 10)
    assert one != sampled(examples, 10, seed=1)
    assert (len(one["a"]), one["b"]) == (10, ["x", "y"])
    assert sampled(examples, 0) == examples
    assert digest(one) == digest(sampled(examples, 10)) != digest(examples)


def test_the_project_holds_the_sample_and_no_button_acts(tmp_path: Path) -> None:
    examples = all_examples(ROOT / "data" / "nlu")
    assert not [line for lines in examples.values() for line in lines if line.startswith("/")]
    chosen = sampled(examples, 3)
    write_project(ROOT, tmp_path, chosen, STOCK / "config.yml", epochs=7)
    assert all_examples(tmp_path / "data" / "nlu") == chosen
    stock = yaml.safe_load((tmp_path / "stock.yml").read_text(encoding="utf-8"))
    assert {part["epochs"] for part in stock["pipeline"] if "epochs" in part} == {7}
    assert (tmp_path / "domain").is_dir()


def test_models_and_results_in_the_folder_stay(tmp_path: Path) -> None:
    write_project(ROOT, tmp_path, {"greet": ["xin chào"]}, STOCK / "config.yml", 1)
    (tmp_path / "ours-train.json").write_text("{}", encoding="utf-8")
    write_project(ROOT, tmp_path, {"greet": ["chào em"]}, STOCK / "config.yml", 1)
    assert (tmp_path / "ours-train.json").is_file()
    assert all_examples(tmp_path / "data" / "nlu") == {"greet": ["chào em"]}


def test_the_stock_pins_carry_hashes_and_stock_rasa_is_complete() -> None:
    lock = (STOCK / "requirements.lock").read_text(encoding="utf-8")
    pins = [line for line in lock.splitlines() if "==" in line and not line.startswith("#")]
    wanted = [line for line in (STOCK / "requirements.in").read_text(encoding="utf-8").splitlines() if "==" in line]
    wanted = [line for line in wanted if not line.startswith("#")]
    assert len(pins) == len(wanted)
    assert lock.count("--hash=sha256:") >= len(pins)
    assert {"rasa==3.6.21 \\", "tensorflow==2.12.0 \\", "matplotlib==3.7.5 \\", "contourpy==1.2.1 \\"} <= set(pins)
