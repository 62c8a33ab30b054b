"""Passwords, by the phrase around them in English or Spanish.

Works on the plain form of a text (`normalise.plain`), so the patterns carry no accents; whether a
word looks like a password is judged on the characters as they were typed. Every repetition is
bounded: the time is linear in the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from textkit._codes import OTHER_CODE
from textkit._secret import Secret, any_of, any_word
from textkit.lexicon import words
from textkit.normalise import Plain

_GAP, _SPACES = r"[ \t]{1,3}", r"[ \t]{0,3}"
_NAMES = (
    r"passwords? passwrd passwort passord paswords? passwd passcodes? passphrases? pwd psw pword "
    r"pw contra[sc]e[a-z]{2,5} contrasenas? contasenas? clave"
)
_PASSWORD = any_word(
    rf"{_NAMES} (?<!eagle_)pass (?<=mi_)contra (?<=la_)contra pin nip shared_secret secret_word "
    "palabra_secreta respuesta_secreta respuesta_de_seguridad question_answer security_answer "
    "secret_answer"
)
_MY = any_of("my the our her his mi la su nuestra")
_IS = any_of("is was it's its es era fue")
# `my password is either X or Y`, `mi clave creo que es X`
_HEDGES = "either always usually probably maybe just now the siempre quiza tal_vez ahora la"
_PERHAPS = rf"(?:{any_of(_HEDGES)} ){{0,2}}"
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
    rf"{_PASSWORD}(?P<between>(?:,?{_GAP}[a-z']{{1,14}}){{0,7}}?)[ \t)]{{0,4}}"
    rf"(?:(?P<sign>[:=]|->|=>)\s{{0,3}}|{_GAP}(?:{_IS}|equals){_SPACES}[:=]?\s{{1,2}}{_PERHAPS})"
)
_ADJECTIVE = any_of(
    "new old current previous first second temp temporary nueva vieja anterior antigua pasada "
    "primera segunda actual temporal ace number"
)
_ADJACENT = re.compile(
    rf"{_PASSWORD}"
    rf"(?: {any_of('del? de_la for for_the')} {any_of('portal ace acceso sistema cuenta')})?"
    rf"(?: {_ADJECTIVE}){{0,2}}"
    rf"{_SPACES}[-,(]?{_SPACES}\n?{_SPACES}"
)
_CHANGED = re.compile(
    rf"{_PASSWORD}(?:{_GAP}\w{{1,12}}){{0,3}}{_GAP}{any_of('to into a por as como')}{_GAP}"
)
_CHANGED_FROM = re.compile(
    rf"{_PASSWORD}(?:{_GAP}\w{{1,12}}){{0,3}}{_GAP}{any_of('from de desde')}{_GAP}"
)
# `changed it from X to Y`, where the word for a password stands elsewhere.
_FROM_TO = re.compile(
    rf"\b{any_of('from de')}{_GAP}([^\s\0]{{4,64}}){_GAP}"
    rf"{any_of('to a por')}{_GAP}([^\s\0]{{4,64}})"
)
_PASSWORD_WORD = re.compile(_PASSWORD)
# What people make of a rule that wants capitals, digits and signs: Laredo2026, Xk9mPq2z, lare#do26.
_CANDIDATE = re.compile(r"(?<![^\s\"'(<>=:,;/\0])[^\s\"'<>\0]{6,40}")
_TYPICAL = re.compile(
    r"(?=[^\s]{0,39}\d)(?=[^\s]{0,39}[A-Za-z])(?:"
    r"[A-Za-z0-9]{1,30}[!@#$%^&*+=?~]{1,3}[\w!@#$%^&*+=?~]{0,30}"
    r"|[A-Z][a-z]{3,20}\d{2,8}[!?*#$]{0,3}"
    r"|[A-Za-z0-9]{1,20}[a-z]\d?[A-Z][A-Za-z0-9]{1,20})"
)
_PRODUCT = re.compile(
    r"(?:windows|chrome|edge|firefox|safari|office|excel|phase|fase|report\w*)\d+"
)
_WINDOW_BEFORE, _WINDOW_AFTER = 90, 50
_USED_TO_ENTER = re.compile(
    rf"\0 ?(?:to|para) {any_of('log_?in sign_?in get_in enter entrar ingresar acceder iniciar')}\b"
)
_USER_HEAD = re.compile(
    r"\b(?:user ?(?:name|id)?|usuario|usr|id|report|reporte|file|archivo|chrome|windows|version)"
    r"(?: (?:is|es|number))?[ :=#]{1,3}\Z"
)
# `login jdoe / Hunter22!`
_SLASHED = re.compile(
    r"\b(?:user ?(?:name|id)?|usuario|usr|log ?in|acceso|access)[ \t:=]{1,4}[^\s:=\0]{3,60}"
    rf"{_SPACES}[/|]{_SPACES}(?=[^\s\0])"
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
    for search in (_named, _beside, _exchanged, _near_word, _in_pair, _in_line, _before):
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
        if looks_secret(view, *value) and not OTHER_CODE.search(match["between"]):
            reached = value[1]
            yield value
        elif own and not _is_harmless(text[slice(*value)]):
            reached = value[1]
            yield _whole_passphrase(text, *value)


def _beside(view: Plain) -> Iterator[tuple[int, int]]:
    """`password X`, `clave del portal X`, `changed my password to X`."""
    for pattern in (_ADJACENT, _CHANGED, _CHANGED_FROM, _SLASHED):
        for match in pattern.finditer(view.text):
            value = _value_at(view, match.end())
            if value and looks_secret(view, *value):
                yield value


def _exchanged(view: Plain) -> Iterator[tuple[int, int]]:
    """`I changed it from X to Y, the password is not accepted`."""
    text = view.text
    for match in _FROM_TO.finditer(text):
        around = text[max(0, match.start() - 80) : match.end() + 80]
        if not _PASSWORD_WORD.search(around):
            continue
        for group in (1, 2):
            value = trimmed(text, *match.span(group))
            if value and looks_secret(view, *value) and re.search("[a-z]", text[slice(*value)]):
                yield value


def _near_word(view: Plain) -> Iterator[tuple[int, int]]:
    """`the password that works there is X but here it is Y`: nothing but a password looks so."""
    text = view.text
    for match in _CANDIDATE.finditer(text):
        value = trimmed(text, *match.span())
        if value is None or not _TYPICAL.fullmatch(_typed(view, *value)):
            continue
        if _PRODUCT.fullmatch(text, *value):
            continue
        before = text[max(0, value[0] - _WINDOW_BEFORE) : value[0]]
        around = before + "\0" + text[value[1] : value[1] + _WINDOW_AFTER]
        named = _PASSWORD_WORD.search(around) or _USED_TO_ENTER.search(around)
        if named and not _USER_HEAD.search(before) and looks_secret(view, *value):
            yield value


def _in_pair(view: Plain) -> Iterator[tuple[int, int]]:
    """`user jdoe password X`."""
    for match in _PAIR.finditer(view.text):
        value = _value_at(view, match.end())
        named = match[1] not in words("not_a_password")
        if value and named and not _is_harmless(view.text[slice(*value)]):
            yield value


def _in_line(view: Plain) -> Iterator[tuple[int, int]]:
    """`credentials: jdoe / X`."""
    text = view.text
    for match in _SEVERAL.finditer(text):
        line = text[match.end() : match.end() + 80].partition("\n")[0]
        for word in _VALUE.finditer(line):
            value = trimmed(text, match.end() + word.start(), match.end() + word.end())
            if value and looks_secret(view, *value):
                yield value


def _before(view: Plain) -> Iterator[tuple[int, int]]:
    """`X is my password`, `puse X como contraseña`."""
    for match in _PASSWORD_AFTER.finditer(view.text):
        first = max(0, match.start() - 130)
        before = view.text[first : match.start()].rstrip(" \t")
        if not before or before[-1] in "\n\0":
            continue
        word = before.split()[-1].rpartition("\0")[2]
        value = trimmed(view.text, first + len(before) - len(word), first + len(before))
        if value and looks_secret(view, *value):
            yield value


def _is_mine(text: str, match: re.Match[str]) -> bool:
    """`pass`, `pin` and `nip` have other meanings ("the pass is denied"), unless they are mine."""
    mine = text[max(0, match.start() - 3) : match.start()].strip() in {"my", "mi"}
    return mine or not match[0].startswith(("pass ", "pin ", "nip "))


def _value_at(view: Plain, start: int) -> tuple[int, int] | None:
    match = _VALUE.match(view.text, start)
    return trimmed(view.text, *match.span()) if match else None


def _typed(view: Plain, start: int, end: int) -> str:
    """The characters as typed, without what nobody sees, full-width letters as others."""
    typed = unicodedata.normalize("NFKC", view.original(start, end))
    return "".join(char for char in typed if unicodedata.category(char) != "Cf")


def trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Leave out quotes around a value and the punctuation that closes its sentence."""
    while start < end and text[start] in _OPENING:
        start += 1
    while end > start and text[end - 1] in _CLOSING:
        end -= 1
    return (start, end) if start < end else None


def _is_harmless(value: str) -> bool:
    """What follows "password is" in a complaint, rather than a password."""
    return value.rstrip("!?.") in words("not_a_password") or bool(_ADDRESS.fullmatch(value))


def looks_secret(view: Plain, start: int, end: int) -> bool:
    """Digits, symbols or capitals where no ordinary word has them."""
    value = view.text[start:end]
    if len(value) < 4 or _is_harmless(value):
        return False
    if _QUANTITY.fullmatch(value) or _IDENTIFIER.fullmatch(value):
        return False
    typed = _typed(view, start, end)
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
