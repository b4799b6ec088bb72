"""Whether secrets are there, strong enough, and readable by their owner only."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from bot.conversations.encryption import LedgerKeyError
from bot.conversations.key_rotation import LedgerKeys
from bot.secret_strength import GIVEN, MAKE_ONE, SHORTEST, WeakSecret, Why, weak_secrets
from bot.settings import Settings
from motcua.backup.sealing import SHORTEST_KEY
from motcua.checkup.finding import Finding, Level
from motcua.checkup.phrases import Phrase

_WHY: Mapping[Why, str] = {
    "short": Phrase("secret_short", least=SHORTEST),
    "few": Phrase("secret_few"),
    "guessed": Phrase("secret_guessed"),
}

OF_PLATFORMS: Mapping[str, tuple[str, ...]] = {
    "zalo": ("zalo_app_id", "zalo_app_secret", "zalo_oa_id", "zalo_oa_secret_key"),
    "facebook": (
        "facebook_app_id", "facebook_app_secret", "facebook_page_id", "facebook_page_token", "facebook_verify_token",
    ),
    "telegram": ("telegram_bot_token", "telegram_webhook_secret"),
}  # fmt: skip


def check_secrets(settings: Settings) -> list[Finding]:
    """The secrets that stand between strangers and us."""
    findings = [_weakness(settings, one) for one in (*weak_secrets(settings), *weak_secrets(settings, GIVEN))]
    try:
        LedgerKeys(settings.ledger_key.get_secret_value())
    except LedgerKeyError as error:
        findings.append(Finding("LEDGER_KEY", "error", str(error), Phrase("keys_page")))
    key = plain(settings, "backup_key")
    if key and len(key) < SHORTEST_KEY:
        findings.append(
            Finding("BACKUP_KEY", "error", Phrase("secret_short", least=SHORTEST_KEY), Phrase("make_key", command=MAKE_ONE))
        )
    for channel in settings.enabled_channels:
        missing = [name.upper() for name in OF_PLATFORMS[channel] if not plain(settings, name)]
        if missing:
            findings.append(
                Finding(
                    Phrase("channel", channel=channel),
                    "error",
                    Phrase("not_set", names=", ".join(missing)),
                    Phrase("page", page=_PAGES[channel]),
                )
            )
    if settings.zalo_signature != "enforce" and "zalo" in settings.enabled_channels:
        meaning = Phrase("signature_means")
        findings.append(Finding(Phrase("signature"), "error", Phrase("signature_off"), Phrase("signature_on"), meaning))
    return findings or [Finding(Phrase("secrets"), "ok", Phrase("secrets_well"))]


_PAGES = {"zalo": "zalo.md", "facebook": "messenger.md", "telegram": "telegram.md"}


def plain(settings: Settings, name: str) -> str:
    """The value of a setting as text; empty where it is not set."""
    value = getattr(settings, name)
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value or "")


def _weakness(settings: Settings, weak: WeakSecret) -> Finding:
    name, why = weak.name.upper(), _WHY[weak.why]
    if weak.name in GIVEN:
        return Finding(name, "warning", why, Phrase("secret_of_portal"), Phrase("secret_means"))
    level: Level = "warning" if settings.platform_simulators else "error"
    meaning = Phrase("secret_means") if settings.platform_simulators else Phrase("secret_refused")
    return Finding(name, level, why, Phrase("secret_new", command=MAKE_ONE), meaning)


def check_private_files(settings: Settings, environ: Mapping[str, str] = os.environ) -> list[Finding]:
    """Files with secrets and with citizens' data are their owner's alone."""
    named = [
        Path(path) for name, path in environ.items() if name.endswith("_FILE") and name.removesuffix("_FILE").lower() in _SECRETS
    ]
    data = sorted(settings.var_dir.glob("*.sqlite3")) if settings.var_dir.is_dir() else []
    findings = []
    for path in [settings.var_dir / "secrets.env", *named, settings.deletion_journal_file, *data]:
        if not path.is_file():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077 and not (path in named and mode & 0o077 == 0o040):
            level: Level = "error" if mode & 0o007 else "warning"
            meaning = Phrase("file_others") if mode & 0o007 else Phrase("file_group")
            findings.append(Finding(Phrase("file"), level, f"{path} ({mode:o})", f"chmod 600 {path}", meaning))
    return findings or [Finding(Phrase("file"), "ok", Phrase("file_well"))]


_SECRETS = frozenset(name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation))
