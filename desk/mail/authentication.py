"""What our own border found out about a mail's sender (RFC 8601)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["pass", "fail", "none"]

_PIECES = re.compile(r"\\.|[()\"]|[^\\()\"]+|\\", re.DOTALL)
_RESULT = re.compile(r"^\s*([a-z0-9-]+)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)", re.IGNORECASE)
_METHODS = ("spf", "dkim", "dmarc", "arc")


@dataclass(frozen=True, kw_only=True)
class Authentication:
    """The results that may be believed, by method, and what follows from them."""

    verdict: Verdict
    results: dict[str, str] = field(default_factory=dict)
    forged: bool = False
    """Below the results of our border, others claim to be ours too."""


def authenticate(written: Iterable[str], *, authserv_id: str) -> Authentication:
    """Read the results of the topmost header, when our own border wrote it.

    A border adds its header above what a mail brings along; whatever stands below came with the
    mail, whoever it claims to be from.

    Args:
        written: the values of `Authentication-Results`, from the top down.
        authserv_id: what our border calls itself; without it nothing is believed.
    """
    values = [_without_comments(value) for value in written]
    ours = [bool(authserv_id) and _server(value) == authserv_id.lower() for value in values]
    forged = any(ours[1:])
    if not values or not ours[0]:
        return Authentication(verdict="none", forged=any(ours))
    results: dict[str, str] = {}
    for part in values[0].split(";")[1:]:
        found = _RESULT.match(part)
        if found and found[1].lower() in _METHODS:
            method, result = found[1].lower(), found[2].lower()
            # A mail may carry several signatures; one that holds is enough.
            if results.get(method) != "pass":
                results[method] = result
    return Authentication(verdict=_verdict(results), results=results, forged=forged)


def _verdict(results: dict[str, str]) -> Verdict:
    """DMARC alone looks at the address that people see; the others stand in where it is silent."""
    if (dmarc := results.get("dmarc")) in {"pass", "fail"}:
        return "pass" if dmarc == "pass" else "fail"
    found = {results.get("spf"), results.get("dkim")}
    if "pass" in found:
        return "pass"
    return "fail" if found & {"fail", "softfail", "permerror"} else "none"


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
