"""The processes of the product: how each is started and how its health is seen."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.engine_processes import local_engine_ports
from bot.handover import LISTEN_FD, METRICS_FD
from bot.settings import PROJECT_ROOT, Settings
from bot.training.routes import Slot

PLATFORM_TITLES = {"zalo": "Zalo", "facebook": "Messenger", "telegram": "Telegram"}


@dataclass(frozen=True)
class ProcessSpec:
    """One process. ``health_url`` is None where health is seen elsewhere: in heartbeats (worker, sender, trainer)."""

    name: str
    title: str
    command: tuple[str, ...]
    health_url: str | None
    port: int | None
    environment: Mapping[str, str] = field(default_factory=dict)
    hands_over: bool = False
    """Two of it may run at once, and it tells when it works (``bot.handover``): a successor starts before it ends."""
    listens_on: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """The addresses that old and new accept from together, on sockets of the supervisor's, by the name under which the process
    learns of each."""
    ours: bool = True
    """False: a stand-in for another's system, which a rolling restart leaves alone."""


METRICS_PORTS = {
    name: offset
    for offset, name in enumerate(
        ("gateway", "worker", "sender", "actions", "console", "trainer", "model-server", "engine", "engine-b")
    )
}
"""Where a process tells its metrics: so far from METRICS_PORT_BASE (docs/operators/metrics.md)."""
_FURTHER_PROCESS = 10
"""The second process of a kind is so far from the first, the third from the second."""


def metrics_port(settings: Settings, name: str) -> int:
    """The private port of this process's metrics; 0: none."""
    kind, number = _kind_and_number(name)
    if not settings.metrics_port_base or kind not in METRICS_PORTS:
        return 0
    return settings.metrics_port_base + METRICS_PORTS[kind] + _FURTHER_PROCESS * (number - 1)


def _kind_and_number(name: str) -> tuple[str, int]:
    """``engine-b-2`` is the second process of the kind ``engine-b``."""
    kind, _, number = name.rpartition("-")
    return (kind, int(number)) if number.isdigit() else (name, 1)


def local_url(port: int, path: str = "") -> str:
    """An address on this machine."""
    return f"http://127.0.0.1:{port}{path}"


def console_url(settings: Settings) -> str:
    """Where browsers reach the console."""
    return (settings.console_url or local_url(settings.console_port)).rstrip("/")


def product_processes(settings: Settings) -> list[ProcessSpec]:
    """All processes in the order of their start: what others need comes first."""
    return [_with_metrics(settings, spec) for spec in _processes(settings)]


def _with_metrics(settings: Settings, spec: ProcessSpec) -> ProcessSpec:
    port = metrics_port(settings, spec.name)
    environment = {**spec.environment, "METRICS_PORT": str(port)}
    if not (spec.hands_over and port):
        return replace(spec, environment=environment)
    listens_on = {**spec.listens_on, METRICS_FD: (settings.metrics_host, port)}
    return replace(spec, environment=environment, listens_on=listens_on)


def _processes(settings: Settings) -> list[ProcessSpec]:
    python = sys.executable
    return [
        ProcessSpec(
            "model-server",
            "máy chủ mô hình",
            (python, "-m", "motcua.model_server"),
            local_url(settings.model_server_port, "/health"),
            settings.model_server_port,
        ),
        ProcessSpec(
            "portal",
            "cổng dịch vụ công mô phỏng",
            (python, "-m", "simulators.portal"),
            local_url(settings.portal_port, "/health"),
            settings.portal_port,
            {
                "PORTAL_DATABASE": str(settings.var_dir / "portal.sqlite3"),
                "PORTAL_WEBHOOK_URL": local_url(settings.gateway_port, "/webhooks/portal"),
            },
            ours=False,
        ),
        *_action_servers(settings),
        *engine_slots(settings),
        *_workers(settings),
        *_senders(settings),
        ProcessSpec(
            "gateway",
            "cổng tin nhắn và trang trò chuyện",
            (python, "-m", "connectors.gateway"),
            local_url(settings.gateway_port, "/health"),
            settings.gateway_port,
            hands_over=True,
            listens_on={LISTEN_FD: (settings.bind_host, settings.gateway_port)},
        ),
        ProcessSpec(
            "console",
            "bàn làm việc của cán bộ",
            (python, "-m", "console"),
            local_url(settings.console_port, "/health"),
            settings.console_port,
            hands_over=True,
            listens_on={LISTEN_FD: (settings.bind_host, settings.console_port)},
        ),
        ProcessSpec("trainer", "trình huấn luyện", (python, "-m", "motcua.training"), None, None),
        *_simulators(settings),
    ]


