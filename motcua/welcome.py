"""What ``make run`` prints once everything is healthy: where to chat, what to ask, where to look."""

from typing import Any

import httpx

from bot.settings import Settings
from motcua.demo_accounts import DemoAccounts, demo_file, read_demo_accounts
from motcua.processes import PLATFORM_TITLES, console_url, local_url

EXAMPLES = (
    "Đăng ký khai sinh cho con cần giấy tờ gì?",
    "lam lai can cuoc bi mat het bao nhieu tien",
    "Hồ sơ của tôi đến đâu rồi?",
)


def welcome_lines(settings: Settings, seconds: float, *, demo_accounts: DemoAccounts = "none") -> list[str]:
    """The lines, for a rich console."""
    page = local_url(settings.gateway_port)
    lines = [
        "",
        f"[bold green]Một Cửa đã sẵn sàng[/bold green] sau {seconds:.0f} giây.",
        f"  Trò chuyện:          [bold]{page}/[/bold]",
        "  Trong dòng lệnh:     .venv/bin/motcua chat",
        *_console(settings, demo_accounts=demo_accounts),
        *_phones(settings),
        f"  Cổng mô phỏng:       {local_url(settings.portal_port)}/ (các hồ sơ mẫu)",
        f"  Nhật ký:             {settings.var_dir / 'log'}",
        "",
        "Ba câu hỏi để thử:",
        *(f"  • {example}" for example in EXAMPLES),
    ]
    if example := _example_dossier(settings):
        lines.append(f"    (hồ sơ mẫu {example['dossier_code']}, mã tra cứu {example['lookup_code']})")
    return [*lines, "", "Nhấn Ctrl+C để dừng."]


def _console(settings: Settings, *, demo_accounts: DemoAccounts) -> list[str]:
    """Where officers work, and who may sign in."""
    lines = [f"  Bàn làm việc:        [bold]{console_url(settings)}/[/bold]"]
    if demo_accounts != "none":
        return [*lines, *_demo_accounts(settings, with_passwords=demo_accounts == "made")]
    return [*lines, "    tài khoản đầu tiên: .venv/bin/motcua accounts add TÊN --role administrator"]


_ROLES = {
    "officer": "cán bộ",
    "supervisor": "phụ trách",
    "trainer": "huấn luyện",
    "administrator": "quản trị",
    "auditor": "kiểm toán",
}


def _demo_accounts(settings: Settings, *, with_passwords: bool) -> list[str]:
    """Who may sign in. The passwords are printed once, when they were made."""
    lines = [f"    tài khoản dùng thử trong {demo_file(settings)}; mã bước hai: .venv/bin/motcua accounts code TÊN"]
    if with_passwords:
        lines += [f"      {one.login:<22}{one.password}  {_ROLES[one.role]}" for one in read_demo_accounts(settings)]
    return lines


def _phones(settings: Settings) -> list[str]:
    """Where a person chats as if on a phone, through the platforms' stand-ins."""
    if not settings.platform_simulators:
        return []
    controls = {
        "zalo": settings.zalo_sim_control_port,
        "facebook": settings.messenger_sim_control_port,
        "telegram": settings.telegram_sim_control_port,
    }
    titles = {name: f"{PLATFORM_TITLES[name]} (mô phỏng):" for name in controls}
    return [f"  {titles[name]:<21}{local_url(controls[name])}/" for name in settings.enabled_channels]


def _example_dossier(settings: Settings) -> dict[str, Any] | None:
    """A demo dossier of the portal simulator; None with a real portal."""
    try:
        answer = httpx.get(local_url(settings.portal_port, "/_control/examples"), timeout=3, trust_env=False)
        answer.raise_for_status()
        examples: list[dict[str, Any]] = answer.json()
        return examples[0]
    except (httpx.HTTPError, KeyError, IndexError, ValueError):
        return None
