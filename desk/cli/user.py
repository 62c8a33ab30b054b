"""`user`: who may sign in to the console, and the tokens of their programs."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import click
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts import second_factor, service
from desk.accounts.models import ApiToken, User
from desk.accounts.roles import ACTIONS, ROLES
from desk.accounts.tokens import issue_token, list_tokens, revoke_token
from desk.audit.service import SYSTEM
from desk.cli.common import as_json, instant, open_store, print_json, run
from desk.cli.given import lines
from desk.settings import Settings


@click.group()
def user() -> None:
    """The console's users."""


@user.command()
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), default="analyst")
@click.option("--language", type=click.Choice(["en", "es"]), default="en")
@click.option("--name", help="What visitors are told that they are called.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add(email: str, role: str, language: str, name: str | None, password_stdin: bool) -> None:
    """Add a user; without --password-stdin the password is asked for."""
    if password_stdin:
        password = next(lines(), "")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        run(_add(email, role, language, name, password))
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{email} may sign in as {role}")


@user.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List the users."""
    rows = run(_users())
    if as_json:
        print_json(rows)
        return
    for row in rows:
        state = "disabled" if row["disabled_at"] else "active"
        factor = "second factor" if row["second_factor_at"] else "password only"
        click.echo(f"{row['email']}  {row['role']}  {row['language']}  {state}, {factor}")
    click.echo(f"{len(rows)} users")


@user.command()
@click.argument("email")
def disable(email: str) -> None:
    """Keep a user out, at once; the last administrator stays."""

    async def write(session: AsyncSession, found: User) -> None:
        await service.disable(session, found.id, by=SYSTEM, now=datetime.now(UTC))

    _change(email, write)
    click.echo(f"{email} may no longer sign in")


@user.command()
@click.argument("email")
def enable(email: str) -> None:
    """Let a disabled user sign in again."""

    async def write(session: AsyncSession, found: User) -> None:
        await service.enable(session, found.id, by=SYSTEM, now=datetime.now(UTC))

    _change(email, write)
    click.echo(f"{email} may sign in")


@user.command("reset-password")
@click.argument("email")
def reset_password_(email: str) -> None:
    """Print a one-time password for somebody; sign them out, and end their tokens."""

    async def write(session: AsyncSession, found: User) -> str:
        return await service.reset_password(session, found.id, by=SYSTEM, now=datetime.now(UTC))

    click.echo(_change(email, write))


@user.command("reset-second-factor")
@click.argument("email")
def reset_second_factor_(email: str) -> None:
    """Switch off the second factor of somebody who has lost it."""

    async def write(session: AsyncSession, found: User) -> None:
        await second_factor.remove(session, found.id, by=SYSTEM, now=datetime.now(UTC))

    _change(email, write)
    click.echo(f"{email} signs in with the password alone until a second factor is set up")


@user.command()
@click.argument("email")
@click.option("--name", required=True, help="What the token is for.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(ACTIONS),
    multiple=True,
    default=("figures.read",),
    show_default=True,
    help="What it is for; give it as often as needed.",
)
@click.option("--days", type=click.IntRange(1, 3650), help="How long it is valid; else for ever.")
@as_json
def token(email: str, name: str, scopes: tuple[str, ...], days: int | None, as_json: bool) -> None:
    """Make a token for a program, and print it: it can't be shown again."""
    try:
        made = run(_issue(email, name, scopes, days))
    except (LookupError, ValueError) as error:
        raise click.ClickException(str(error.args[0])) from error
    if as_json:
        print_json({"token": made})
    else:
        click.echo(made)


@user.command()
@as_json
def tokens(as_json: bool) -> None:
    """List the tokens of programs."""
    rows = run(_tokens())
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(
            f"{row['id']:>4}  {row['state']:<8} {row['user']}  {row['name']}  "
            f"{','.join(row['scopes'])}  made {row['created_at']}, "
            f"expires {row['expires_at'] or 'never'}, last used {row['last_used_at'] or 'never'}"
        )
    click.echo(f"{len(rows)} tokens")


@user.command("revoke-token")
@click.argument("number", metavar="ID", type=click.IntRange(1, 2**31 - 1))
def revoke_token_(number: int) -> None:
    """Make a token open nothing more."""
    try:
        name = run(_revoke(number))
    except LookupError as error:
        raise click.ClickException(str(error.args[0])) from error
    click.echo(f"token {number} ({name}) is revoked")


def _change[Result](email: str, write: Callable[[AsyncSession, User], Awaitable[Result]]) -> Result:
    async def change() -> Result:
        async with open_store(Settings()) as store, store.write() as session:
            return await write(session, await service.user_of(session, email))

    try:
        return run(change())
    except (LookupError, ValueError) as error:
        raise click.ClickException(str(error.args[0])) from error


async def _add(email: str, role: str, language: str, name: str | None, password: str) -> None:
    async with open_store(Settings()) as store, store.write() as session:
        await service.add_user(
            session, email=email, name=name, role=role, language=language, password=password
        )


async def _users() -> list[dict[str, Any]]:
    async with open_store(Settings()) as store, store.read() as session:
        return [
            {
                "email": found.email,
                "name": found.name,
                "role": found.role,
                "language": found.language,
                "created_at": instant(found.created_at),
                "disabled_at": instant(found.disabled_at),
                "second_factor_at": instant(found.second_factor_at),
            }
            for found in await service.users(session)
        ]


async def _issue(email: str, name: str, scopes: tuple[str, ...], days: int | None) -> str:
    async with open_store(Settings()) as store, store.write() as session:
        return await issue_token(
            session, email=email, name=name, scopes=scopes, days=days, now=datetime.now(UTC)
        )


async def _tokens() -> list[dict[str, Any]]:
    async with open_store(Settings()) as store, store.read() as session:
        return [_row(found, datetime.now(UTC)) for found in await list_tokens(session)]


async def _revoke(number: int) -> str:
    async with open_store(Settings()) as store, store.write() as session:
        return (await revoke_token(session, number, now=datetime.now(UTC))).name


def _row(found: ApiToken, now: datetime) -> dict[str, Any]:
    ended = "expired" if found.revoked_at is None else "revoked"
    return {
        "id": found.id,
        "user": found.user.email,
        "name": found.name,
        "scopes": found.scopes,
        "state": "valid" if found.is_valid(now) else ended,
        "created_at": instant(found.created_at),
        "expires_at": instant(found.expires_at),
        "revoked_at": instant(found.revoked_at),
        "last_used_at": instant(found.last_used_at),
    }
