"""The command line: `acedesk COMMAND`."""

from importlib import import_module
from typing import Any

import click
from pydantic import ValidationError

_COMMANDS = {
    "up": "processes",
    "serve": "processes",
    "bot": "processes",
    "worker": "processes",
    "train": "setup",
    "migrate": "setup",
    "settings": "setup",
    "backup": "stores",
    "restore": "stores",
    "user": "user",
    "language": "text",
    "kb": "articles",
    "tickets": "tickets",
    "privacy": "privacy",
    "audit": "audit",
    "mail": "mail",
    "outage": "outages",
    "outbox": "outbox",
    "webhook": "webhook",
    "sla": "service_levels",
    "quality": "quality",
    "eval": "evaluate",
}
"""Module by command. A command loads its own module only: the libraries of some take seconds."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"desk.cli.{_COMMANDS[cmd_name]}")
        for value in vars(module).values():
            if isinstance(value, click.Command) and value.name == cmd_name:
                return value
        raise LookupError(cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ValidationError as error:
            if error.title != "Settings":
                raise
            # Never the value: it may be a secret.
            told = [
                f"ACEDESK_{str(one['loc'][0]).upper()}: {one['msg'].removeprefix('Value error, ')}"
                for one in error.errors()
            ]
            raise click.ClickException("\n".join(told)) from None


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="acedesk")
def main() -> None:
    """The bilingual service desk: its processes, its knowledge, its tickets."""
