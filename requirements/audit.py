"""Hold what the locks pin against the published advisories: `make audit`.

pip-audit asks an advisory service. What it finds must stand in `exceptions.toml`, with the reason
why it does no harm here and a day by which somebody looks at it again. Where the service can't be
reached there is nothing that anybody could mend: a notice says that nothing was looked at.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal, Self

import click
from pydantic import BaseModel, ConfigDict, Field, model_validator

HERE = Path(__file__).resolve().parent
Part = Literal["desk", "bot"]
PARTS: tuple[Part, ...] = ("desk", "bot")
_PINNED = re.compile(r"^([\w.-]+)==", re.MULTILINE)
_UNREACHABLE = re.compile(r"Connection|Timeout|ServiceError|Could not connect")
_TIMEOUT_S = 900


class Excepted(BaseModel):
    """Advisories about one package that do no harm here, and why."""

    model_config = ConfigDict(extra="forbid")

    part: Part
    package: str
    advisories: list[str] = Field(min_length=1)
    """Any of the names that an advisory goes by."""
    why: str = Field(min_length=20)
    reviewed: date
    until: date

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if not 0 < (self.until - self.reviewed).days <= 366:
            raise ValueError("`until` comes within a year of `reviewed`")
        return self


class Advisory(BaseModel):
    """One that pip-audit has found."""

    id: str
    aliases: list[str] = []
    fix_versions: list[str] = []

    @property
    def names(self) -> set[str]:
        """All that it goes by."""
        return {self.id, *self.aliases}


class Package(BaseModel):
    """What pip-audit says of one package; no `vulns` means that it was not looked at."""

    name: str
    version: str = ""
    vulns: list[Advisory] | None = None


class Answer(BaseModel):
    """What `pip-audit --format json` prints."""

    dependencies: list[Package]


class Unreachable(Exception):
    """The advisory service does not answer."""


def main(options: Sequence[str]) -> int:
    """Audit both parts; the exit status tells of problems.

    Args:
        options: for pip-audit, such as another service.
    """
    known = [Excepted(**one) for one in tomllib.loads(_text("exceptions.toml"))["exception"]]
    problems = []
    for part in PARTS:
        mine = [one for one in known if one.part == part]
        today = datetime.now(UTC).date()
        problems += [f"{part}: {said}" for said in outdated(mine, _text(f"{part}.txt"), today)]
        try:
            answer = ask(HERE / f"{part}.txt", options)
        except Unreachable as error:
            click.echo(f"NOT AUDITED: the {part}. No advisory service can be reached ({error}).")
            continue
        unseen = [package.name for package in answer.dependencies if package.vulns is None]
        seen = len(answer.dependencies) - len(unseen)
        click.echo(f"audited: {seen} packages of the {part}")
        if unseen:
            named = ", ".join(unseen) if seen else "all of them"
            click.echo(f"NOT AUDITED: {len(unseen)} that the service does not know: {named}")
        problems += [f"{part}: {said}" for said in judge(answer, mine)]
    for said in problems:
        click.echo(said, err=True)
    return bool(problems)


def ask(lock: Path, options: Sequence[str]) -> Answer:
    """What pip-audit finds about the packages of a lock.

    Raises:
        Unreachable: the service gives no answer.
        RuntimeError: pip-audit itself fails.
    """
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--require-hashes"]
    command += ["--disable-pip", "--progress-spinner", "off", "--format", "json", "--aliases", "on"]
    done = subprocess.run(  # noqa: S603 -- the options are the developer's own
        [*command, *options], capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
    )
    try:
        return Answer(**json.loads(done.stdout))
    except ValueError as error:
        last = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        if _UNREACHABLE.search(last):
            raise Unreachable(last[:200]) from error
        raise RuntimeError(f"pip-audit failed: {last}") from error


def outdated(known: Sequence[Excepted], lock: str, today: date) -> Iterator[str]:
    """What is wrong with the exceptions by themselves."""
    pinned = set(_PINNED.findall(lock))
    for one in known:
        if one.package not in pinned:
            yield f"{one.package} is excepted and not in the lock; take it out"
        if one.until < today:
            yield f"{one.package} was to be looked at again by {one.until}"


def judge(answer: Answer, known: Sequence[Excepted]) -> Iterator[str]:
    """Advisories that are not excepted, and exceptions for which there is no advisory."""
    excepted = {one.package: set(one.advisories) for one in known}
    for package in answer.dependencies:
        if package.vulns is None:
            continue
        names = excepted.get(package.name, set())
        for advisory in package.vulns:
            if not names & advisory.names:
                fixed = ", ".join(advisory.fix_versions) or "nowhere"
                shown = " = ".join(sorted(advisory.names))
                yield f"{package.name} {package.version}: {shown}, mended in {fixed}"
        found = {name for advisory in package.vulns for name in advisory.names}
        for name in sorted(names - found):
            yield f"{package.name} {package.version}: {name} is excepted and not found; take it out"


def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
