"""`up`, `serve`, `bot`, `worker`: the desk's processes."""

import asyncio
import errno
import os
import sys
import time

import click
import httpx
import uvloop

from desk import tracing
from desk.accounts.service import first_administrator
from desk.cli.articles import SEED, import_folder
from desk.cli.common import open_store, run
from desk.cli.demonstration import (
    fill_demonstration,
    refuse_demonstration,
    settings_of_demonstration,
)
from desk.cli.setup import (
    bring_up_to_date,
    refuse_newer_schema,
    require_schema,
    take_over_macros,
    train_model,
)
from desk.home import Home, Ports, is_free
from desk.logs import configure
from desk.mail.room import accounts
from desk.mail.servers import UnusableServer
from desk.mail.smtp import relay
from desk.outbox.senders import UnusableAddress
from desk.settings import PROJECT, Settings
from desk.sla.policies import UnusablePolicies, in_use
from desk.store.redis import FAILURES, connect
from desk.supervisor import Program, Supervisor
from desk.worker import announcer, work

ADMINISTRATOR = "admin@acedesk.local"
_COUNT = click.IntRange(min=1, max=64)


@click.command()
@click.option("--desks", type=_COUNT, default=1, show_default=True, help="Processes that serve.")
@click.option("--bots", type=_COUNT, default=1, show_default=True, help="Bots that answer.")
@click.option(
    "--demo",
    is_flag=True,
    help="Show a made-up desk that has been at work, in a home of its own (.acedesk-demo).",
)
def up(desks: int, bots: int, demo: bool) -> None:
    """Set up what is missing and run everything until Ctrl-C."""
    settings = settings_of_demonstration() if demo else Settings()
    _check_serving(settings)
    _check_worker(settings)
    _check_shared(settings, desks=desks, bots=bots)
    home = Home(settings.home)
    home.secrets()
    if not is_free(settings.port, settings.host):
        raise click.ClickException(
            f"port {settings.port} is taken; set ACEDESK_PORT to another, or stop what uses it"
        )
    refuse_newer_schema(settings)
    home.ports(settings, starting=True, bots=bots)
    _step("the bot's model")
    train_model(settings)
    _step("the database")
    bring_up_to_date(settings)
    if demo:
        fill_demonstration(settings)
    else:
        refuse_demonstration(settings)
    _step("the articles")
    added, unchanged = run(import_folder(settings, SEED))
    click.echo(f"  {added} versions added, {unchanged} files unchanged")
    run(take_over_macros(settings))
    password = run(_administrator(settings))
    if password is not None:
        click.echo(f"  first administrator: {ADMINISTRATOR}")
        click.echo(f"  one-time password:   {password}   (shown only now)")
    _step("the processes")
    logs = home.path / "logs"
    logs.mkdir(exist_ok=True)
    desk = [sys.executable, "-m", "desk"]
    environment = dict(os.environ) | {"ACEDESK_HOME": str(home.path)}
    serving = ["serve", "--shared"] if desks > 1 else ["serve"]
    commands = _numbered("serve", [serving] * desks) | {"worker": ["worker"]}
    if not settings.bot_url:
        commands |= _numbered("bot", [["bot", "--number", str(n)] for n in range(1, bots + 1)])
    programs = [
        Program(
            name=name,
            command=[*desk, *command],
            environment=environment | _metrics_port(settings, name),
            log=logs / f"{name}.log",
        )
        for name, command in commands.items()
    ]
    supervisor = Supervisor(programs, tell=click.echo)
    asyncio.run(supervisor.run(meanwhile=_tell_when_ready(settings)))
    click.echo("\nstopped")


@click.command()
@click.option("--shared", is_flag=True, help="Share the ports with others of this desk.")
def serve(shared: bool) -> None:
    """Serve the public port and the action webhook (the bot runs elsewhere)."""
    from desk.web.server import serve as serve_desk  # noqa: PLC0415

    settings = Settings()
    _check_serving(settings)
    _begin("serve", settings)
    require_schema(settings)
    try:
        uvloop.run(serve_desk(settings, shared=shared))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise click.ClickException(f"a port is taken: {error}") from error


@click.command()
@click.option("--number", type=_COUNT, default=1, show_default=True, help="Which of several.")
def bot(number: int) -> None:
    """Run a bot on its loopback port."""
    settings = Settings()
    home = Home(settings.home)
    ports = home.ports(settings)
    if number > len(ports.bots):
        raise click.ClickException(
            f"{len(ports.bots)} of the bots have a port: `acedesk up --bots`"
        )
    os.chdir(PROJECT)
    environment = _bot_environment(settings, home, ports, number)
    python = str(settings.bot_python)
    os.execve(python, [python, "-m", "bot.server"], environment)  # noqa: S606


