"""Teaches the encoder people's words, and writes what it learnt to ``data/encoder/tuning.safetensors``.

    python scripts/tune_encoder.py [--passes 3]

Reads ``data/catalogue/aliases`` and the names of all procedures, never an evaluation set. About a quarter of an hour on two
cores. Made first: ``python scripts/build_embedding_model.py --plain --no-vectors --out models/e5-plain``.
Afterwards: build the encoder anew (``scripts/build_embedding_model.py``) and fit the search (``scripts/fit_search.py``).
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

# Before torch: its workers otherwise spin while other work wants the processor.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402 (the path and the environment must be set first)
from transformers import AutoModel, AutoTokenizer  # noqa: E402

from bot.catalogue.embedding.tune import SCALE, TuneOptions, tune  # noqa: E402
from bot.catalogue.embedding.tuning import write_tuning  # noqa: E402
from bot.catalogue.load import load_catalogue  # noqa: E402
from bot.catalogue.names_list import read_names, with_names  # noqa: E402
from bot.catalogue.search.matters import SearchMatter, build_matters  # noqa: E402
from bot.catalogue.search.restore import MarkRestorer  # noqa: E402
from bot.language.mention import words_of  # noqa: E402
from bot.language.normalise import clean  # noqa: E402

FEWEST = 3
LONGEST = 300


def read_matters() -> tuple[SearchMatter, ...]:
    """All matters, with all names."""
    catalogue = load_catalogue(ROOT / "data" / "catalogue")
    names = read_names(ROOT / "data" / "eval" / "procedure_names.tsv")
    return build_matters(with_names(catalogue.listings, names), catalogue.aliases.matters)


def main(arguments: Sequence[str] | None = None) -> int:
    """Tunes and writes."""
    parser = argparse.ArgumentParser(description="Teach the encoder people's words.")
    parser.add_argument("--passes", type=float, default=TuneOptions.passes)
    parser.add_argument("--base", type=Path, default=ROOT / "models" / "e5-plain", help="the encoder without what was learnt")
    parser.add_argument("--out", type=Path, default=ROOT / "data" / "encoder" / "tuning.safetensors")
    options = parser.parse_args(arguments)
    matters = read_matters()
    restorer = MarkRestorer(wording.text for matter in matters for wording in matter.wordings)
    taught = [[clean(wording.text).lower()[:LONGEST] for wording in matter.wordings] for matter in matters if matter.named]
    taught = [wordings for wordings in taught if len(wordings) >= FEWEST]
    torch.set_num_threads(os.cpu_count() or 1)
    began = time.monotonic()

    def told(step: int, steps: int, loss: float) -> None:
        if step % 20 == 0 or step == steps:
            print(f"{step}/{steps} steps, loss {loss:.3f}, {time.monotonic() - began:.0f} s", flush=True)

    learnt = tune(
        AutoModel.from_pretrained(options.base, dtype=torch.float32),
        AutoTokenizer.from_pretrained(options.base),
        taught,
        lambda text: restorer.restore(words_of(text), marked=False),
        tune_options := TuneOptions(passes=options.passes),
        told,
    )
    about = {"matters": len(taught), "wordings": sum(map(len, taught)), "passes": options.passes, "rank": tune_options.rank}
    write_tuning(options.out, learnt, SCALE / tune_options.rank, about)
    print(f"{options.out}: {options.out.stat().st_size // 1000} kB from {about['wordings']} wordings")
    return 0


if __name__ == "__main__":
    sys.exit(main())
