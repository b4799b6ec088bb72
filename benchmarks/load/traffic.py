"""Who writes what when: made from a seed, so that a run can be repeated. Pure."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

CHANNELS = ("zalo", "facebook")

QUESTIONS: dict[str, tuple[str, ...]] = {
    "fee": (
        "cho em hỏi làm giấy khai sinh cho bé mất bao nhiêu tiền ạ",
        "le phi doi the can cuoc la bao nhieu",
        "đăng ký kết hôn có phải nộp tiền không",
        "làm hộ chiếu lần đầu hết bao nhiêu vậy shop",
    ),
    "papers": (
        "đăng ký tạm trú cho người thuê trọ cần những giấy tờ gì",
        "xin xac nhan doc than can giay to gi",
        "mở quán ăn thì hồ sơ hộ kinh doanh gồm những gì",
        "khai tử cho bố thì mang theo giấy tờ gì",
    ),
    "time": (
        "làm lý lịch tư pháp mấy ngày có",
        "cấp lại giấy phép lái xe mất bao lâu",
        "hồ sơ xây nhà bao nhiêu ngày thì xong",
    ),
    "status": (
        "hồ sơ của tôi đến đâu rồi",
        "cho hỏi bao giờ thì có kết quả hồ sơ",
        "kiem tra ho so giup em",
    ),
    "small_talk": ("chào bạn", "cảm ơn nhé", "bạn là người hay máy vậy", "vâng em hiểu rồi"),
    "buttons": ("1", "2"),
}
"""Kinds of messages. ``buttons``: the number of a button that was offered last, as people type it."""

_SHARES = {"fee": 22, "papers": 26, "time": 16, "status": 12, "small_talk": 14, "buttons": 10}
_HOURS = (1, 1, 1, 1, 1, 2, 4, 6, 14, 14, 8, 7, 5, 6, 14, 14, 8, 6, 6, 9, 13, 13, 4, 2)
"""Weight of each hour of a day: peaks at 8-10 and 14-16, a third from phones at 19:30-22."""


@dataclass(frozen=True)
class Said:
    """One message. ``at``: seconds from the start; ``number`` counts all messages from 0."""

    at: float
    number: int
    citizen: int
    channel: str
    kind: str
    text: str


def evenly(rate: float, seconds: float) -> list[float]:
    """Moments at a fixed rate."""
    return [number / rate for number in range(int(rate * seconds))]


def day(messages: int, seconds: float, dice: random.Random) -> list[float]:
    """The moments of a day's messages, the day pressed into ``seconds``."""
    hours = dice.choices(range(24), weights=_HOURS, k=messages)
    return sorted((hour + dice.random()) / 24 * seconds for hour in hours)


def busiest_hour_share() -> float:
    """Which share of the day the busiest hour has."""
    return max(_HOURS) / sum(_HOURS)


def talks(moments: Sequence[float], per_citizen: int, seed: int) -> list[Said]:
    """A message for each moment. Every citizen writes ``per_citizen`` of them, with others' in between, all on one platform."""
    if per_citizen < 1:
        raise ValueError("a citizen writes at least once")
    dice = random.Random(seed)
    citizens = max(1, -(-len(moments) // per_citizen))
    order = [number % citizens for number in range(len(moments))]
    said = []
    for number, (at, citizen) in enumerate(zip(moments, order, strict=True)):
        first = number < citizens
        kind = _kind(dice, first=first)
        said.append(Said(at, number, citizen, CHANNELS[citizen % len(CHANNELS)], kind, dice.choice(QUESTIONS[kind])))
    return said


def _kind(dice: random.Random, *, first: bool) -> str:
    """Nobody presses a button before any was offered."""
    kinds = [kind for kind in _SHARES if not (first and kind == "buttons")]
    return dice.choices(kinds, weights=[_SHARES[kind] for kind in kinds])[0]
