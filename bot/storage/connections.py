"""How many connections all processes of the product may hold at once, and whether the PostgreSQL server has room for them.

The rule: at most 70 % of what the server leaves to ordinary roles. The rest is for backups, migrations, people with ``psql``,
and for the moment of a rolling restart in which a process and its successor both run.
"""

from dataclasses import dataclass

from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError

from bot.engine_processes import engine_addresses
from bot.settings import Settings
from bot.storage.database import Database, database_url, is_pooled, open_database

SHARE_OF_THE_SERVER = 0.7
_SMALL = {"gateway": 2, "worker": 1, "sender": 1, "actions": 12, "model-server": 4, "trainer": 4}
"""What a process holds beside the pool of ``ledger_of``: figures, notices (one connection that listens), drafts, look-ups."""
_WITH_POOL = ("gateway", "worker", "sender", "console")
_ENGINE_POOL = 5
"""``TRACKER_POOL_SIZE``'s default; the engine's own setting."""


@dataclass(frozen=True)
class Room:
    """What the processes may take and what the server has. ``most``: connections that ordinary roles may have in all."""

    wanted: int
    most: int

    @property
    def allowed(self) -> int:
        """How many our processes may take."""
        return int(self.most * SHARE_OF_THE_SERVER)

    @property
    def fits(self) -> bool:
        """Whether the rule is kept."""
        return self.wanted <= self.allowed


def ledger_of(settings: Settings) -> Database:
    """The ledger with the pool that the settings give to each process that citizens or officers wait for."""
    return open_database(settings.database_url, pool_size=settings.database_pool_size, overflow=settings.database_pool_overflow)


def shares(settings: Settings) -> dict[str, int]:
    """The most connections of the processes that ``motcua run`` starts, those of a kind together."""
    pool = settings.database_pool_size + settings.database_pool_overflow
    senders = ["sender"] if settings.enabled_channels else []
    names = ["gateway", "worker", *senders, "console", "actions", "model-server", "trainer"]
    found = {name: (_SMALL.get(name, 0) + (pool if name in _WITH_POOL else 0)) * _count(settings, name) for name in names}
    engines = sum(len(addresses) for addresses in engine_addresses(settings).values())
    if _same_server(settings.tracker_address, settings.database_direct_url or settings.database_url):
        found["engines"] = engines * _ENGINE_POOL
        found["worker"] += 2 * settings.worker_processes  # deletes from the engines' record
    return found


def _count(settings: Settings, name: str) -> int:
    """How many processes of this kind are started."""
    several = {"worker": settings.worker_processes, "sender": settings.sender_processes, "actions": settings.actions_processes}
    return several.get(name, 1)


def room(settings: Settings) -> Room | None:
    """How the wish of all processes stands to the server; None on SQLite, behind a pooler without a direct address, and where the
    server does not answer."""
    found = server_settings(settings, "max_connections", "superuser_reserved_connections")
    return Room(sum(shares(settings).values()), int(found[0]) - int(found[1])) if found is not None else None


def server_settings(settings: Settings, *names: str) -> tuple[str, ...] | None:
    """What PostgreSQL says of these settings of its own; None on SQLite, behind a pooler without a direct address, and where the
    server does not answer."""
    direct = settings.database_direct_url or settings.database_url
    if database_url(direct).drivername == "sqlite" or is_pooled(direct):
        return None
    database = open_database(direct, pool_size=1)
    try:
        with database.sessions() as session:
            return tuple(str(session.execute(text(f"SHOW {name}")).scalar_one()) for name in names)
    except SQLAlchemyError:
        return None
    finally:
        database.engine.dispose()


def _same_server(one: str, other: str) -> bool:
    first, second = make_url(one), make_url(other)
    if "sqlite" in (first.get_backend_name(), second.get_backend_name()):
        return False
    return (first.host, first.port or 5432) == (second.host, second.port or 5432)
