"""Who says what when, and which process is killed when: made from a seed, so that a run can be repeated. Pure."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from bot.settings import PLATFORMS

QUESTIONS: dict[str, str] = {
    "đăng ký khai sinh cho con cần giấy tờ gì": "1.001193",
    "làm hộ chiếu mất bao lâu": "1.001456",
    "đăng ký tạm trú cần giấy tờ gì": "1.004194",
    "dang ky ket hon can giay to gi": "1.000894",
    "xin giấy xác nhận độc thân lệ phí bao nhiêu": "1.004873",
    "khai tử có mất tiền không": "1.000656",
    "em muốn mở quán cà phê thì đăng ký hộ kinh doanh thế nào": "1.001612",
    "xin giấy phép xây nhà mất bao nhiêu ngày": "1.013225",
    "mất cccd làm lại hết bao nhiêu tiền": "1.014064",
    "phiếu lý lịch tư pháp mất mấy ngày": "3.000333",
}
"""Each names its procedure, whose code the answer carries: so an answer can be tied to its question without the ledger's help."""

_CALM_EDGE = 0.04
_COPIED_SHARE = 0.15
_LONGEST_INTO_WORK = 0.15


@dataclass(frozen=True)
class Size:
    """How much happens: ``messages`` by each citizen within ``seconds``. ``at_work``: the share of the kills that are aimed at
    work in hand; most moments of a process are idle."""

    citizens: int
    messages: int
    kills: int
    seconds: float
    seed: int
    at_work: float = 0.5


@dataclass(frozen=True)
class Said:
    """One message; ``number`` counts the citizen's messages from 0. ``copies``: the platform delivers it so many times more,
    all at the same instant."""

    at: float
    citizen: int
    number: int
    text: str
    copies: int


@dataclass(frozen=True)
class Kill:
    """``kill -9`` of a process. ``into_work``: so many seconds after it is seen at work the next time; None: at this moment,
    whatever it does."""

    at: float
    process: str
    into_work: float | None


@dataclass(frozen=True)
class Plan:
    """All that happens, each list in the order of its time (seconds from the start)."""

    channels: tuple[str, ...]
    messages: tuple[Said, ...]
    kills: tuple[Kill, ...]


def plan_of(size: Size, processes: Sequence[str]) -> Plan:
    """The plan. No citizen asks a question twice, so that a text names a message. Every entry of ``processes`` gets an equal
    share of the kills.

    Raises ``ValueError`` where there are more messages per citizen than questions.
    """
    if not 0 < size.messages <= len(QUESTIONS):
        raise ValueError(f"a citizen has 1 to {len(QUESTIONS)} different questions, not {size.messages}")
    dice = random.Random(size.seed)
    channels = tuple(PLATFORMS[number % len(PLATFORMS)] for number in range(size.citizens))
    messages = [said for citizen in range(size.citizens) for said in _talk(citizen, size, dice)]
    edge = size.seconds * _CALM_EDGE
    moments = sorted(dice.uniform(edge, size.seconds - edge) for _ in range(size.kills))
    shares = _shares(processes, size.kills, dice)
    kills = [Kill(at, process, _into_work(dice, size.at_work)) for at, process in zip(moments, shares, strict=True)]
    return Plan(channels, tuple(sorted(messages, key=lambda said: (said.at, said.citizen, said.number))), tuple(kills))


def _talk(citizen: int, size: Size, dice: random.Random) -> list[Said]:
    """One citizen's messages, at random moments: now and then two within a moment."""
    moments = sorted(dice.uniform(0, size.seconds) for _ in range(size.messages))
    texts = dice.sample(list(QUESTIONS), size.messages)
    copies = [dice.choice((1, 2)) if dice.random() < _COPIED_SHARE else 0 for _ in moments]
    return [Said(at, citizen, n, text, more) for n, (at, text, more) in enumerate(zip(moments, texts, copies, strict=True))]


def _into_work(dice: random.Random, share: float) -> float | None:
    return dice.uniform(0, _LONGEST_INTO_WORK) if dice.random() < share else None


def _shares(processes: Sequence[str], count: int, dice: random.Random) -> list[str]:
    chosen: list[str] = []
    while len(chosen) < count:
        chosen += dice.sample(list(processes), len(processes))
    return chosen[:count]
