"""How fast the language package reads a message, against composing (NFC) and lowering the same text.

    python -m benchmarks.language [--rounds 200]

Prints medians of one thread and their ratio: ratios tell more than times on a machine with other work.
"""

import argparse
import statistics
import sys
import time
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.catalogue.schema import Agency, Place  # noqa: E402 (the path must be set first)
from bot.language.agencies import AgencyIndex  # noqa: E402
from bot.language.collisions import undecided  # noqa: E402
from bot.language.entities import find_entities  # noqa: E402
from bot.language.masking import find_private  # noqa: E402
from bot.language.places import PlaceIndex  # noqa: E402
from bot.language.shorthand import expand  # noqa: E402
from bot.language.written import written_out  # noqa: E402

# About 200 characters each: with marks, without, in teencode, with keyboard leftovers.
MESSAGES = (
    "Em chào anh chị ạ, cho em hỏi làm giấy khai sinh cho con bị quá hạn 60 ngày thì cần giấy tờ gì, mất bao nhiêu tiền và nộp "
    "ở đâu ạ? Hộ khẩu của vợ em ở phường Võ Cường, còn em thì đang làm ở Hà Nội.",
    "em chao anh chi a, cho em hoi lam giay khai sinh cho con bi qua han 60 ngay thi can giay to gi, mat bao nhieu tien va nop "
    "o dau a? ho khau cua vo em o phuong vo cuong, con em thi dang lam o ha noi.",
    "Ad ơi cho e hỏi lm giấy ks cho bé bị quá hạn thì cần j, mất bn tiền vs nộp ở đâu, có đk online đc ko ạ? Vk e ở p. Võ Cường, "
    "hk thì ở tỉnh khác nên ko bít phải lm ntn cho đúng, mong ad rep sớm giúp e",
    "cho em hoir ddawng kys khai sinh cho con thif caanf giaays towf gif, maats bao nhieeu tieenf vaf noopj owr ddaau aj, em owr "
    "phuwowngf Vox Cuwowngf, hoj khaaur cuar vowj em owr tinhr khacs",
)


def plain(text: str) -> str:
    """The yardstick: what any program does first with a text."""
    return unicodedata.normalize("NFC", text).lower()


def median_seconds(work: Callable[[str], object], rounds: int) -> float:
    """The median time for one message, after a first pass that fills the caches."""
    for message in MESSAGES:
        work(message)
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        for message in MESSAGES:
            work(message)
        times.append((time.perf_counter() - started) / len(MESSAGES))
    return statistics.median(times)


def indexes() -> tuple[PlaceIndex, AgencyIndex]:
    """The names of the catalogue that ships."""
    folder = ROOT / "data" / "catalogue"
    places = yaml.safe_load((folder / "places.yml").read_text(encoding="utf-8"))["places"]
    agencies = yaml.safe_load((folder / "agencies.yml").read_text(encoding="utf-8"))["agencies"]
    return PlaceIndex([Place(**row) for row in places]), AgencyIndex([Agency(**row) for row in agencies])


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description="Benchmark of the language package.")
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args(arguments).rounds
    places, agencies = indexes()
    today = date(2026, 11, 26)
    work: dict[str, Callable[[str], object]] = {
        "NFC and lower": plain,
        "expand": expand,
        "written_out": written_out,
        "undecided": undecided,
        "find_private": find_private,
        "find_entities": lambda text: find_entities(text, places=places, agencies=agencies, today=today),
    }
    yardstick = 0.0
    for name, run in work.items():
        seconds = median_seconds(run, rounds)
        yardstick = yardstick or seconds
        print(f"{name:<16} {seconds * 1e6:9.1f} µs   × {seconds / yardstick:.0f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
