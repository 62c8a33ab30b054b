"""What our own border found out about a mail's sender (RFC 8601)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["pass", "fail", "none"]

_PIECES = re.compile(r"\\.|[()\"]|[^\\()\"]+|\\", re.DOTALL)
_RESULT = re.compile(r"^\s*([a-z0-9-]+)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)", re.IGNORECASE)
_METHODS = ("spf", "dkim", "dmarc", "arc")
_DOMAIN = re.compile(
    r"\b(?:smtp\.mailfrom|header\.[di])\s*=\s*(?:[^\s;@]*@)?([a-z0-9.-]+)", re.IGNORECASE
)
"""Whose the sending server or the signature is."""


@dataclass(frozen=True, kw_only=True)
class Authentication:
    """The results that may be believed, by method, and what follows from them."""

    verdict: Verdict
    results: dict[str, str] = field(default_factory=dict)
    forged: bool = False
    """Below the results of our border, others claim to be ours too."""


def authenticate(written: Iterable[str], *, authserv_id: str, sender: str) -> Authentication:
    """Read the results of the topmost header, when our own border wrote it.

    A border adds its header above what a mail brings along; whatever stands below came with the
    mail, whoever it claims to be from.

    Args:
        written: the values of `Authentication-Results`, from the top down.
        authserv_id: what our border calls itself; without it nothing is believed.
        sender: the address that people see.
    """
    values = [_without_comments(value) for value in written]
    ours = [bool(authserv_id) and _server(value) == authserv_id.lower() for value in values]
    forged = any(ours[1:])
    if not values or not ours[0]:
        return Authentication(verdict="none", forged=any(ours))
    results: dict[str, str] = {}
    vouched = False
    for part in values[0].split(";")[1:]:
        found = _RESULT.match(part)
        if found and found[1].lower() in _METHODS:
            method, result = found[1].lower(), found[2].lower()
            if method in {"spf", "dkim"} and result == "pass":
                vouched = vouched or any(_is_aligned(one, sender) for one in _DOMAIN.findall(part))
            # A mail may carry several signatures; one that holds is enough.
            if results.get(method) != "pass":
                results[method] = result
    verdict = _verdict(results, vouched=vouched)
    return Authentication(verdict=verdict, results=results, forged=forged)


def _verdict(results: dict[str, str], *, vouched: bool) -> Verdict:
    """DMARC alone looks at the address that people see; the others stand in where it is silent.

    Args:
        vouched: SPF or DKIM passed for the domain that people see; anybody passes for their own.
    """
    if (dmarc := results.get("dmarc")) in {"pass", "fail"}:
        return "pass" if dmarc == "pass" else "fail"
    if vouched:
        return "pass"
    found = {results.get("spf"), results.get("dkim")}
    return "fail" if found & {"fail", "softfail", "permerror"} else "none"


def _is_aligned(domain: str, sender: str) -> bool:
    """Whether a domain is that of an address, above it or below it (RFC 7489 §3.1, relaxed)."""
    one = domain.lower().strip(".")
    other = sender.rpartition("@")[2].lower().strip(".")
    if "." not in one or "." not in other:
        return False
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _server(value: str) -> str:
    words = value.partition(";")[0].split()
    return words[0].lower() if words else ""


def _without_comments(value: str) -> str:
    """Without comments, which may be nested, and without what is quoted: it may hold anything."""
    kept: list[str] = []
    depth, quoted = 0, False
    for piece in _PIECES.findall(value):
        if quoted or depth:
            quoted = quoted and piece != '"'
            depth += (piece == "(") - (piece == ")") if not quoted and depth else 0
        elif piece == '"':
            quoted = True
        elif piece == "(":
            depth = 1
            kept.append(" ")
        else:
            kept.append(piece)
    return "".join(kept)
