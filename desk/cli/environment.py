"""The bot's environment of an installed wheel, made by uv in the home; `make setup` makes a
checkout's.
"""

import hashlib
import subprocess

import click

from desk.settings import INSTALLED, PROJECT, Settings

LOCK = PROJECT / "requirements" / "bot.txt"
_PYTHON = "3.10"


def ensure_environment(settings: Settings) -> None:
    """Make the bot's environment, unless there is one with just the packages of the lock."""
    if not INSTALLED:
        if not settings.bot_python.exists():
            raise click.ClickException("the bot's environment is missing; `make setup` makes it")
        return
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    made_of = settings.bot_environment / "lock.sha256"
    # The interpreter is a link, which leads nowhere once its Python is gone.
    if settings.bot_python.exists() and made_of.exists() and made_of.read_text() == wanted:
        return
    click.echo(f"  the bot's environment (Python {_PYTHON}); this takes minutes the first time")
    _uv("venv", "--clear", "--python", _PYTHON, str(settings.bot_environment))
    _uv("pip", "sync", "--require-hashes", "--python", str(settings.bot_python), str(LOCK))
    # Last, so that an environment that was left half made is made again.
    made_of.write_text(wanted)


def _uv(*arguments: str) -> None:
    from uv import find_uv_bin  # noqa: PLC0415 (not needed in a checkout)

    # In the folder with `.python-version`, without which pyenv's python3.10 refuses to start.
    done = subprocess.run(  # noqa: S603
        [find_uv_bin(), "--quiet", *arguments],
        cwd=PROJECT / "bot",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise click.ClickException(
            f"the bot's environment could not be made: uv {arguments[0]}: {done.stderr.strip()}\n"
            f"It needs Python {_PYTHON}, from PATH or fetched by uv where that may, and the "
            "packages of the lock, from where uv's own settings say, not pip's."
        )
