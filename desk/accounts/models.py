"""Tables of the accounts room."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from desk.accounts.roles import Action, may
from desk.store import Base


class User(Base):
    """An analyst or administrator of the desk."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    name: Mapped[str | None] = mapped_column(String(64))
    """What visitors are told that they are called, such as a first name."""
    role: Mapped[str] = mapped_column(String(32))
    """One of `desk.accounts.roles.ROLES`."""
    language: Mapped[str] = mapped_column(String(2))
    """The language that the console greets this person in."""
    password_hash: Mapped[str] = mapped_column(String(255))
    must_change_password: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    """Since when they may not sign in."""
    second_factor_at: Mapped[datetime | None]
    """Since when signing in asks them for a code."""


class SignIn(Base):
    """A signed-in browser; only a hash of its cookie is kept."""

    __tablename__ = "sign_in"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    """When it was last used, to the minute."""
    expires_at: Mapped[datetime]
    """When it ends, however much it is used."""
    browser: Mapped[str] = mapped_column(String(64))
    """Such as `Firefox · Windows`; empty when the browser does not say."""

    user: Mapped[User] = relationship(lazy="joined")

    def ends_at(self, idle: timedelta) -> datetime:
        """When it ends unless it is used before."""
        return min(self.expires_at, self.seen_at + idle)


class PendingSignIn(Base):
    """A sign-in between its steps, bound to a browser by a cookie of which a hash is kept."""

    __tablename__ = "pending_sign_in"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Whose password was right; None while another provider is asked who it is."""
    detail: Mapped[dict[str, Any]]
    """What the way to the other provider is recognised by."""
    expires_at: Mapped[datetime]


class SecondFactor(Base):
    """What a user's authenticator app makes its codes from (RFC 6238)."""

    __tablename__ = "second_factor"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(255))
    """Encrypted with the home's key."""
    last_step: Mapped[int | None]
    """The time step of the last code that was taken: none is taken twice."""


class RecoveryCode(Base):
    """A code that stands in once for a lost authenticator app; only a keyed hash is kept."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class SignInThrottle(Base):
    """How often signing in has failed lately for an account, a browser or an address."""

    __tablename__ = "sign_in_throttle"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """A keyed hash, since people type passwords into the field for their address."""
    failures: Mapped[int]
    last_at: Mapped[datetime]


class ApiToken(Base):
    """What a program signs in with in a user's place; only a hash of it is kept."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    name: Mapped[str] = mapped_column(String(64))
    """What it is for, in the words of whoever made it."""
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[Any]]
    """The actions that it is for: names of `desk.accounts.roles.ACTIONS`."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    """To the minute."""

    user: Mapped[User] = relationship(lazy="joined")

    def may(self, action: Action) -> bool:
        """Whether it opens this: it is for it, and its user's role allows it now."""
        return action in self.scopes and may(self.user.role, action)

    def is_valid(self, now: datetime) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
