"""Passwords, by the phrase around them in English or Spanish.

Works on the plain form of a text (`normalise.plain`), so the patterns carry no accents; whether a
word looks like a password is judged on the characters as they were typed. Every repetition is
bounded: the time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from textkit._codes import OTHER_CODE
from textkit._secret import Secret, any_of, any_word
from textkit.lexicon import words
from textkit.normalise import Plain

_GAP, _SPACES = r"[ \t]{1,3}", r"[ \t]{0,3}"
_NAMES = (
    r"passwords? passwrd passwort passord paswords? passwd passcodes? passphrases? pwd psw pword "
    r"pw contrasenas? contrasenias? contraseneas? contasenas? contracenas? clave"
)
_PASSWORD = any_word(rf"{_NAMES} (?<!eagle_)pass (?<=mi_)contra (?<=la_)contra pin nip")
_MY = any_of("my the our her his mi la su nuestra")
_IS = any_of("is was es era fue")
# Words that may stand between "password" and "is" when the phrase is about the password itself.
_OWN = any_of(
    "for to the in into on of ace portal login log sign account i we use used using that my her "
    "his their our new old current temp temporary temporal number no num numero typed entered "
    "have has gave me he she they it del de la el para entrar ingresar cuenta que uso usaba tengo "
    "puse actual nueva nuevo vieja mi sistema sesion iniciar system website site web email "
    "correo usuario user acceso"
)
_OWN_WORDS = re.compile(rf"(?:{_GAP}{_OWN})*")
_NAMED = re.compile(
    rf"{_PASSWORD}(?P<between>(?:{_GAP}[a-z']{{1,14}}){{0,7}}?)[ \t)]{{0,4}}"
    rf"(?:(?P<sign>[:=]|->|=>)\s{{0,3}}|{_GAP}(?:{_IS}|equals){_SPACES}[:=]?\s{{1,2}})"
)
_ADJECTIVE = any_of("new old current temp temporary nueva vieja actual temporal ace number")
_ADJACENT = re.compile(
    rf"{_PASSWORD}"
    rf"(?: {any_of('del? de_la for for_the')} {any_of('portal ace acceso sistema cuenta')})?"
    rf"(?: {_ADJECTIVE}){{0,2}}"
    rf"{_SPACES}[-,(]?{_SPACES}\n?{_SPACES}"
)
_CHANGED = re.compile(
    rf"{_PASSWORD}(?:{_GAP}\w{{1,12}}){{0,3}}{_GAP}{any_of('to into a por as como')}{_GAP}"
)
_PAIR = re.compile(
    rf"\b(?:user ?(?:name|id)?|usuario|usr|login|id){_SPACES}[:=]?{_SPACES}([^\s:=\0]{{3,40}})"
    rf"[ \t,;/]{{1,4}}(?:(?:and|y) )?(?:(?:my|mi) )?{_PASSWORD}[ \t:=]{{1,4}}"
)
_SEVERAL = re.compile(
    rf"{any_word('passwords contrasenas claves credentials credenciales log_?ins?')}"
    rf"{_SPACES}(?:are|son|is|es|:|=)|{_PASSWORD}{_SPACES}(?:are|son)\b"
)
_PASSWORD_AFTER = re.compile(
    rf"(?:\b{_IS}{_GAP}{_MY}{_GAP}(?:\w{{1,10}}{_GAP}){{0,2}}?"
    rf"|\b{any_of('as como de for')}{_GAP}(?:(?:a|{_MY}){_GAP})?){_PASSWORD}"
)
_VALUE = re.compile(r"\"[^\"\n\0]{1,64}\"|'[^'\n\0]{1,64}'|[^\s\0]{1,128}")
_OPENING, _CLOSING = "\"'([<*=:,-", ".,;:?)]}\"'*>"
_ADDRESS = re.compile(
    r"[^@]+@[^@]+\.\w+|https?://.*|www\..*|(?:\w+\.)+(?:gov|com|org|net|pdf|csv|xlsx?|docx?)"
)
_IDENTIFIER = re.compile(
    r"\(?\d{3}\)?[.-]\d{3}[.-]\d{4}|\d{2}-\d{7}(?:-?\w\w)?|[a-z0-9]{3}-\d{7}-\d"
    r"|(?:inc|ritm|req|cs)\d{7}|asd-\d{6}|\d{1,2}[/-]\d{1,2}[/-]\d{2,4}|\d{4}-\d{2}-\d{2}"
)
_QUANTITY = re.compile(
    r"\d{1,2}\+?|\d{1,3}[-x/]\w+|\d+(?:st|nd|rd|th)|[a-z]{2,3}-?\d{3}|\d{1,2}:\d{2}(?:[ap]m)?"
)
_INNER_SYMBOL = re.compile(r"\w[!@#$%^&*+=?~]{1,3}\w|\w[@#$%^&*+=~]|[!@#$%^&*+=~]\w")
_FURTHER_WORDS = re.compile(r"(?: {1,2}[a-z0-9]{2,20}){1,4}(?=[.!]? {0,3}(?:\n|$))")


def find_passwords(view: Plain) -> Iterator[Secret]:
    """Every password in `view` that its phrase gives away; spans may overlap."""
    for search in (_named, _beside, _in_pair, _in_line, _before):
        for start, end in search(view):
            yield Secret(start, end, "password")


def _named(view: Plain) -> Iterator[tuple[int, int]]:
    """`my password is X`, `la contraseña que uso es X`, `pw: X`."""
    text = view.text
    reached = 0
    for match in _NAMED.finditer(text):
        value = _value_at(view, match.end())
        if value is None or match.start() < reached:
            continue
        own = _OWN_WORDS.fullmatch(match["between"]) and (match["sign"] or _is_mine(text, match))
        if _looks_secret(view, *value) and not OTHER_CODE.search(match["between"]):
            reached = value[1]
            yield value
        elif own and not _is_harmless(text[slice(*value)]):
            reached = value[1]
            yield _whole_passphrase(text, *value)


def _beside(view: Plain) -> Iterator[tuple[int, int]]:
    """`password X`, `clave del portal X`, `changed my password to X`."""
    for pattern in (_ADJACENT, _CHANGED):
        for match in pattern.finditer(view.text):
            value = _value_at(view, match.end())
            if value and _looks_secret(view, *value):
                yield value


def _in_pair(view: Plain) -> Iterator[tuple[int, int]]:
    """`user jdoe password X`."""
    for match in _PAIR.finditer(view.text):
        value = _value_at(view, match.end())
        if value and not (_is_harmless(match[1]) or _is_harmless(view.text[slice(*value)])):
            yield value


def _in_line(view: Plain) -> Iterator[tuple[int, int]]:
    """`credentials: jdoe / X`."""
    text = view.text
    for match in _SEVERAL.finditer(text):
        line = text[match.end() : match.end() + 80].partition("\n")[0]
        for word in _VALUE.finditer(line):
            value = _trimmed(text, match.end() + word.start(), match.end() + word.end())
            if value and _looks_secret(view, *value):
                yield value


def _before(view: Plain) -> Iterator[tuple[int, int]]:
    """`X is my password`, `puse X como contraseña`."""
    for match in _PASSWORD_AFTER.finditer(view.text):
        first = max(0, match.start() - 130)
        before = view.text[first : match.start()].rstrip(" \t")
        if not before or before[-1] in "\n\0":
            continue
        word = before.split()[-1].rpartition("\0")[2]
        value = _trimmed(view.text, first + len(before) - len(word), first + len(before))
        if value and _looks_secret(view, *value):
            yield value


def _is_mine(text: str, match: re.Match[str]) -> bool:
    """`pass`, `pin` and `nip` have other meanings ("the pass is denied"), unless they are mine."""
    mine = text[max(0, match.start() - 3) : match.start()].strip() in {"my", "mi"}
    return mine or not match[0].startswith(("pass ", "pin ", "nip "))


def _value_at(view: Plain, start: int) -> tuple[int, int] | None:
    match = _VALUE.match(view.text, start)
    return _trimmed(view.text, *match.span()) if match else None


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Leave out quotes around a value and the punctuation that closes its sentence."""
    while start < end and text[start] in _OPENING:
        start += 1
    while end > start and text[end - 1] in _CLOSING:
        end -= 1
    return (start, end) if start < end else None


def _is_harmless(value: str) -> bool:
    """What follows "password is" in a complaint, rather than a password."""
    return value.rstrip("!?.") in words("not_a_password") or bool(_ADDRESS.fullmatch(value))


def _looks_secret(view: Plain, start: int, end: int) -> bool:
    """Digits, symbols or capitals where no ordinary word has them."""
    value = view.text[start:end]
    if len(value) < 4 or _is_harmless(value):
        return False
    if _QUANTITY.fullmatch(value) or _IDENTIFIER.fullmatch(value):
        return False
    typed = view.original(start, end)
    inner_capital = typed[1:].lower() != typed[1:] and not typed.isupper()
    return bool(
        re.search(r"\d", value) or _INNER_SYMBOL.search(value.rstrip("!?")) or inner_capital
    )


def _whole_passphrase(text: str, start: int, end: int) -> tuple[int, int]:
    """Up to five plain words that end the line, none of them a word of grammar, are one secret."""
    further = _FURTHER_WORDS.match(text, end) if text[start:end].isalpha() else None
    if further is None or not words("not_a_password").isdisjoint(further[0].split()):
        return start, end
    return start, further.end()
