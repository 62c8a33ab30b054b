"""Secrets whose label or own form is a machine's: JSON, forms, HTML, addresses, keys of services.

Works on the plain form of a text (`normalise.plain`), which has no capitals: `accountNumber` and
`account_number` are one label. Every repetition is bounded: the time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from textkit._secret import Secret

# What a label says once its underscores and hyphens are gone (the kinds of DOMAIN.md §3).
_NUMBER = "(?:numbers?|num|no|nbr|nro|numero)?"
_LABELS = (
    ("ssn", rf"(?:ssn|socialsecurity{_NUMBER}|segurosocial|nss|numerosegurosocial)"),
    ("itin", rf"itin{_NUMBER}"),
    (
        "bank",
        rf"(?:bank)?(?:account|acct|acc|routing|aba|rtn|iban|clabe){_NUMBER}"
        r"|(?:numero)?(?:de)?cuenta(?:bancaria)?|numerocuenta|numeroruta|cuentabanco",
    ),
    (
        "card",
        rf"(?:credit|debit)?card{_NUMBER}|pan|cvv2?|cvc2?|(?:numero)?tarjeta|cardcvv|cardcvc",
    ),
    (
        "password",
        r"(?:new|old|my|user|login|current|temp|admin|root|db|portal|ace|email)?"
        r"(?:password|passwd|pwd|passphrase|contrasena)|pass|pw"
        r"|clave|clientsecret|sharedsecret",
    ),
    (
        "token",
        r"(?:access|auth|security|refresh|session|bearer|id)?token|otp|apikey|secretkey"
        r"|(?:one)?timecode|verificationcode|securitycode|sessionid|codigoverificacion",
    ),
    ("birth_date", r"dob|dateofbirth|birth(?:date|day)|fecha(?:de)?nacimiento|fechanac"),
    ("passport", rf"passport{_NUMBER}|pasaporte|numeropasaporte"),
    ("driver_license", rf"(?:drivers?)?licen[cs]e{_NUMBER}|cdl{_NUMBER}|licenciaconducir"),
)
_LABEL = re.compile("|".join(rf"(?P<{kind}>(?:{form})\Z)" for kind, form in _LABELS))
_JOINED = r"[a-z]{2,20}(?:[_-][a-z]{1,16}){0,4}"
_FIELD = re.compile(
    rf"(?<![a-z0-9])({_JOINED})(?:[\"']\s{{0,3}}[:=]\s{{0,3}}[\"']?|=[\"']?|>)(?=[^\s\"'<>&\0])"
)
_INPUT = re.compile(rf"\bname=[\"']({_JOINED})[\"'][^<>\0]{{0,60}}?\bvalue=[\"'](?=[^\"'])")
# Underscores make one word of a label, so that the rules for prose do not see it.
_SNAKE = re.compile(rf"(?<![a-z0-9_])({_JOINED})\s{{0,2}}:\s{{1,3}}(?=[^\s\"'<>\0])")
_QUOTED_END = re.compile(r"[^\"'<>&\n\0]{1,256}")
_BARE_END = re.compile(r"[^\s\"'<>&,;\0]{1,256}")

_USERINFO = re.compile(r"//[^\s/:@\0]{1,64}:([^\s/@\0]{1,128})@")
# The forms under which services issue keys: GitHub, Stripe, Slack, AWS, Google, JSON Web Tokens
# (RFC 7519 §3: three base64url parts, the first of which begins with `{"`, thus `eyJ`).
_KEY = re.compile(
    r"(?<![a-z0-9])(?:(?:sk|pk|rk)[_-](?:live|test)[_-][a-z0-9]{10,128}|gh[pousr]_[a-z0-9]{20,128}"
    r"|github_pat_[a-z0-9_]{20,128}|xox[abprs]-[a-z0-9-]{10,128}|(?:akia|asia)[a-z0-9]{16}"
    r"|aiza[a-z0-9_-]{35}|eyj[a-z0-9_-]{8,1024}\.[a-z0-9_-]{4,1024}(?:\.[a-z0-9_-]{4,512})?)"
    r"(?![a-z0-9])"
)
_AUTHORIZATION = re.compile(r"\bauthorization\s{0,2}[:=]\s{0,2}(?:basic|digest)\s([^\s\0]{6,512})")


def find_fields(text: str) -> Iterator[Secret]:
    """Every value in the plain `text` that stands behind the label of a secret, and every key."""
    for pattern, end in ((_FIELD, _QUOTED_END), (_INPUT, _QUOTED_END), (_SNAKE, _BARE_END)):
        for match in pattern.finditer(text):
            kind = _kind_of(match[1])
            quoted = match[0][-1] in "\"'>"
            value = (end if quoted else _BARE_END).match(text, match.end())
            if kind and value and _is_value(kind, value[0], snake=pattern is _SNAKE):
                yield Secret(match.end(), match.end() + len(value[0].rstrip()), kind)
    for match in _USERINFO.finditer(text):
        yield Secret(*match.span(1), "password")
    for match in _KEY.finditer(text):
        yield Secret(*match.span(), "token")
    for match in _AUTHORIZATION.finditer(text):
        yield Secret(*match.span(1), "token")


def _kind_of(label: str) -> str | None:
    match = _LABEL.match(re.sub(r"[_-]", "", label))
    return match.lastgroup if match else None


def _is_value(kind: str, value: str, *, snake: bool) -> bool:
    """A password is anything, behind a label in prose anything but a word; others have digits."""
    digits = sum(char.isdigit() for char in value)
    if kind == "password":
        return value not in {"true", "false", "null", "none"} and not (snake and value.isalpha())
    return digits >= (3 if kind in {"card", "birth_date"} else 4)
