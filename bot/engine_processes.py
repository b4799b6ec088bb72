"""Where the engine processes of both slots listen, and whether the settings allow several of them.

Several processes of one slot serve the same conversations: they need one record of them that many may write at once, and one
place for the locks (docs/decisions/0032-several-engine-processes.md).
"""

from urllib.parse import urlsplit

from bot.settings import Settings
from bot.training.routes import SLOTS, Slot

_LAST_PORT = 65_535
PORT_STEP = 100
"""The further processes that ``motcua run`` starts listen so many ports above the one before."""


class EngineProcessesError(ValueError):
    """The settings of the engine processes cannot be right together; the message names them and says what to do."""


def local_engine_ports(settings: Settings, slot: Slot) -> tuple[int, ...]:
    """The ports of the processes of this slot that ``motcua run`` starts; none where others start them."""
    if _named(settings, slot):
        return ()
    first = settings.engine_port if slot == "a" else settings.engine_b_port
    return tuple(first + PORT_STEP * number for number in range(settings.engine_processes))


def engine_addresses(settings: Settings) -> dict[Slot, tuple[str, ...]]:
    """The addresses of all processes of each slot, each without a slash at its end. Raises ``EngineProcessesError``."""
    return {
        slot: _checked(settings, slot) or tuple(f"http://127.0.0.1:{port}" for port in local_engine_ports(settings, slot))
        for slot in SLOTS
    }


def check_engine_processes(settings: Settings) -> None:
    """Raises ``EngineProcessesError`` where several processes would not share what they must share."""
    several = max(len(addresses) for addresses in engine_addresses(settings).values()) > 1
    if not several:
        return
    _check_ports(settings)
    if settings.tracker_address.startswith("sqlite"):
        raise EngineProcessesError(
            "TRACKER_URL must be PostgreSQL where a slot has several engine processes (ENGINE_PROCESSES, ENGINE_URLS): "
            "of a SQLite file one process at a time can write"
        )
    if not settings.redis_url:
        raise EngineProcessesError(
            "REDIS_URL is not set: several engine processes of a slot (ENGINE_PROCESSES, ENGINE_URLS) need shared locks"
        )


def _check_ports(settings: Settings) -> None:
    first, second = (local_engine_ports(settings, slot) for slot in SLOTS)
    if max((*first, *second), default=0) > _LAST_PORT or set(first) & set(second):
        raise EngineProcessesError(
            f"ENGINE_PORT and ENGINE_B_PORT leave no room: each further engine process listens {PORT_STEP} above the one before"
        )


def _named(settings: Settings, slot: Slot) -> tuple[str, ...]:
    text = settings.engine_urls if slot == "a" else settings.engine_b_urls
    return tuple(dict.fromkeys(one.strip().rstrip("/") for one in text.split(",") if one.strip()))


def _checked(settings: Settings, slot: Slot) -> tuple[str, ...]:
    addresses = _named(settings, slot)
    name = "ENGINE_URLS" if slot == "a" else "ENGINE_B_URLS"
    for one in addresses:
        if not _is_address(one):
            raise EngineProcessesError(f"{name}: {one!r} is not an address such as http://engine-1:5005")
    if addresses and settings.engine_processes > 1:
        raise EngineProcessesError(f"{name} names engines that others start; ENGINE_PROCESSES counts those of `motcua run`")
    return addresses


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.path == "" and parts.port != 0
    except ValueError:
        return False
