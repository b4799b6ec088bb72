"""Drawing a sample that anybody can draw again: the frame's hash, the shares of the groups, and the draw itself.

The draw is a simple random sample without replacement in each group: the dossiers are ordered by ``SHA-256(seed | group |
record)``, the first ones are taken. Whoever has frame and seed gets the same sample with any tool that knows SHA-256; no
generator of a programming language stands between. The seed is made by the product at the moment of the draw.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

LEAST_IN_CITY = 400
LEAST_IN_GROUP = 30
_Z = 1.959963984540054
_ONE_SIDED = 1.6448536269514722


@dataclass(frozen=True)
class Stratum:
    """One group of the frame. ``wanted``: answers hoped for; ``drawn``: dossiers whose citizens are invited. ``whole``: all of
    the group are invited, since it has no more."""

    group: str
    population: int
    wanted: int
    drawn: int

    @property
    def whole(self) -> bool:
        """Whether everybody in the group is asked."""
        return self.drawn >= self.population


def frame_hash(frame: Mapping[str, str]) -> str:
    """SHA-256 over the lines ``record<TAB>group``, sorted, each ended by a newline. ``frame``: group by record."""
    digest = hashlib.sha256()
    for record in sorted(frame):
        digest.update(f"{record}\t{frame[record]}\n".encode())
    return digest.hexdigest()


def answers_needed(margin: float, population: int) -> int:
    """How many answers of a simple random sample keep the 95 % interval of a share within ± ``margin`` in the worst case (a share
    of one half), with the correction for a finite population (Cochran 1977, §4.4). 385 of many for 0.05."""
    if population <= 0:
        return 0
    unlimited = _Z**2 * 0.25 / margin**2
    return min(population, math.ceil(unlimited / (1 + (unlimited - 1) / population)))


def allocate(populations: Mapping[str, int], wanted: int, expected_response: float) -> tuple[Stratum, ...]:
    """The share of each group: in proportion to its dossiers, at least ``LEAST_IN_GROUP`` answers, never more than it has.

    Raises ``ValueError`` for a number that makes no sense."""
    if wanted < 1 or not 0 < expected_response <= 1 or any(size < 0 for size in populations.values()):
        raise ValueError("wanted is 1 or more, expected_response above 0 and up to 1, a population 0 or more")
    total = sum(populations.values())
    found = []
    for group, size in populations.items():
        if size == 0:
            continue
        share = max(LEAST_IN_GROUP, math.ceil(wanted * size / total))
        hoped = min(size, share)
        found.append(Stratum(group, size, hoped, min(size, to_invite(share, expected_response))))
    return tuple(found)


def to_invite(answers: int, response: float) -> int:
    """How many to invite so that at least so many answer with a chance of about 95 %, where each answers with the chance
    ``response``: the least k with k·r − 1.645 · √(k·r·(1 − r)) ≥ answers. Inviting answers / r alone would miss half of the
    time."""
    spread = _ONE_SIDED * math.sqrt(1 - response)
    root = (spread + math.sqrt(spread**2 + 4 * answers)) / 2
    return math.ceil(root**2 / response - 1e-9)


def draw(frame: Mapping[str, str], strata: Iterable[Stratum], seed: str) -> Mapping[str, Sequence[str]]:
    """The records drawn in each group, in the order of the draw."""
    by_group: dict[str, list[str]] = {}
    for record, group in frame.items():
        by_group.setdefault(group, []).append(record)
    return {
        one.group: sorted(by_group.get(one.group, ()), key=lambda record: (_place(seed, one.group, record), record))[: one.drawn]
        for one in strata
    }


def _place(seed: str, group: str, record: str) -> str:
    return hashlib.sha256(f"{seed}|{group}|{record}".encode()).hexdigest()
