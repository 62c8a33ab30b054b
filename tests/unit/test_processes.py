import pytest
from click.testing import CliRunner

from desk.cli import main
from tests.e2e.stack import free_port


@pytest.mark.parametrize("several", ["--desks", "--bots"])
@pytest.mark.parametrize(
    ("redis_url", "reason"),
    [
        (None, "set ACEDESK_REDIS_URL"),
        ("redis://127.0.0.1:{port}/0", "Redis can not be reached at ACEDESK_REDIS_URL"),
        ("127.0.0.1:6379", "Redis can not be reached at ACEDESK_REDIS_URL"),
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
