"""Where webhooks may not lead: an address of the desk's own machine, network or cloud."""

import asyncio
import socket
from ipaddress import ip_address

import httpx
import pytest

from desk.outbox.addresses import ForbiddenAddress, check_url, is_open, resolved
from desk.outbox.senders import UnusableAddress

CLOSED = (
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1",
    "169.254.169.254", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:0:1::1", "2001:db8::1",
    "fec0::1", "::127.0.0.1", "::10.0.0.1", "::8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b:1::a00:1",
    "64:ff9b::", "64:ff9b::a00:1", "2002:a9fe:a9fe::1", "::ffff:0.0.0.0", "5f00::1",
    "4000::1", "100::1",
)  # fmt: skip
OPEN = ("8.8.8.8", "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::808:808")


@pytest.mark.parametrize("address", CLOSED)
def test_what_only_the_desk_can_reach_is_closed(address):
    assert not is_open(ip_address(address))


@pytest.mark.parametrize("address", OPEN)
def test_the_open_internet_is_open(address):
    assert is_open(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/x", "ftp://hooks.example.com", "https://", "https:///x", "x",
        "https://user:pass@hooks.example.com/", "https://hooks.example.com/#x", "https://[::1]/",
        "https://127.0.0.1/", "https://169.254.169.254/latest/meta-data", "javascript:alert(1)",
        "https://hooks.example.com/" + "x" * 500, "https://\x00/", "https://h:99999999/",
    ],
)  # fmt: skip
def test_an_address_that_can_not_be_is_refused_when_it_is_added(url):
    with pytest.raises(UnusableAddress):
        check_url(url, loopback=False)


def test_loopback_will_do_where_it_is_wished_for():
    for url in ("http://127.0.0.1:8000/x", "http://localhost/x", "https://127.0.0.1/x"):
        with pytest.raises(UnusableAddress):
            check_url(url if url != "http://localhost/x" else "http://localhost", loopback=False)
        check_url(url, loopback=True)
    for url in ("http://hooks.example.com", "http://10.0.0.1/", "https://10.0.0.1/"):
        with pytest.raises(UnusableAddress):
            check_url(url, loopback=True)


@pytest.mark.parametrize(
    "host", ["localhost", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "[::ffff:7f00:1]"]
)
async def test_a_name_that_leads_home_is_refused_when_it_is_resolved(host):
    # What the system itself makes of odd spellings of 127.0.0.1.
    with pytest.raises((UnusableAddress, ForbiddenAddress, OSError)):
        await resolved(check_url(f"https://{host}/", loopback=False), loopback=False)


async def test_one_closed_address_among_open_ones_is_enough_to_refuse(monkeypatch):
    answers = [["93.184.215.14"], ["93.184.215.14", "10.0.0.7"], ["fe80::1%eth0"]]

    async def resolve(_self, _host, port, **_):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in answers.pop(0)]

    monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", resolve)
    url = httpx.URL("https://hooks.example.com/x")
    assert await resolved(url, loopback=False) == "93.184.215.14"
    for _ in range(2):
        with pytest.raises(ForbiddenAddress):
            await resolved(url, loopback=False)
