import pytest

from desk.attachments.scanner import Clamd, NoScanner, scanner_of


@pytest.mark.parametrize(
    "address", ["127.0.0.1:3310", "clamav:3310", "[::1]:3310", "/run/clamav/clamd.ctl"]
)
def test_a_scanner_is_on_a_port_or_behind_a_socket(address):
    assert isinstance(scanner_of(address), Clamd)


@pytest.mark.parametrize(
    "address", ["", "clamav", "3310", "host:", "host:0", "host:99999", "a b:1"]
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ValueError, match="neither"):
        scanner_of(address)


async def test_without_a_scanner_everything_passes():
    scanner = scanner_of(None)
    assert isinstance(scanner, NoScanner)
    await scanner.check(b"x")
