"""Stands in for the engine's commands: quick, and as naughty as a file ``behaviour`` beside the project's config.yml wants it."""

import json
import os
import sys
import time
from pathlib import Path


def understood(model: str, text: str) -> dict[str, object]:
    """A new model knows "phí"; every model knows greetings."""
    intent = "greet" if "chào" in text else "ask_fee" if "phí" in text and "-new-" in model else "nlu_fallback"
    return {"intent": intent, "confidence": 0.9, "ranking": [[intent, 0.9]], "clauses": [], "ms": 1.0}


def main(project: Path, command: str, rest: list[str]) -> None:
    wanted = project.joinpath("behaviour").read_text(encoding="utf-8").split() if project.joinpath("behaviour").exists() else []
    print(f"engine: {command}", file=sys.stderr, flush=True)
    if f"hang-{command}" in wanted:
        project.joinpath("hanging").write_text(str(os.getpid()), encoding="utf-8")
        time.sleep(600)
    if f"fail-{command}" in wanted:
        sys.exit(f"engine: {command} went wrong")
    if command == "train":
        folder, name = Path(os.environ["MODELS_DIR"]), rest[rest.index("--name") + 1]
        told = {"fingerprint": "f" * 64, "trained_at": "2026-11-27T03:00:00+00:00"}
        (folder / f"{name}.json").write_text(json.dumps(told), encoding="utf-8")
        (folder / f"{name}.tar.gz").write_bytes(b"a model")
    if command == "parse":
        model = rest[rest.index("--model") + 1]
        if "fail-live" in wanted and "live" in model:
            sys.exit("engine: the live model is broken")
        print(json.dumps({"model": model}), flush=True)
        for line in sys.stdin:
            print(json.dumps(understood("-new-" if "candidates" in model else "old", json.loads(line)["text"])), flush=True)
    if command == "cross-validate":
        out = Path(rest[rest.index("--json") + 1])
        out.write_text(json.dumps({"folds": 3, "accuracy": 0.8, "macro_f1": 0.7}), encoding="utf-8")
    if command == "converse":
        out = Path(rest[0])
        out.write_text(json.dumps({"total": 2, "passed": 1, "failed": {"khai sinh": "sai"}}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
