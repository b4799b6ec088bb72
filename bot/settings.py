"""All settings of the application environment, in one place.

Each setting is read from the environment variable named like the field in upper case; a variable ``NAME_FILE`` names a file
that holds the value instead (for secrets). ``docs/operators/settings.md`` describes every one of them; a test compares.
"""

import os
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent


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
        f"sqlite:///{PROJECT_ROOT / 'var' / 'motcua.sqlite3'}", description="Ledger: SQLAlchemy URL, SQLite or PostgreSQL."
    )
    redis_url: str | None = Field(None, description="Rasa's lock store; the in-memory store where empty.")
    data_dir: Path = Field(PROJECT_ROOT / "data", description="Folder of the catalogue and of the Rasa training data.")
    models_dir: Path = Field(PROJECT_ROOT / "models", description="Folder of trained Rasa models and of the embedded encoder.")
    embedding_model: str = Field("e5-vi", description="A folder under models_dir, or any sentence-transformers model name.")
    engine_python: Path = Field(
        PROJECT_ROOT / ".venv-engine" / "bin" / "python", description="Python of the engine's environment (Rasa)."
    )
    var_dir: Path = Field(PROJECT_ROOT / "var", description="Folder of logs, local secrets and SQLite files.")
    bind_host: str = Field("127.0.0.1", description="Address that the gateway listens on.")
    gateway_port: int = Field(8080, description="Port of the gateway and the web chat.")
    engine_port: int = Field(5005, description="Private port of Rasa; loopback only.")
    actions_port: int = Field(5055, description="Private port of the action server; loopback only.")
    portal_port: int = Field(8090, description="Port of the portal simulator started by `make run`.")
    portal_url: str = Field("http://127.0.0.1:8090", description="Base address of the portal's API.")
    portal_token: SecretStr = Field(description="Bearer token of the portal's API.")
    engine_secret: SecretStr = Field(description="Shared secret between gateway and engine.")
    ledger_key: SecretStr = Field(description="Key that encrypts personal numbers and raw messages at rest (Fernet).")
    web_session_secret: SecretStr = Field(description="Key that signs the web chat's session tokens.")
    allowed_embed_origins: str = Field("", description="Sites that may embed the widget, comma separated; empty: only ours.")
    hotline: str | None = Field(None, description="Telephone number spoken to citizens; never spoken where empty.")
    log_level: str = Field("INFO", description="Level of the logs.")

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *_args: PydanticBaseSettingsSource, **kwargs: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first, then the ``_FILE`` variants."""
        return kwargs["init_settings"], kwargs["env_settings"], FileVariantSource(settings_cls)
