import socket
import subprocess
import sys

import pytest
from click.testing import CliRunner

from desk.cli import main
from desk.settings import Settings
from desk.sla.policies import in_use
from tests.e2e.stack import free_port


@pytest.mark.parametrize("several", ["--desks", "--bots"])
@pytest.mark.parametrize(
    ("redis_url", "reason"),
    [
        (None, "set ACEDESK_REDIS_URL"),
        ("redis://127.0.0.1:{port}/0", "Redis can not be reached at ACEDESK_REDIS_URL"),
        ("redis://127.0.0.1:none", "ACEDESK_REDIS_URL is no address of a Redis"),
    ],
)
def test_several_of_a_kind_need_redis(tmp_path, monkeypatch, several, redis_url, reason):
    monkeypatch.setenv("ACEDESK_HOME", str(tmp_path))
    monkeypatch.setenv("ACEDESK_PORT", str(free_port()))
    if redis_url is None:
        monkeypatch.delenv("ACEDESK_REDIS_URL", raising=False)
    else:
        monkeypatch.setenv("ACEDESK_REDIS_URL", redis_url.format(port=free_port()))
    done = CliRunner().invoke(main, ["up", several, "2"])
    assert done.exit_code == 1
    assert len(done.output.splitlines()) == 1
    assert reason in done.output


def test_bots_elsewhere_are_not_started_here(tmp_path, monkeypatch):
    monkeypatch.setenv("ACEDESK_HOME", str(tmp_path))
    monkeypatch.setenv("ACEDESK_BOT_URL", "http://one:5005,http://two:5005")
    done = CliRunner().invoke(main, ["up", "--bots", "2"])
    assert done.exit_code == 1
    assert "leave out --bots" in done.output


@pytest.mark.parametrize(
    ("setting", "given", "reason"),
    [
        ("BOT_TIMEOUT", "-3", "greater than 0"),
        ("BOT_TIMEOUT", "nan", "finite"),
        ("HANDOFF_IDLE", "1e400", "finite"),
        ("ANSWER_TIMEOUT", "0", "greater than 0"),
        ("HANDOFF_IDLE", "1e12", "less than or equal"),
        ("PORT", "99999", "65535"),
        ("LOG_LEVEL", "loud", "debug, info, warning or error"),
        ("REDIS_URL", "127.0.0.1:6379", "redis://, rediss:// or unix://"),
        ("REDIS_URL", "http://desk:hidden@one", "redis://, rediss:// or unix://"),
        ("DATABASE_URL", "garbage", "sqlite+aiosqlite or postgresql+asyncpg"),
        ("DATABASE_URL", "postgresql://desk:hidden@one/two", "postgresql+asyncpg"),
        ("DATABASE_URL", "postgresql+asyncpg://desk:hidden@one:abc/two", "postgresql+asyncpg"),
        ("POLICIES", "/nowhere.toml", "no such file"),
        ("ALLOWED_ORIGINS", "www.example.com", "is no origin"),
    ],
)
def test_a_setting_that_can_not_work_is_refused_before_anything_starts(
    tmp_path, monkeypatch, setting, given, reason
):
    monkeypatch.setenv("ACEDESK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(f"ACEDESK_{setting}", given)
    for command in ("up", "serve"):
        done = CliRunner().invoke(main, [command])
        assert done.exit_code == 1
        assert done.output.startswith(f"Error: ACEDESK_{setting}: ")
        assert len(done.output.splitlines()) == 1
        assert reason in done.output
        assert "hidden" not in done.output
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("name", ["database_url", "redis_url"])
def test_an_address_that_is_left_empty_is_none(monkeypatch, name):
    monkeypatch.setenv(f"ACEDESK_{name.upper()}", "")
    assert getattr(Settings(), name) is None


@pytest.mark.parametrize("command", ["up", "serve", "worker"])
def test_policies_that_can_not_be_used_are_refused_before_anything_starts(
    tmp_path, monkeypatch, command
):
    policies = tmp_path / "policies.toml"
    policies.write_text("[[version]]\nname = 1\n", encoding="utf-8")
    monkeypatch.setenv("ACEDESK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ACEDESK_POLICIES", str(policies))
    in_use.cache_clear()
    done = CliRunner().invoke(main, [command])
    in_use.cache_clear()
    assert done.exit_code == 1
    assert done.output.startswith(f"Error: ACEDESK_POLICIES: {policies}: ")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("command", ["migrate", "tickets list", "user list"])
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql+asyncpg://desk:hidden@127.0.0.1:{port}/desk", "Connect call failed"),
        ("sqlite+aiosqlite:////nowhere/desk.db", "unable to open database file"),
    ],
)
def test_a_store_that_can_not_be_opened_is_told_in_a_sentence(
    tmp_path, monkeypatch, command, url, reason
):
    monkeypatch.setenv("ACEDESK_HOME", str(tmp_path))
    monkeypatch.setenv("ACEDESK_DATABASE_URL", url.format(port=free_port()))
    done = CliRunner().invoke(main, command.split())
    assert done.exit_code == 1
    last = done.output.splitlines()[-1]
    assert last.startswith("Error: the store can not be opened at ACEDESK_DATABASE_URL (")
    assert reason in last
    assert "hidden" not in done.output


def test_input_that_is_no_utf8_is_told_in_a_sentence():
    done = CliRunner().invoke(main, ["language"], input=b"hola \xff\xfe\n")
    assert done.exit_code == 1
    assert done.output == "Error: standard input is not UTF-8 text\n"


def test_a_port_that_is_taken_is_told_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("ACEDESK_HOME", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("ACEDESK_PORT", str(port))
        assert CliRunner().invoke(main, ["migrate"]).exit_code == 0
        done = subprocess.run(
            [sys.executable, "-m", "desk", "serve"], capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("Error: a port is taken: ")
    assert str(port) in last