@click.command()
def worker() -> None:
    """Look after what time brings: announcements, forms left alone, tickets to be closed."""
    settings = Settings()
    _check_worker(settings)
    _begin("worker", settings)
    require_schema(settings)
    asyncio.run(work(settings))


def _begin(process: str, settings: Settings) -> None:
    """What both processes of the desk do first."""
    configure(settings.log_level)
    if settings.tracing:
        tracing.configure(process)


def _check_serving(settings: Settings) -> None:
    """Refuse settings with which the desk could not begin, before anything is started."""
    from desk.web.visitor.origins import Origins  # noqa: PLC0415

    try:
        Origins.parse(settings.allowed_origins)
    except ValueError as error:
        raise click.ClickException(f"ACEDESK_ALLOWED_ORIGINS: {error}") from error
    _check_policies()


def _check_policies() -> None:
    try:
        in_use()
    except UnusablePolicies as error:
        raise click.ClickException(f"ACEDESK_POLICIES: {error}") from error


def _check_worker(settings: Settings) -> None:
    """Refuse settings with which the worker could not begin, before anything is started."""
    _check_policies()
    try:
        asyncio.run(announcer(settings).close())
        accounts(settings)
        if settings.smtp_url is not None:
            relay(settings.smtp_url.get_secret_value())
    except (UnusableAddress, UnusableServer) as error:
        raise click.ClickException(str(error)) from error


def _check_shared(settings: Settings, *, desks: int, bots: int) -> None:
    """Refuse several processes that could not agree on whose turn it is."""
    if bots > 1 and settings.bot_url:
        raise click.ClickException("with ACEDESK_BOT_URL no bots are started: leave out --bots")
    if desks == bots == 1:
        return
    if settings.redis_url is None:
        raise click.ClickException(
            "several desks or bots share what they know in Redis: set ACEDESK_REDIS_URL"
        )
    asyncio.run(_reach(settings.redis_url))


async def _reach(redis_url: str) -> None:
    try:
        async with connect(redis_url) as redis:
            await redis.ping()
    except ValueError:
        # What is wrong with an address may quote its password.
        raise click.ClickException("ACEDESK_REDIS_URL is no address of a Redis") from None
    except FAILURES as error:
        raise click.ClickException(
            f"Redis can not be reached at ACEDESK_REDIS_URL ({error})"
        ) from error


def _numbered(name: str, commands: list[list[str]]) -> dict[str, list[str]]:
    """Commands by the names of their programs, which bear a number when there are several."""
    if len(commands) == 1:
        return {name: commands[0]}
    return {f"{name}-{number}": command for number, command in enumerate(commands, start=1)}


def _metrics_port(settings: Settings, name: str) -> dict[str, str]:
    """A port each: the worker tells of itself at the first, the desks at those after it."""
    if settings.metrics_port is None:
        return {}
    _, _, number = name.partition("-")
    place = 0 if name == "worker" else int(number or 1)
    return {"ACEDESK_METRICS_PORT": str(settings.metrics_port + place)}


async def _administrator(settings: Settings) -> str | None:
    async with open_store(settings) as store, store.write() as session:
        return await first_administrator(session, email=ADMINISTRATOR)


def _bot_environment(settings: Settings, home: Home, ports: Ports, number: int) -> dict[str, str]:
    """What the bot gets to know: port, actions, token, model. Nothing else."""
    passed = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ") if name in os.environ
    }
    redis = {"ACEDESK_REDIS_URL": settings.redis_url} if settings.redis_url else {}
    return (
        passed
        | redis
        | {
            "ACEDESK_BOT_PORT": str(ports.bots[number - 1]),
            "ACEDESK_ACTION_URL": f"http://127.0.0.1:{ports.action}/webhook",
            "ACEDESK_BOT_TOKEN": home.secrets().bot_token,
            "ACEDESK_MODEL": str(settings.bot_model),
            "RASA_TELEMETRY_ENABLED": "false",
        }
    )


async def _tell_when_ready(settings: Settings) -> None:
    """Say the address once everything answers; until then, what is missing."""
    address = f"http://{settings.host}:{settings.port}"
    began, told = time.monotonic(), ""
    async with httpx.AsyncClient(base_url=address, timeout=2, trust_env=False) as http:
        while (state := await _health(http)) != "ok":
            if state != told:
                click.echo(f"  {state}")
                told = state
            await asyncio.sleep(0.5)
    click.echo(f"  ready after {time.monotonic() - began:.0f} s")
    click.echo(f"\nacedesk is at {address}  (Ctrl-C stops it)")


async def _health(http: httpx.AsyncClient) -> str:
    try:
        body = (await http.get("/health")).json()
    except (httpx.HTTPError, ValueError):
        return "waiting for the desk"
    return "ok" if body.get("status") == "ok" else "waiting for the bot"


def _step(what: str) -> None:
    click.secho(f"· {what}", bold=True)