def engine_slots(settings: Settings) -> list[ProcessSpec]:
    """The processes of both engine slots, but not those that others start. Those of the second wait without a model until one
    is tried, which counts as healthy."""
    slots: tuple[tuple[Slot, str, str], ...] = (("a", "engine", "Rasa"), ("b", "engine-b", "Rasa, ngăn b"))
    return [
        _engine_process(settings, slot, name if number == 1 else f"{name}-{number}", _title(title, number), port)
        for slot, name, title in slots
        for number, port in enumerate(local_engine_ports(settings, slot), start=1)
    ]


def _title(title: str, number: int) -> str:
    return title if number == 1 else f"{title} ({number})"


def _engine_process(settings: Settings, slot: Slot, name: str, title: str, port: int) -> ProcessSpec:
    return ProcessSpec(
        name,
        title,
        (str(settings.engine_python), "-m", "engine.launch", "run"),
        local_url(port, "/webhooks/motcua/slot"),
        port,
        {
            **engine_environment(settings),
            "ENGINE_SLOT": slot,
            "ENGINE_PORT": str(port),
            "MODEL_SERVER_URL": local_url(settings.model_server_port),
        },
    )


def _action_servers(settings: Settings) -> list[ProcessSpec]:
    """All accept from one socket: whoever is free takes the next connection."""
    port, command = settings.actions_port, (sys.executable, "-m", "actions")
    listens_on = {LISTEN_FD: (settings.actions_host, port)}
    specs = _several("actions", "máy chủ hành động và tra cứu danh mục", command, settings.actions_processes)
    first = replace(specs[0], health_url=local_url(port, "/health"), port=port)
    return [replace(spec, listens_on=listens_on) for spec in (first, *(_seen_alone(settings, spec) for spec in specs[1:]))]


def _seen_alone(settings: Settings, spec: ProcessSpec) -> ProcessSpec:
    """The process with the health of its port of metrics, where it has one: on a shared port another may answer for it."""
    port = metrics_port(settings, spec.name)
    anywhere = settings.metrics_host in ("", "0.0.0.0", "::")  # noqa: S104 (nothing listens here)
    host = "127.0.0.1" if anywhere else settings.metrics_host
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/readyz"
    return replace(spec, health_url=address, port=port) if port else spec


def _workers(settings: Settings) -> list[ProcessSpec]:
    command = (sys.executable, "-m", "connectors.gateway.worker")
    return _several("worker", "bộ xử lý tin nhắn", command, settings.worker_processes)


def _senders(settings: Settings) -> list[ProcessSpec]:
    """Only where a platform is on: the web chat fetches its messages."""
    command = (sys.executable, "-m", "connectors.gateway.sender")
    return _several("sender", "bộ gửi tin nhắn", command, settings.sender_processes if settings.enabled_channels else 0)


def _several(name: str, title: str, command: tuple[str, ...], count: int) -> list[ProcessSpec]:
    return [
        ProcessSpec(name if number == 1 else f"{name}-{number}", _title(title, number), command, None, None, hands_over=True)
        for number in range(1, count + 1)
    ]


def _simulators(settings: Settings) -> list[ProcessSpec]:
    """The stand-ins of the platforms that are on; they come after the gateway, whose webhooks they try at their start."""
    if not settings.platform_simulators:
        return []
    webhook = local_url(settings.gateway_port, "/webhooks/")
    known = {
        "zalo": (settings.zalo_sim_port, settings.zalo_sim_control_port, {"ZALO_SIM_WEBHOOK_URL": webhook + "zalo"}),
        "facebook": (
            settings.messenger_sim_port,
            settings.messenger_sim_control_port,
            {"MESSENGER_SIM_WEBHOOK_URL": webhook + "facebook"},
        ),
        "telegram": (settings.telegram_sim_port, settings.telegram_sim_control_port, {}),
    }
    modules = {"zalo": "zalo", "facebook": "messenger", "telegram": "telegram"}
    specs = []
    for name in settings.enabled_channels:
        port, control, environment = known[name]
        command = (sys.executable, "-m", f"simulators.{modules[name]}")
        title = f"{PLATFORM_TITLES[name]} mô phỏng"
        health = local_url(control, "/health")
        specs.append(ProcessSpec(f"{name}-simulator", title, command, health, port, environment, ours=False))
    return specs


def engine_environment(settings: Settings) -> dict[str, str]:
    """What Rasa's process reads beside the settings; it does not share ``bot.settings`` (another environment)."""
    return {
        "ACTIONS_URL": local_url(settings.actions_port, "/webhook"),
        "TRACKER_URL": settings.tracker_address,
    }


def working_directory() -> str:
    """Where all processes start, so that relative paths of the Rasa project hold."""
    return str(PROJECT_ROOT)
