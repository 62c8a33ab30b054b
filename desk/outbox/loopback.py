"""What is on this machine, and may be spoken to without TLS."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's own."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
