import json
import os
import socket
import subprocess
import sys

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
    assert home.ports(Settings(home=tmp_path, bot_port=4711)).bots == (4711,)


def test_a_recorded_port_that_somebody_took_is_replaced_at_the_start(tmp_path):
    home, settings = Home(tmp_path), Settings(home=tmp_path)
    before = home.ports(settings)
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", before.bots[0]))
        squatter.listen()
        after = home.ports(settings, starting=True)
    assert after.bots != before.bots
    assert after.action == before.action
    assert home.ports(settings) == after


def test_a_home_of_an_older_version_has_new_ports(tmp_path):
    (tmp_path / "ports.json").write_text('{"bot": 4711, "action": 4712}')
    assert Home(tmp_path).ports(Settings(home=tmp_path)).action == 4712


def test_each_bot_has_a_port_of_its_own(tmp_path):
    home, settings = Home(tmp_path), Settings(home=tmp_path)
    three = home.ports(settings, bots=3)
    assert len({*three.bots, three.action}) == 4
    assert home.ports(settings) == three
    assert home.bot_urls(settings) == [f"http://127.0.0.1:{port}" for port in three.bots]
    assert home.ports(settings, bots=2).bots == three.bots[:2]
    in_a_row = Settings(home=tmp_path, bot_port=4711)
    assert home.ports(in_a_row).bots == (4711, 4712)


def test_bots_elsewhere_are_named_by_their_addresses(tmp_path):
    settings = Settings(home=tmp_path, bot_url="http://one:5005, http://two:5005")
    assert Home(tmp_path).bot_urls(settings) == ["http://one:5005", "http://two:5005"]


def test_processes_that_start_together_in_an_empty_home_agree(tmp_path):
    script = """
import sys
from pathlib import Path
from desk.home import Home
from desk.settings import Settings
path = Path(sys.argv[1])
print(flush=True)
sys.stdin.read()
home = Home(path)
print(home.secrets(), home.ports(Settings(home=path)))
"""
    home = tmp_path / "home"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(home)],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for process in started:
        assert process.stdout is not None
        process.stdout.readline()
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    said = {process.communicate(timeout=60)[0] for process in started}
    assert len(said) == 1
    assert "bot_token" in said.pop()
