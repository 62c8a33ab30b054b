"""What goes on behind a secret: `was X, now Y`, `X and Y`, `from X to Y`.

People who correct themselves, or list what they tried, name the kind of a secret once. So a value
of the same kind, joined to a secret by nothing but words of listing and correcting, is one too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from textkit._codes import FULL_DATE
from textkit._passwords import looks_secret, trimmed
from textkit._secret import Secret, any_of
from textkit.normalise import Plain

_WORDS = any_of(
    "now and or then to not is it's it its was new old current currently correct corrected changed "
    "instead also but another other second third after before later today yesterday previously "
    "formerly maybe perhaps either with in for ends ending number no num "
    "y o e u a ni no es era fue la el las los lo ahora hoy luego despues antes nueva nuevo actual "
    "vieja viejo anterior otra otro segunda segundo tambien pero sino creo tal_vez quiza corregida "
    "corregido cambiada cambiado en por como con termina numero "
    "should must read say says said be of debe deberia decir dice decia ser "
    "checking savings ahorros? corriente"
)
_JOINT = re.compile(rf"(?:[ \t,;:/&|()\[\]\"'<>=+.-]|\n(?!\n)|(?<![a-z0-9]){_WORDS}(?![a-z0-9']))+")
_LONGEST_JOINT = 40
_GROUPED = re.compile(r"\d{5,20}(?![\d/]|[.,-]\d)|\d{2,6}(?:[ -]\d{2,6}){1,6}(?![\d/]|[.,-]\d)")
_TELEPHONE = re.compile(r"\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}|1-\d{3}-\d{3}-\d{4}|\d{2}-\d{7}")
_CODE = re.compile(
    r"(?:\d{5,8}|\d{3}[ -]\d{3}|(?=[a-z]{0,7}\d)(?=\d{0,7}[a-z])[a-z0-9]{5,8})"
    r"(?![\w-]|[.,/]\d)"
)
_DATE = re.compile(FULL_DATE)
_LAST_FOUR = re.compile(r"\d{4}(?![\d/-]|[.,]\d)")
_NINE = re.compile(r"\d{3}[ .-]?\d{2}[ .-]?\d{4}(?!\d)")
_WORD = re.compile(r"[^\s\0]{4,128}")
_PAPER = re.compile(r"(?=[a-z]{0,3}\d)[a-z]{0,3}\d{6,12}(?![a-z0-9])")


def find_chained(view: Plain, secrets: Iterable[Secret]) -> Iterator[Secret]:
    """The secrets of `view` that follow one of `secrets`, and those that follow them."""
    seen: set[int] = set()
    for secret in secrets:
        kind, end = secret.kind, secret.end
        while (value := _next(view, kind, end)) is not None and value[0] not in seen:
            seen.add(value[0])
            yield Secret(*value, kind)
            end = value[1]


def _next(view: Plain, kind: str, end: int) -> tuple[int, int] | None:
    joint = _JOINT.match(view.text, end, end + _LONGEST_JOINT)
    return _VALUES[kind](view, joint.end(), joint[0]) if joint else None


def _matching(
    pattern: re.Pattern[str], refused: re.Pattern[str] | None = None
) -> Callable[[Plain, int, str], tuple[int, int] | None]:
    def value(view: Plain, start: int, _: str) -> tuple[int, int] | None:
        match = pattern.match(view.text, start)
        refuse = refused.match(view.text, start) if refused and match else None
        return match.span() if match and not refuse else None

    return value


def _social(view: Plain, start: int, joint: str) -> tuple[int, int] | None:
    """Another number, or the last four digits when the joint says that it ends in them."""
    match = _NINE.match(view.text, start)
    if match is None and re.search(r"\b(?:ends|ending|termina)\b", joint):
        match = _LAST_FOUR.match(view.text, start)
    return match.span() if match else None


def _password(view: Plain, start: int, _: str) -> tuple[int, int] | None:
    """What looks like a password and holds a letter or a sign; a bare number is another thing."""
    match = _WORD.match(view.text, start)
    value = trimmed(view.text, *match.span()) if match else None
    if value is None or not looks_secret(view, *value):
        return None
    return value if re.search(r"[a-z@#$%^&*!+]", view.text[slice(*value)]) else None


_VALUES: dict[str, Callable[[Plain, int, str], tuple[int, int] | None]] = {
    "ssn": _social,
    "itin": _social,
    "bank": _matching(_GROUPED, _TELEPHONE),
    "card": _matching(re.compile(r"\d{4}(?:[ -]?\d{2,6}){2,4}(?!\d)")),
    "password": _password,
    "token": _matching(_CODE),
    "birth_date": _matching(_DATE),
    "passport": _matching(_PAPER),
    "driver_license": _matching(_PAPER),
}
