"""A catalogue of six procedures and an encoder without a network, for tests of the search."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bot.catalogue.aliases import Aliases
from bot.catalogue.embedding.encoder import Vectors
from bot.language.normalise import fold

CATALOGUE_FOLDER = Path(__file__).parents[4] / "data" / "catalogue"
EVAL_FOLDER = Path(__file__).parents[4] / "data" / "eval"


@dataclass(frozen=True)
class Procedure:
    code: str
    name: str
    aliases: Sequence[str] = ()
    questions: Sequence[str] = ()
    field: str = "Hộ tịch"
    levels: Sequence[str] = ("Cấp xã",)
    targets: Sequence[str] = ("Công dân Việt Nam",)
    origin: str = "reviewed"
    superseded_by: str | None = None

    @property
    def official_name(self) -> str:
        return "Thủ tục " + self.name.lower()


@dataclass(frozen=True)
class Phrase:
    phrase: str
    codes: Sequence[str]
    question: str


@dataclass(frozen=True)
class Event:
    cues: Sequence[str]
    procedures: Sequence[str]


@dataclass(frozen=True)
class SmallCatalogue:
    procedures: Mapping[str, Procedure]
    ambiguous: Sequence[Phrase] = ()
    life_events: Sequence[Event] = ()
    places: Sequence[object] = field(default_factory=tuple)
    aliases: Aliases = field(default_factory=Aliases)

    @property
    def listings(self) -> Sequence[Procedure]:
        return tuple(self.procedures.values())


BIRTH, DEATH, CAR, LAND, DUTY, CARD = "1.000001", "1.000002", "1.000003", "1.000004", "1.000005", "1.000006"

SMALL = SmallCatalogue(
    procedures={
        p.code: p
        for p in (
            Procedure(BIRTH, "Đăng ký khai sinh", ("làm giấy khai sinh", "gks"), ("Con mới đẻ thì làm giấy tờ ở đâu?",)),
            Procedure(DEATH, "Đăng ký khai tử", ("giấy chứng tử", "báo tử"), ("Bố tôi qua đời thì báo ở đâu?",)),
            Procedure(CAR, "Đăng ký sang tên xe", ("sang tên xe máy", "mua xe cũ"), ("Mua xe cũ thì sang tên thế nào?",)),
            Procedure(LAND, "Sang tên sổ đỏ", ("sang tên nhà đất", "chuyển nhượng đất"), ("Mua đất sang tên ở đâu?",)),
            Procedure(DUTY, "Khai lệ phí trước bạ nhà đất", ("lệ phí trước bạ", "thuế trước bạ"), ()),
            Procedure(CARD, "Cấp lại thẻ căn cước", ("mất căn cước", "mất cccd"), ("Rơi ví mất căn cước thì làm sao?",)),
        )
    },
    ambiguous=(Phrase("sang tên", (LAND, CAR), "Ông/Bà cần sang tên nhà đất hay sang tên xe?"),),
    life_events=(Event(("mới sinh con", "vợ mới đẻ"), (BIRTH, CARD)),),
)


class LetterEncoder:
    """Vectors of hashed letter groups: near texts are near, and nothing is loaded. Counts what it is asked."""

    def __init__(self) -> None:
        self.passages = 0
        self.calls = 0
        self.queries: list[str] = []

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.calls += 1
        self.queries += texts
        return self._encode(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.passages += len(texts)
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        found = np.zeros((len(texts), 256), np.float32)
        for row, text in enumerate(texts):
            padded = f" {fold(text)} "
            for i in range(len(padded) - 2):
                found[row, zlib.crc32(padded[i : i + 3].encode("utf-8", "replace")) % 256] += 1
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def queries(name: str) -> list[tuple[str, list[str], str]]:
    """(query, codes, style) of an evaluation file."""
    lines = (EVAL_FOLDER / name).read_text(encoding="utf-8").splitlines()[1:]
    return [(query, codes.split(","), style) for query, codes, style in (line.split("\t") for line in lines)]
