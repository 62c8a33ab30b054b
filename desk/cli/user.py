"""`user`: who may sign in to the console."""

import sys

import click

from desk.accounts.service import add_user
from desk.cli.common import open_store, run
from desk.settings import Settings


@click.group()
def user() -> None:
    """The console's users."""


@user.command()
@click.argument("email")
@click.option("--role", type=click.Choice(["analyst", "admin"]), default="analyst")
@click.option("--language", type=click.Choice(["en", "es"]), default="en")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add(email: str, role: str, language: str, password_stdin: bool) -> None:
    """Add a user; without --password-stdin the password is asked for."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        run(_add(email, role, language, password))
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{email} may sign in as {role}")


async def _add(email: str, role: str, language: str, password: str) -> None:
    async with open_store(Settings()) as store, store.write() as session:
        await add_user(session, email=email, role=role, language=language, password=password)
