"""The whole product as one object: prepared, started, healthy, stopped."""

import os
import random
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from pydantic import SecretStr

from bot.engine_processes import local_engine_ports
from bot.settings import Settings
from bot.training.routes import SLOTS
from motcua.local_secrets import NAMES, SIMULATED_NAMES, ensure_secrets, new_secret
from motcua.platforms import SIMULATOR_PORTS, connect_simulators
from motcua.preparation import child_environment, preparation_steps
from motcua.processes import METRICS_PORTS, local_url, product_processes
from motcua.supervisor import Supervisor

_PRIVATE_PORTS = range(20_000, 30_000)
"""Below those that the system gives to connections (from 32768 on): else one could be taken before our process listens."""


PRODUCT_PORTS = (
    "gateway_port",
    "engine_port",
    "engine_b_port",
    "model_server_port",
    "actions_port",
    "portal_port",
    "console_port",
)
_ENGINE_PORTS = ("engine_port", "engine_b_port")


ADDRESSES_ELSEWHERE = ("actions_url", "gateway_url")
"""Settings that name processes on other hosts; a product of its own on this machine has none."""


_SHARED_WITH_THE_PORTAL = ("portal_client_secret", "portal_webhook_secret", "portal_lgsp_password")
"""A product of its own speaks to a stand-in of its own, which must not learn what the real portal gave us."""


class PortTakenError(Exception):
    """A port of ours is in use; the message says which and what to do."""


def load_settings() -> Settings:
    """The settings in force, completed with this machine's local secrets."""
    var_dir = Path(os.environ.get("VAR_DIR") or Settings.model_fields["var_dir"].default)
    simulated = os.environ.get("PLATFORM_SIMULATORS", "true").strip().lower() not in ("false", "0", "no", "off")
    ensure_secrets(var_dir / "secrets.env", os.environ, (*NAMES, *SIMULATED_NAMES) if simulated else NAMES)
    return with_simulators(Settings())


def with_simulators(settings: Settings) -> Settings:
    """The same settings, speaking to this machine's stand-ins of the platforms where they are to be started."""
    if not settings.platform_simulators:
        return settings
    return settings.model_copy(
        update={
            "zalo_api_url": local_url(settings.zalo_sim_port),
            "zalo_oauth_url": local_url(settings.zalo_sim_port),
            "facebook_graph_url": local_url(settings.messenger_sim_port),
            "telegram_api_url": local_url(settings.telegram_sim_port),
        }
    )


def make_supervisor(settings: Settings, say: Callable[[str], None]) -> Supervisor:
    """A supervisor for all processes under these settings."""
    return Supervisor(product_processes(settings), settings.var_dir / "log", child_environment(settings), say)


def prepare(settings: Settings, say: Callable[[str], None]) -> None:
    """Runs the preparation steps, telling each."""
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    environment = child_environment(settings)
    steps = preparation_steps(settings, environment, say)
    for number, step in enumerate(steps, start=1):
        say(f"[{number}/{len(steps)}] {step.title}")
        began = time.monotonic()
        step.run()
        say(f"  ✓ {time.monotonic() - began:.1f} s")


def check_ports(settings: Settings) -> None:
    """Raises ``PortTakenError`` where a port of ours answers already."""
    names = [name for name in PRODUCT_PORTS if name not in _ENGINE_PORTS]
    if settings.platform_simulators:
        names += [port for channel in settings.enabled_channels for port in SIMULATOR_PORTS[channel]]
    ports = [(name, getattr(settings, name)) for name in names]
    for slot, name in zip(SLOTS, _ENGINE_PORTS, strict=True):
        ports += [(name, port) for port in local_engine_ports(settings, slot)]
    if settings.metrics_port_base:
        ports += [("metrics_port_base", settings.metrics_port_base + offset) for offset in METRICS_PORTS.values()]
    for name, port in ports:
        if port_taken(port):
            raise PortTakenError(
                f"Cổng {port} đang được dùng. Dừng chương trình đang dùng cổng này, hoặc đặt {name.upper()} sang số khác."
            )


def port_taken(port: int) -> bool:
    """Whether something listens on this port of the loopback address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count: int) -> list[int]:
    """Different ports that are free now, chosen by chance. Raises ``OSError`` where there are not so many."""
    by_chance = random.sample(_PRIVATE_PORTS, len(_PRIVATE_PORTS))
    ports = list(islice((port for port in by_chance if _can_be_bound(port)), count))
    if len(ports) < count:
        raise OSError(f"no {count} free ports between {_PRIVATE_PORTS.start} and {_PRIVATE_PORTS.stop}")
    return ports


def _can_be_bound(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def private_settings(settings: Settings, folder: Path) -> Settings:
    """Settings of a product beside the running one: own ports, own ledger, own logs, the same model and catalogue."""
    simulated = [name for ports in SIMULATOR_PORTS.values() for name in ports]
    names = (*PRODUCT_PORTS, *simulated)
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    own = settings.model_copy(
        update={
            **ports,
            "console_url": None,
            "metrics_port": 0,
            "metrics_port_base": 0,
            "portal_url": local_url(ports["portal_port"]),
            "portal_lgsp_url": local_url(ports["portal_port"], "/lgsp"),
            "var_dir": folder,
            "tracker_url": None,
            "actions_processes": 1,
            "engine_processes": 1,
            "engine_urls": "",
            "engine_b_urls": "",
            **dict.fromkeys(ADDRESSES_ELSEWHERE),
            **{name: SecretStr(new_secret(name.upper())) for name in _SHARED_WITH_THE_PORTAL},
            **dict.fromkeys(("bind_host", "actions_host", "model_server_host"), "127.0.0.1"),
            "database_url": f"sqlite:///{folder / 'ledger.sqlite3'}",
            "database_direct_url": None,
        }
    )
    return with_simulators(own)


@contextmanager
def private_stack(settings: Settings, say: Callable[[str], None], *, own_ledger: bool = True) -> Iterator[Settings]:
    """The whole product for the length of the block, on free ports and in a temporary folder. ``own_ledger`` False: over the
    ledger that the settings name, which must be nobody else's."""
    with tempfile.TemporaryDirectory(prefix="motcua-") as folder:
        own = private_settings(settings, Path(folder))
        if not own_ledger:
            own = own.model_copy(update={"database_url": settings.database_url})
        prepare(own, say)
        supervisor = make_supervisor(own, say)
        supervisor.start()
        try:
            supervisor.wait_healthy()
            connect_simulators(own, say)
            yield own
        finally:
            supervisor.stop()
