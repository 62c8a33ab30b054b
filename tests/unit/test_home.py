import json
import socket

from desk.home import Home
from desk.settings import Settings


def test_secrets_are_made_once_and_readable_by_their_owner_only(tmp_path):
    home = Home(tmp_path / "home")
    assert home.secrets() == Home(tmp_path / "home").secrets()
    assert (tmp_path / "home").stat().st_mode & 0o077 == 0
    assert (tmp_path / "home" / "secrets.json").stat().st_mode & 0o077 == 0


def test_a_home_of_an_older_version_gets_the_secrets_that_it_lacks(tmp_path):
    file = tmp_path / "secrets.json"
    file.write_text('{"bot_token": "b", "service_token": "s", "later": "x"}')
    made = Home(tmp_path).secrets()
    assert (made.bot_token, made.service_token) == ("b", "s")
    assert made == Home(tmp_path).secrets()
    assert json.loads(file.read_text())["later"] == "x"
    assert file.stat().st_mode & 0o077 == 0


def test_ports_are_recorded_for_the_other_processes(tmp_path):
    home, settings = Home(tmp_path), Settings(home=tmp_path)
    assert home.ports(settings) == home.ports(settings)
    assert home.ports(Settings(home=tmp_path, bot_port=4711)).bot == 4711


def test_a_recorded_port_that_somebody_took_is_replaced_at_the_start(tmp_path):
    home, settings = Home(tmp_path), Settings(home=tmp_path)
    before = home.ports(settings)
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", before.bot))
        squatter.listen()
        after = home.ports(settings, starting=True)
    assert after.bot != before.bot
    assert after.action == before.action
    assert home.ports(settings) == after
