"""Policies: what is promised to whom, in versions with effective dates (`policies.toml`)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from desk.settings import Settings
from desk.sla.clock import ALWAYS, METRICS, Calendar
from desk.sla.hours import Hours

FILE = Path(__file__).with_name("policies.toml")

HoldReason = Literal["user", "office", "directed"]


class UnusablePolicies(ValueError):
    """A file of policies that can't be used; its text says where and why."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What of a ticket decides on its targets."""

    priority: str
    category: str
    language: str
    channel: str


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Frozen):
    """A target for the tickets that fit it."""

    metric: str
    target_s: int = Field(gt=0)
    calendar: str = "24x7"
    pauses: frozenset[HoldReason] = frozenset()
    priority: frozenset[str] | None = None
    category: frozenset[str] | None = None
    language: frozenset[str] | None = None
    channel: frozenset[str] | None = None

    @property
    def fits_all(self) -> bool:
        """It names no condition."""
        return self.priority is self.category is self.language is self.channel is None

    def fits(self, terms: Terms) -> bool:
        """Whether a ticket with these terms is meant."""
        return all(
            named is None or getattr(terms, name) in named
            for name in ("priority", "category", "language", "channel")
            for named in [getattr(self, name)]
        )


class Version(_Frozen):
    """All that is promised to tickets opened from a date on."""

    name: str = Field(pattern=r"^[\w.-]{1,32}$")
    effective: AwareDatetime
    warn_at: tuple[Annotated[float, Field(gt=0, lt=1)], ...]
    escalate_at: float = Field(ge=1)
    rules: list[Rule]
    calendars: dict[str, Hours] = {}

    @model_validator(mode="after")
    def _is_whole(self) -> "Version":
        named = set(self._calendars)
        for rule in self.rules:
            if rule.metric not in METRICS:
                raise ValueError(f"the metric {rule.metric!r} is not one of {', '.join(METRICS)}")
            if rule.calendar not in named:
                raise ValueError(f"there is no calendar {rule.calendar!r}")
        for metric in METRICS:
            if not any(rule.metric == metric and rule.fits_all for rule in self.rules):
                raise ValueError(f"no rule gives every ticket a target for {metric}")
        return self

    @cached_property
    def _calendars(self) -> Mapping[str, Calendar]:
        made: dict[str, Calendar] = {
            name: hours.calendar() for name, hours in self.calendars.items()
        }
        return {"24x7": ALWAYS} | made

    def rule(self, metric: str, terms: Terms) -> Rule:
        """The last rule of a metric that fits."""
        return next(
            rule for rule in reversed(self.rules) if rule.metric == metric and rule.fits(terms)
        )

    def calendar(self, name: str) -> Calendar:
        """One of the version's calendars; `24x7` is always there."""
        return self._calendars[name]


class _File(_Frozen):
    versions: list[Version]


class Policies:
    """The versions, from the oldest to the newest."""

    def __init__(self, versions: list[Version]) -> None:
        """`versions`: in the order of their dates, each with a name of its own.

        Raises:
            UnusablePolicies: none, not in order, or a name stands twice.
        """
        dates = [version.effective for version in versions]
        if not versions or dates != sorted(set(dates)):
            raise UnusablePolicies("versions must stand in the order of their dates")
        self._by_name = {version.name: version for version in versions}
        if len(self._by_name) != len(versions):
            raise UnusablePolicies("two versions have the same name")
        self._versions = versions

    @classmethod
    def load(cls, file: Path = FILE) -> "Policies":
        """Read a file.

        Raises:
            UnusablePolicies: it is missing, is no TOML, or says something that can't be.
        """
        try:
            given = tomllib.loads(file.read_text(encoding="utf-8"))
            return cls(_File.model_validate(given).versions)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise UnusablePolicies(f"{file}: {where}: {first['msg']}") from error
        except (OSError, ValueError, LookupError) as error:
            raise UnusablePolicies(f"{file}: {error}") from error

    def in_force(self, at: datetime) -> Version:
        """The version for a ticket opened at `at`; the oldest for what was opened before it."""
        begun = [version for version in self._versions if version.effective <= at]
        return begun[-1] if begun else self._versions[0]

    def named(self, name: str) -> Version:
        """The version of this name.

        Raises:
            UnusablePolicies: there is none; a version that tickets were opened under is gone.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise UnusablePolicies(f"there is no version {name!r} of the policies") from None


@cache
def in_use() -> Policies:
    """The policies of this process: those of `ACEDESK_POLICIES`, else those shipped with the desk.

    Raises:
        UnusablePolicies: the file can't be used.
    """
    return Policies.load(Settings().policies or FILE)
