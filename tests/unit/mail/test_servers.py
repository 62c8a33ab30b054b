"""A server's address says how it is spoken to, and a wrong one says what is wrong."""

import pytest

from desk.mail.mailbox import Account, wait_s
from desk.mail.servers import Server, UnusableServer
from desk.mail.smtp import relay


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://relay.example", Server(host="relay.example", port=587, security="starttls")),
        ("smtps://relay.example", Server(host="relay.example", port=465, security="tls")),
        ("smtp://127.0.0.1:25", Server(host="127.0.0.1", port=25, security="none")),
        ("smtp://localhost:25", Server(host="localhost", port=25, security="none")),
        ("smtp://[::1]:25", Server(host="::1", port=25, security="none")),
        (
            "smtps://a%40b:p%3Aw@r.example:2465",
            Server(host="r.example", port=2465, security="tls", username="a@b", password="p:w"),
        ),
    ],
)
def test_a_relay(url, server):
    assert relay(url) == server


@pytest.mark.parametrize(
    ("url", "name", "security"),
    [
        ("imaps://desk:x@mail.example", "desk@mail.example/INBOX", "tls"),
        ("imap://desk:x@mail.example/Support/EN", "desk@mail.example/Support/EN", "starttls"),
        ("imap://desk%40x.example:x@127.0.0.1/", "desk@x.example@127.0.0.1/INBOX", "none"),
    ],
)
def test_a_mailbox(url, name, security):
    account = Account.parse(url)
    assert (account.name, account.server.security) == (name, security)


@pytest.mark.parametrize("url", ["", "http://x", "smtp://", "smtp://x:99999", "relay.example:25"])
def test_a_relay_that_can_not_be_is_a_clear_error(url):
    with pytest.raises(UnusableServer, match="ACEDESK_SMTP_URL"):
        relay(url)


@pytest.mark.parametrize(
    "url", ["", "smtp://a:secret@x", "imaps://mail.example", "imaps://a@x", "imap://a:secret@"]
)
def test_a_mailbox_that_can_not_be_is_a_clear_error(url):
    with pytest.raises(UnusableServer, match="ACEDESK_MAILBOXES") as error:
        Account.parse(url)
    assert "secret" not in str(error.value)


def test_a_server_that_is_away_is_asked_ever_more_rarely():
    waits = [wait_s(failures, 0.0) for failures in range(1, 100)]
    assert waits[:4] == [1, 2, 4, 8]
    assert max(waits) == 300
    assert wait_s(3, 0.99) > 2
