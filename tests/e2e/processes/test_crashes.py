"""Processes that are killed, forms that are left alone, messages that come twice."""

import os
import signal
from collections.abc import Iterator

import pytest

from tests.e2e.stack import Stack, kind_of, new_sender, running, text_of


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A desk of its own, since these tests break it."""
    home = tmp_path_factory.mktemp("fragile")
    with running(home, ACEDESK_HANDOFF_IDLE="20", ACEDESK_BOT_TIMEOUT="5") as started:
        yield started


def kill_bot(stack: Stack) -> None:
    os.kill(stack.pid_of("bot"), signal.SIGKILL)
    stack.wait_for(lambda: stack.health()["bot"] == "down")


def wait_for_bot(stack: Stack) -> None:
    stack.wait_for(lambda: stack.health()["bot"] == "ok", seconds=90)


@pytest.mark.parametrize(
    ("question", "apology", "button"),
    [
        ("how do i add a new user to our ace account", "not available", "Open a ticket"),
        ("cómo agrego un usuario a nuestra cuenta de ace", "no está disponible", "Abrir un caso"),
    ],
)
def test_a_killed_bot_gives_a_degraded_reply_and_then_a_normal_one(
    fragile: Stack, question: str, apology: str, button: str
) -> None:
    sender = new_sender()
    assert kind_of(fragile.say(sender, question)) == "answer"
    kill_bot(fragile)
    degraded = fragile.say(sender, question)
    assert kind_of(degraded) == "degraded"
    assert apology in text_of(degraded)
    assert degraded[0]["buttons"] == [{"title": button, "payload": "/person_wanted"}]
    assert fragile.http.get("/health").status_code == 503
    assert fragile.http.get("/health/ready").status_code == 200
    wait_for_bot(fragile)
    assert kind_of(fragile.say(sender, question)) == "answer"


def test_without_the_bot_the_desk_still_opens_a_ticket(fragile: Stack) -> None:
    sender = new_sender()
    kill_bot(fragile)
    fragile.say(sender, "my reports are empty since monday, dana@example.com")
    opened = fragile.say(sender, "/person_wanted")
    assert kind_of(opened) == "ticket"
    ticket = fragile.cli("tickets", "show", opened[0]["custom"]["ticket"], "--json")
    assert ticket["requester"] == {"email": "dana@example.com"}
    assert "my reports are empty" in ticket["summary"]
    wait_for_bot(fragile)


def test_a_restart_of_the_bot_in_mid_form_loses_nothing(fragile: Stack) -> None:
    sender = new_sender()
    fragile.say(sender, "quiero hablar con una persona")
    fragile.say(sender, "no me abre la pestaña Reports")
    kill_bot(fragile)
    wait_for_bot(fragile)
    resumed = fragile.say(sender, "Lourdes Arce")
    assert kind_of(resumed) == "handoff"
    confirm = fragile.say(sender, "lourdes@example.com")
    for kept in ("no me abre la pestaña Reports", "Lourdes Arce", "lourdes@example.com"):
        assert kept in text_of(confirm)
    assert kind_of(fragile.say(sender, "sí, ábralo")) == "ticket"


def test_the_same_message_twice_gets_the_stored_reply_and_one_ticket(fragile: Stack) -> None:
    sender = new_sender()
    text = "someone hacked our ace account and changed the bank information"
    first = fragile.say(sender, text, message_id="m-1")
    assert kind_of(first) == "urgent"
    assert fragile.say(sender, text, message_id="m-1") == first


def test_a_turn_that_timed_out_and_came_again_opens_one_ticket(fragile: Stack) -> None:
    sender = new_sender()
    story = "la pestaña Reports no abre desde ayer por la tarde"
    fragile.say(sender, "quiero hablar con una persona")
    for text in (story, "/skip", "/skip"):
        assert kind_of(fragile.say(sender, text)) == "handoff"
    bot = fragile.pid_of("bot")
    os.kill(bot, signal.SIGSTOP)
    try:
        assert kind_of(fragile.say(sender, "sí")) == "degraded"
    finally:
        os.kill(bot, signal.SIGCONT)
    wait_for_bot(fragile)
    again = fragile.say(sender, "sí, abra el caso")
    said = [again, fragile.say(sender, "quiero hablar con una persona")]
    opened = [t for t in fragile.cli("tickets", "list", "--json") if t["summary"].startswith(story)]
    assert len(opened) == 1
    assert opened[0]["number"] in text_of(said[0]) + text_of(said[1])


def test_a_form_left_alone_opens_the_ticket_with_what_it_has(fragile: Stack) -> None:
    started = fragile.http.post("/api/v1/conversations", json={"language": "en"}).json()
    headers = {"Authorization": f"Bearer {started['token']}"}
    base = f"/api/v1/conversations/{started['id']}"
    before = len(fragile.cli("tickets", "list", "--json"))
    for number, text in enumerate(["talk to a person please", "reports are empty since monday"]):
        sent = fragile.http.post(
            f"{base}/messages", headers=headers, json={"client_id": str(number), "text": text}
        )
        assert sent.status_code == 202
    fragile.wait_for(
        lambda: len(fragile.cli("tickets", "list", "--json")) == before + 1, seconds=60
    )
    newest = fragile.cli("tickets", "list", "--json")[0]
    ticket = fragile.cli("tickets", "show", newest["number"], "--json")
    assert ticket["summary"] == "reports are empty since monday"
    assert newest["number"] in ticket["transcript"][-1]["text"]


def test_an_acknowledged_message_survives_the_death_of_the_desk(fragile: Stack) -> None:
    started = fragile.http.post("/api/v1/conversations", json={"language": "en"}).json()
    headers = {"Authorization": f"Bearer {started['token']}"}
    base = f"/api/v1/conversations/{started['id']}"
    sent = fragile.http.post(
        f"{base}/messages",
        headers=headers,
        json={"client_id": "1", "text": "how do i add a new user to our ace account"},
    )
    assert sent.status_code == 202
    os.kill(fragile.pid_of("serve"), signal.SIGKILL)
    fragile.wait_for(lambda: fragile.health()["status"] == "ok", seconds=60)
    answer = ""
    with fragile.http.stream("GET", f"{base}/stream", headers=headers) as stream:
        for line in stream.iter_lines():
            answer += line
            if '"actor": "bot"' in line:
                break
    assert answer.count('"actor": "visitor"') == 1
    assert "add_manage_users" in answer


def test_ctrl_c_stops_every_process(tmp_path) -> None:
    stack = Stack(tmp_path / "home")
    stack.start()
    pids = [stack.pid_of(name) for name in ("bot", "serve", "worker")]
    assert stack.stop() == 0
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
