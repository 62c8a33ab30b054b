"""`mail`: what the desk makes of a mail."""

import json
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import click

from desk.cli.common import as_json
from desk.home import Home
from desk.mail.gate import Passed, examine
from desk.mail.parse import LARGEST, Unreadable
from desk.mail.threads import Marks
from desk.settings import Settings
from textkit.masking import mask

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def mail() -> None:
    """Electronic mail."""


@mail.command()
@click.argument("files", type=FILE, nargs=-1, required=True)
@as_json
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Tell what the desk would do with each mail, and why; nothing is stored or sent.

    With --json, one line a file. Secrets are masked in what is shown.
    """
    settings = Settings()
    marks = Marks(_key(settings), settings.mail_domain)
    for file in files:
        found = _checked(file, marks, settings)
        if as_json:
            click.echo(json.dumps(found, ensure_ascii=False))
        else:
            _tell(found)


def _key(settings: Settings) -> str:
    """What this desk's marks are signed with; where there is no desk yet, there are none."""
    if not settings.home.exists():
        return token_urlsafe()
    return Home(settings.home).secrets().mail_key


def _checked(file: Path, marks: Marks, settings: Settings) -> dict[str, Any]:
    with file.open("rb") as stream:
        raw = stream.read(LARGEST + 1)
    try:
        passed = examine(
            raw,
            marks=marks,
            own=settings.mail_addresses,
            authserv_id=settings.mail_authserv_id or "",
        )
    except Unreadable as error:
        return {
            "file": str(file), "class": "human", "language": "other", "text": "", "thread": None,
            "authentication": {"verdict": "none"}, "decision": "quarantine", "reason": error.reason,
        }  # fmt: skip
    return _told(file, passed)


def _told(file: Path, passed: Passed) -> dict[str, Any]:
    thread = passed.thread
    authentication = passed.authentication
    return {
        "file": str(file),
        "class": passed.classification.kind,
        "signs": list(passed.classification.signs),
        "language": passed.language.language,
        "subject": mask(passed.mail.subject).text,
        "text": mask(passed.trimmed.text).text,
        "thread": vars(thread) | {"ticket": thread.ticket} if thread else None,
        "authentication": {
            "verdict": authentication.verdict,
            **authentication.results,
            "forged": authentication.forged,
        },
        "files": [mask(one.name).text for one in passed.mail.files],
        "problems": list(passed.mail.problems),
        "decision": passed.decision,
        "reason": passed.reason,
        "silent": passed.silent,
    }


def _tell(found: dict[str, Any]) -> None:
    signs = f" ({', '.join(found['signs'])})" if found.get("signs") else ""
    thread = "{reference} by {way}".format(**found["thread"]) if found["thread"] else "-"
    click.echo(f"{found['file']}: {found['decision']}, {found['reason']}")
    click.echo(f"  class           {found['class']}{signs}")
    click.echo(f"  authentication  {found['authentication']['verdict']}")
    click.echo(f"  thread          {thread}")
    click.echo(f"  language        {found['language']}")
    for line in found["text"].splitlines():
        click.echo(f"  | {line}")
