"""All settings of the application environment, in one place.

Each setting is read from the environment variable named like the field in upper case; a variable ``NAME_FILE`` names a file
that holds the value instead (for secrets). ``docs/operators/settings.md`` describes every one of them; a test compares.
"""

import os
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent
INSTALLED = PROJECT_ROOT.parent.name in ("site-packages", "dist-packages")
"""Whether this is an installed package, whose folder nobody writes to, and no checkout."""
WORK_ROOT = Path.cwd() if INSTALLED else PROJECT_ROOT
"""Where what an installation makes lies by default: the checkout, or the folder in which an installed package was started."""
PLATFORMS = ("zalo", "facebook", "telegram")


def _without_slash(address: str) -> str:
    return address.rstrip("/")


class MissingSettingError(ValueError):
    """A setting that is needed is not set; the message names it."""


class FileVariantSource(PydanticBaseSettingsSource):
    """Reads ``NAME_FILE`` where ``NAME`` itself is not set. A file that cannot be read stops the start, by name."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 (interface)
        """The content of the file named by ``FIELD_FILE``, or None."""
        path = os.environ.get(f"{field_name.upper()}_FILE")
        return (Path(path).read_text(encoding="utf-8").strip() if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        """All values found in files."""
        found = {name: self.get_field_value(info, name)[0] for name, info in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


class Settings(BaseSettings):
    """The settings, with the defaults of ``make run``."""

    model_config = SettingsConfigDict(extra="ignore", hide_input_in_errors=True)

    database_url: str = Field(
        f"sqlite:///{WORK_ROOT / 'var' / 'motcua.sqlite3'}", description="Ledger: SQLAlchemy URL, SQLite or PostgreSQL."
    )
    database_pool_size: int = Field(
        5, ge=2, le=100, description="Connections to the ledger that gateway, worker, sender and console keep, each."
    )
    database_pool_overflow: int = Field(
        2, ge=0, le=100, description="Connections that each of them opens beside these for a moment of many requests."
    )
    database_direct_url: str | None = Field(
        None, description="The ledger's server without the pooler in between: for notices and migrations; empty: DATABASE_URL."
    )
    tracker_url: str | None = Field(None, description="Rasa's conversations: SQLAlchemy URL; a file in VAR_DIR where empty.")
    redis_url: str | None = Field(None, description="Rasa's lock store; the in-memory store where empty.")
    data_dir: Path = Field(PROJECT_ROOT / "data", description="Folder of the catalogue and of the Rasa training data.")
    models_dir: Path = Field(WORK_ROOT / "models", description="Folder of trained Rasa models and of the embedded encoder.")
    embedding_model: str = Field("e5-vi", description="A folder under models_dir, or any sentence-transformers model name.")
    engine_python: Path = Field(
        WORK_ROOT / ".venv-engine" / "bin" / "python", description="Python of the engine's environment (Rasa)."
    )
    var_dir: Path = Field(WORK_ROOT / "var", description="Folder of logs, local secrets and SQLite files.")
    bind_host: str = Field("127.0.0.1", description="Address that the gateway and the console listen on.")
    gateway_port: int = Field(8080, description="Port of the gateway and the web chat.")
    engine_port: int = Field(5005, description="Private port of Rasa (engine slot a); loopback only.")
    engine_b_port: int = Field(5006, description="Private port of the second engine slot; loopback only.")
    worker_processes: int = Field(
        1, ge=1, le=16, description="Workers that `motcua run` starts; several need PostgreSQL to be of use."
    )
    sender_processes: int = Field(1, ge=1, le=16, description="Senders that `motcua run` starts, the same.")
    actions_processes: int = Field(
        1, ge=1, le=16, description="Action servers that `motcua run` starts; all accept calls on ACTIONS_PORT."
    )
    engine_processes: int = Field(
        1, ge=1, le=16, description="Engine processes of each slot that `motcua run` starts; several need PostgreSQL and Redis."
    )
    engine_urls: str = Field(
        "", description="Addresses of the engine processes of slot a, comma separated, where others start them; empty: ours."
    )
    engine_b_urls: str = Field("", description="The same of slot b.")
    model_server_host: str = Field("127.0.0.1", description="Address that the model server listens on; never a public one.")
    model_server_port: int = Field(5007, description="Private port of the model server that the engines ask.")
    console_port: int = Field(8081, description="Port of the officers' console.")
    console_url: str | None = Field(None, description="Address of the console as browsers reach it; empty: this machine's own.")
    console_session_idle_minutes: int = Field(30, ge=1, le=720, description="A console session ends after this silence.")
    console_session_hours: int = Field(12, ge=1, le=24, description="A console session ends after this time at the latest.")
    console_oidc_issuer: str | None = Field(None, description="Issuer of the single sign-on (OIDC); empty: none.")
    console_oidc_client_id: str | None = Field(None, description="Our client id there.")
    console_oidc_client_secret: SecretStr | None = Field(None, description="Our client secret there.")
    console_oidc_trusts_second_factor: bool = Field(
        False, description="The provider asks for a second factor itself, so the console does not."
    )
    console_oidc_create_accounts: bool = Field(
        False, description="Unknown people whom the provider knows get an account without any role."
    )
    actions_host: str = Field("127.0.0.1", description="Address that the action server listens on; never a public one.")
    actions_port: int = Field(5055, description="Private port of the action server.")
    actions_url: str | None = Field(None, description="Address of the action server elsewhere; empty: ACTIONS_PORT here.")
    gateway_url: str | None = Field(None, description="Address of the gateway as workers reach it; empty: GATEWAY_PORT here.")
    portal_port: int = Field(8090, description="Port of the portal simulator started by `make run`.")
    portal_url: str = Field("http://127.0.0.1:8090", description="Base address of the portal's API.")
    portal_adapter: Literal["http", "lgsp"] = Field("http", description="How the portal is spoken to: our contract, or LGSP.")
    portal_client_id: str = Field("motcua", description="Our client id at the portal's OAuth2 server.")
    portal_client_secret: SecretStr | None = Field(None, description="Our client secret there; required by the adapter http.")
    portal_webhook_secret: SecretStr | None = Field(None, description="Secret that signs the portal's webhooks.")
    portal_link_hosts: str = Field("", description="Hosts of the portal's pages that links may lead to, comma separated.")
    portal_register_minutes: int = Field(10, ge=1, le=1440, description="How often the portal's list of dossiers is read on.")
    portal_lgsp_url: str = Field("http://127.0.0.1:8090/lgsp", description="Address of the exchange services on the LGSP.")
    portal_lgsp_login_url: str | None = Field(None, description="Address of their login; PORTAL_LGSP_URL/login where empty.")
    portal_lgsp_user: str = Field("motcua", description="Our user on the LGSP.")
    portal_lgsp_password: SecretStr | None = Field(None, description="Our password there; required by the adapter lgsp.")
    portal_lgsp_agency: str = Field("000.00.00.H05", description="Code of the agency that asks (madonvi).")
    portal_lgsp_destination: str = Field("dvcqg", description="Code of the system that is asked (header dstcode).")
    portal_poll_minutes: int = Field(5, ge=1, le=1440, description="How often the portal's list of changes is read.")
    notice_quiet_hours: str = Field("21:00-07:00", description="When no notice is sent, in Vietnam time; empty: never quiet.")
    campaign_rest_days: int = Field(7, ge=0, le=365, description="Least days between two campaigns to one person.")
    campaign_messages_per_minute: int = Field(
        60, ge=1, le=600, description="Messages of campaigns on one channel, a minute at most; answers always go first."
    )
    talk_rating_days: int = Field(
        30, ge=0, le=366, description="A conversation is asked whether it helped at most once in so many days; 0: never."
    )
    talk_rating_idle_minutes: int = Field(10, ge=1, le=50, description="Silence after which a talk counts as ended and is rated.")
    supplement_reminder_days: str = Field("3,1", description="Working days before a supplement's deadline to remind at.")
    pick_up_reminder_days: int = Field(3, ge=1, le=60, description="Days after which a waiting result is reminded of.")
    engine_secret: SecretStr = Field(description="Shared secret between gateway and engine.")
    ledger_key: SecretStr = Field(description="Key that encrypts personal numbers and raw messages at rest (Fernet).")
    web_session_secret: SecretStr = Field(description="Key that signs the web chat's session tokens.")
    allowed_embed_origins: str = Field("", description="Sites that may embed the widget, comma separated; empty: only ours.")
    channels: str = Field("zalo,facebook", description="Platforms that are on beside the web chat: zalo, facebook, telegram.")
    platform_simulators: bool = Field(
        True, description="`motcua run` starts stand-ins of the platforms that are on and speaks to them; false in production."
    )
    public_url: str | None = Field(None, description="Our https address as the platforms reach it, without a path.")
    open_data_licence: str | None = Field(
        None, description="Terms of reuse of the open data, in the words of the body in charge; empty: none were published."
    )
    inbound_hold_back_seconds: float = Field(
        0.6, ge=0, le=5, description="How long a message of an unordered platform waits for an earlier one."
    )
    platform_officer_silence_minutes: int = Field(
        30, ge=1, le=1440, description="After this silence of an officer in a platform's own inbox the bot may speak again."
    )
    training_dir: Path | None = Field(
        None, description="Folder of the trainers' Git workspace, of jobs and published data; VAR_DIR/training where empty."
    )
    training_memory_mb: int = Field(4096, ge=512, description="Address space that a command of a training may use, in MB.")
    training_step_minutes: int = Field(60, ge=1, le=1440, description="A step of a training that takes longer is ended.")
    inbox_shared_seconds: float = Field(
        2.0, ge=0, le=2, description="How long all officers' inbox pages of one process share what was read for one of them."
    )
    team_hours: Literal["teams", "always"] = Field(
        "teams", description="When officers' teams are open: as data/teams.yml and the calendar say, or always (trials)."
    )
    handoff_wait_minutes: int = Field(
        15, ge=1, le=1440, description="Working minutes in the queue after which a citizen hears an apology and may choose."
    )
    officer_silence_minutes: int = Field(
        10, ge=1, le=1440, description="Minutes a citizen waits for an officer's next word before the team is asked again."
    )
    reply_approval_notice_minutes: int = Field(
        5, ge=1, le=1440, description="A reply that waits so long for a second person is announced to the citizen."
    )
    reply_approval_minutes: int = Field(
        60, ge=1, le=1440, description="A reply that waits longer for a second person no longer excuses its officer's silence."
    )
    handoff_reopen_hours: int = Field(
        24, ge=0, le=720, description="How long after an officer's end a citizen's message goes back to the same team."
    )
    zalo_app_id: str | None = Field(None, description="Id of our Zalo app.")
    zalo_app_secret: SecretStr | None = Field(None, description="Secret of our Zalo app, for its tokens.")
    zalo_oa_id: str | None = Field(None, description="Id of our Zalo Official Account.")
    zalo_oa_secret_key: SecretStr | None = Field(None, description="Secret that signs Zalo's webhooks.")
    zalo_code_verifier: SecretStr | None = Field(None, description="PKCE verifier, where a challenge is set in Zalo's console.")
    zalo_signature: Literal["enforce", "log_only"] = Field("enforce", description="What a wrong signature of Zalo leads to.")
    zalo_api_url: str = Field("https://openapi.zalo.me", description="Base address of Zalo's OpenAPI.")
    zalo_oauth_url: str = Field("https://oauth.zaloapp.com", description="Base address of Zalo's OAuth.")
    facebook_app_id: str | None = Field(None, description="Id of our Facebook app.")
    facebook_app_secret: SecretStr | None = Field(None, description="Secret of our Facebook app: signs webhooks and calls.")
    facebook_page_id: str | None = Field(None, description="Id of our page.")
    facebook_page_token: SecretStr | None = Field(None, description="Access token of our page.")
    facebook_verify_token: SecretStr | None = Field(None, description="Word that Facebook repeats when the webhook is set.")
    facebook_graph_url: str = Field("https://graph.facebook.com", description="Base address of the Graph API.")
    facebook_graph_version: str = Field("v25.0", description="Version of the Graph API.")
    facebook_human_agent: bool = Field(False, description="Facebook granted our app the feature Human Agent.")
    telegram_bot_token: SecretStr | None = Field(None, description="Token of our Telegram bot.")
    telegram_webhook_secret: SecretStr | None = Field(None, description="Word that Telegram sends with every webhook.")
    telegram_api_url: str = Field("https://api.telegram.org", description="Base address of the Bot API.")
    zalo_sim_port: int = Field(8091, description="Port of the Zalo simulator; its phone page is on the next setting's port.")
    zalo_sim_control_port: int = Field(8101, description="Port of the Zalo simulator's phone page and controls.")
    messenger_sim_port: int = Field(8092, description="Port of the Messenger simulator.")
    messenger_sim_control_port: int = Field(8102, description="Port of the Messenger simulator's phone page and controls.")
    telegram_sim_port: int = Field(8093, description="Port of the Telegram simulator.")
    telegram_sim_control_port: int = Field(8103, description="Port of the Telegram simulator's phone page and controls.")
    retention_file: Path = Field(
        PROJECT_ROOT / "bot" / "retention" / "periods.yml", description="How long each class of data is kept."
    )
    deletion_journal: Path | None = Field(
        None, description="File that notes deletions outside the ledger, for restores; VAR_DIR/deletions.journal where empty."
    )
    backup_dir: Path | None = Field(None, description="Folder of the backups, which `motcua doctor` looks at; empty: none.")
    backup_key: SecretStr | None = Field(None, description="Key or passphrase that encrypts backups; at least 20 characters.")
    report_hour: int = Field(6, ge=0, le=23, description="Hour of the day (Vietnam) from which yesterday's report is made.")
    report_agency: str = Field(
        "Trung tâm Phục vụ hành chính công thành phố Bắc Ninh", description="Agency in whose name reports are written."
    )
    report_parent_agency: str = Field(
        "Ủy ban nhân dân thành phố Bắc Ninh", description="Agency above it, as it stands at the head of a report."
    )
    report_folder: Path | None = Field(None, description="Folder that reports are saved in; empty: none.")
    report_mail_to: str = Field("", description="Addresses that reports are mailed to, comma separated; empty: none.")
    report_mail_from: str | None = Field(None, description="Address that they come from.")
    report_smtp_host: str | None = Field(None, description="Mail server that takes them.")
    report_smtp_port: int = Field(587, ge=1, le=65535, description="Its port.")
    report_smtp_user: str | None = Field(None, description="Our user there; empty: no sign-in.")
    report_smtp_password: SecretStr | None = Field(None, description="Our password there.")
    report_smtp_security: Literal["starttls", "tls", "none"] = Field("starttls", description="How the connection is secured.")
    report_webhook_url: str | None = Field(None, description="Address that reports are posted to (https); empty: none.")
    report_webhook_secret: SecretStr | None = Field(None, description="Secret that signs what is posted there.")
    report_webhook_local: str = Field("", description="host:port of receivers in our own network, comma separated.")
    link_checks: bool = Field(
        False, description="A worker looks at the page behind every procedure's official link once a day; needs a way out."
    )
    link_checks_loopback: bool = Field(
        False, description="Links to this machine itself may be looked at: for tests and stand-ins, never in production."
    )
    clamd_address: str | None = Field(None, description="clamd for uploaded papers: host:port or a socket's path; empty: none.")
    hotline: str | None = Field(None, description="Telephone number spoken to citizens; never spoken where empty.")
    hotline_checked: date | None = Field(
        None, description="Day on which HOTLINE was last confirmed; the page of official channels names the number only with it."
    )
    official_channel_links: str = Field(
        "", description="Links to our accounts on that page, comma separated: zalo=https://zalo.me/…, facebook=https://m.me/…"
    )
    security_contact: str = Field(
        "", description="Whom to tell of a weakness, for /.well-known/security.txt: e-mail or https, comma separated; empty: 404."
    )
    security_contact_until: date | None = Field(None, description="Last day on which SECURITY_CONTACT holds; without it: 404.")
    log_level: str = Field("INFO", description="Level of the logs.")
    log_format: Literal["auto", "json", "text"] = Field(
        "auto", description="How log lines look: one JSON object each, text for people, or text on a terminal and JSON elsewhere."
    )
    metrics_host: str = Field("127.0.0.1", description="Address of the private port of metrics, life and readiness.")
    metrics_port: int = Field(0, ge=0, le=65535, description="That port of this one process; 0: none.")
    metrics_port_base: int = Field(
        9101, ge=0, le=65000, description="`motcua run` gives its processes such ports from this one on; 0: none."
    )
    build_commit: str | None = Field(None, description="Commit of this release, for the metrics; asked of git where empty.")

    @property
    def tracker_address(self) -> str:
        """Where the engine keeps its conversations: TRACKER_URL, or a file in VAR_DIR."""
        return self.tracker_url or f"sqlite:///{self.var_dir / 'tracker.sqlite3'}"

    @property
    def actions_address(self) -> str:
        """Where the action server is, without a path: ACTIONS_URL (which the engine may know with its ``/webhook``), or here."""
        return _without_slash(self.actions_url or f"http://127.0.0.1:{self.actions_port}").removesuffix("/webhook")

    @property
    def gateway_address(self) -> str:
        """Where our own processes reach the gateway, without a path: GATEWAY_URL, or here."""
        return _without_slash(self.gateway_url or f"http://127.0.0.1:{self.gateway_port}")

    @property
    def training_folder(self) -> Path:
        """Where trainers' work lies on disk: TRAINING_DIR, or a folder in VAR_DIR."""
        return self.training_dir or self.var_dir / "training"

    @property
    def deletion_journal_file(self) -> Path:
        """Where deletions are noted outside the ledger: DELETION_JOURNAL, or a file in VAR_DIR."""
        return self.deletion_journal or self.var_dir / "deletions.journal"

    @property
    def enabled_channels(self) -> tuple[str, ...]:
        """The platforms that are on, in the order named. Raises ``ValueError`` for a name that we do not know."""
        names = tuple(dict.fromkeys(name.strip().lower() for name in self.channels.split(",") if name.strip()))
        unknown = [name for name in names if name not in PLATFORMS]
        if unknown:
            raise ValueError(f"CHANNELS: {', '.join(unknown)} is not one of {', '.join(PLATFORMS)}")
        return names

    def required(self, name: str, reason: str) -> str:
        """The value of an optional setting that must be there now. Raises ``MissingSettingError`` naming it and the reason."""
        value = getattr(self, name)
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not plain:
            raise MissingSettingError(f"{name.upper()} is not set: {reason}")
        return str(plain)

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *_args: PydanticBaseSettingsSource, **kwargs: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first, then the ``_FILE`` variants."""
        return kwargs["init_settings"], kwargs["env_settings"], FileVariantSource(settings_cls)
