"""Security tokens and one-time codes, birth dates, passports and driver licences.

Works on the plain form of a text (`normalise.plain`), so the patterns carry no accents. Every
repetition is bounded: the time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from textkit._secret import Secret, any_of, any_word, head_of

_GAP, _SPACES = r"[ \t]{1,3}", r"[ \t]{0,3}"

# --- Codes and tokens -----------------------------------------------------------------------

_PURPOSE = any_of(
    "security verification access confirmation one[_-]?time log[_-]?in sign[_-]?in auth "
    "authentication authorization two[_-]?factor 2fa mfa otp sms pass temporary"
)
_PURPOSE_ES = any_of("seguridad verificacion acceso confirmacion un_solo_uso autenticacion ingreso")
_CODE = re.compile(
    rf"\b(?:{_PURPOSE}[ -](?:code|token|pin)|(?:security|verification|one[ -]time) number"
    rf"|codigo de {_PURPOSE_ES}|codigo temporal"
    rf"|clave (?:temporal|dinamica|de un solo uso)|tokens?|otp"
    rf"|{any_of('my mi tu your the el un a este this')} (?:codigo|code)|codigos?|codes?)\b"
)
_PLAIN_CODE = {"code", "codes", "codigo", "codigos"}
OTHER_CODE = re.compile(
    any_word(
        "ports? puertos? errors? errores filers? hts hs tariff firms scac entry entrada reports? "
        "reportes? status zip postal country pais reason disposition team products? fda carriers? "
        "category categoria surety bond importer district response reject rejection messages? "
        "mensaje rechazo type tipo area units? payer class declarante fianza aduana transportista "
        "producto arancelari[ao] respuesta estado bar qr source swift forms? formulario mid naics "
        "schedule location ubicacion terminal us csms pga manifest license charge fee tax hold "
        "accepted ein ior processing supplier "
        "vendor proveedor customer client cliente pedido order invoice factura folio lote batch"
    )
)
_TIGHT = re.compile(
    rf"{_SPACES}(?:(?:number|num|no|numero)\.?)?{_SPACES}(?:[:=#-]|is|was|es|era|fue)?"
    rf"{_SPACES}[:=#-]?\s{{0,2}}[(\"']?"
)
_VALUE = re.compile(r"\d{3}[ -]\d{3}(?![\d-])|[a-z0-9][a-z0-9._-]{3,127}(?![a-z0-9])")
_LOOSE = re.compile(rf"(?:[,]?{_GAP}[a-z'-]{{1,14}}){{0,7}}{_SPACES}[:=#-]?\s{{0,2}}(?=\d)")
_LOOSER = re.compile(rf"(?:[,]?{_GAP}[a-z'-]{{1,14}}){{0,13}}{_SPACES}[:=#-]?\s{{0,2}}(?=\d)")
_LOOSE_VALUE = re.compile(r"(?:\d{5,8}|\d{3}[ -]\d{3})(?![\w-]|[.,/]\d)")
# `verification code from the mail: A1B2C3`
_SIGNED = re.compile(
    rf"(?:{_GAP}[a-z'-]{{1,14}}){{0,7}}{_SPACES}[:=]\s{{0,2}}"
    r"((?=[a-z]{0,7}\d)(?=\d{0,7}[a-z])[a-z0-9]{5,8})(?![\w-])"
)
_COUNTED = re.compile(
    any_word(
        "rows? row filas? lines? lineas? page pagina case caso ticket folio invoice factura order "
        "reference referencia batch lote kg usd zip postal"
    )
)
_QUANTITY = re.compile(r"\d{1,2}|\d{1,3}[-x/]\w+|\d+(?:st|nd|rd|th)|[a-z]{2,3}-?\d{3}")
_SITE = re.compile(r"(?:\w+\.)+(?:gov|com|org|net|pdf|csv|xlsx?|docx?)")
_CODE_AFTER = re.compile(
    rf"(?<![\w.-])(\d{{4,8}}|\d{{3}}[ -]\d{{3}}){_GAP}{any_of('is was es era fue')}{_GAP}"
    rf"{any_of('my your the mi su tu el un a')}{_GAP}(?:[a-z-]{{1,14}}{_GAP}){{0,3}}?"
    r"(?:code|token|otp|codigo|pin)\b"
)
_CODE_BESIDE = re.compile(
    rf"(?<![\w.-])(\d{{5,8}}){_GAP}(?:{any_of('as como for para de')}{_GAP})?"
    rf"(?:{any_of('the my el mi')}{_GAP})?(?:{_PURPOSE} )?{any_word('token code otp codigo')}"
)
# `they mailed me 482913 but it says the token is expired`: six digits, the usual length.
_CODE_FAR_BEFORE = re.compile(
    r"(?<![\w$.,/#-])(\d{6}|\d{3}[ -]\d{3})(?![\w-]|[.,/]\d)[^\d\0\n]{1,60}?"
    rf"\b(?:tokens?|otp|{_PURPOSE} (?:code|token|pin)|codigo de {_PURPOSE_ES})\b"
)
_CODE_FAR_AFTER = re.compile(
    rf"\b(?:security tokens?|otp|tokens? de seguridad|{_PURPOSE} (?:code|token|pin)"
    rf"|codigo de {_PURPOSE_ES}|(?:6|six|seis)[ -]dig\w+|enviaron|mandaron|llego|e-?mailed"
    r"|texted)\b"
    r"[^\0\n;!?$]{1,60}?(?<![\w$.,/#-])(\d{6}|\d{3}[ -]\d{3})(?![\w-]|[.,/]\d)"
)
_THREE_PAIRS = re.compile(
    rf"\b(?:tokens?|otp|{_PURPOSE} code|codigo de {_PURPOSE_ES})(?: (?:is|es|was|era))?[ :#]{{1,3}}"
    r"(\d\d[ -]\d\d[ -]\d\d)(?![\d-])"
)
# The three digits on the back of a card are a "security code" as well.
_SHORT_CODE = re.compile(
    r"\b(?:security code|codigo de seguridad)(?:[ :#=]| is\b| es\b){1,3}"
    r"(\d{3})(?![\w-]|[.,/]\d)"
)
_ASSIGNED = re.compile(
    r"\b(?:access_token|token|api[_-]?key|secret|otp|code|session(?:id)?)=([^\s&\0\[]{4,256})"
    r"|\bbearer[ \t]{1,3}([^\s\0\[]{8,512})"
)

# --- Birth dates ----------------------------------------------------------------------------

_MONTH = (
    any_of(
        "january february march april may june july august september october november december "
        "enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre "
        "diciembre jan feb mar apr may jun jul aug sept? oct nov dec ene abr ago dic"
    )
    + r"(?![a-z])\.?"
)
_DAY, _YEAR = r"\d{1,2}(?:st|nd|rd|th|ro|o)?", r"(?:19|20)?\d{2}"
_DASH, _OF = r" ?[-/. ] ?", r"(?:(?:de|del|of) )?"
_DATE = (
    rf"(?:\d{{4}}{_DASH}\d{{1,2}}{_DASH}\d{{1,2}}"
    rf"|\d{{1,2}}{_DASH}\d{{1,2}}{_DASH}{_YEAR}"
    rf"|{_DAY}[ ,/-]{{0,2}}{_OF}{_MONTH}(?:[ ,/-]{{0,2}}{_OF}{_YEAR})?"
    rf"|{_MONTH}[ -]?(?:the )?{_DAY}(?:[ ,/-]{{1,2}}{_OF}{_YEAR})?"
    rf"|{_MONTH}[ ,/-]{{1,2}}{_OF}{_YEAR}"
    r"|\d{8}|\d{6}|(?:19|20)\d{2})(?!\d)"
)
_BIRTH = (
    r"(?:\bd\.?o\.?b\b\.?|\b(?:date of )?birth(?: ?dates?| ?days?)?\b|\bb-?day\b|\bborn"
    r"|\bf[./]n\b\.?|\bfdn\b|\bcumple(?:anos)?\b|\bcumplo anos"
    r"|\bnaci(?:o|do|da|ste|eron|m|mientos?)?\b\.?|\bfec(?:ha)?\.? ?(?:de )?nac\w{0,8}\.?"
    r"|\bf\.? ?(?:de )?nac\b\.?)"
)
_BIRTH_DATE = re.compile(rf"{_BIRTH}[^\d\0]{{0,34}}?({_DATE})")
# A date with its year; the pattern has no group of its own, `_chain` uses it too.
FULL_DATE = (
    rf"(?:\d{{4}}{_DASH}\d{{1,2}}{_DASH}\d{{1,2}}|\d{{1,2}}{_DASH}\d{{1,2}}{_DASH}{_YEAR}"
    rf"|{_DAY}[ ,/-]{{0,2}}{_OF}{_MONTH}[ ,/-]{{0,2}}{_OF}{_YEAR}"
    rf"|{_MONTH}[ -]?(?:the )?{_DAY}[ ,/-]{{1,2}}{_OF}{_YEAR})(?!\d)"
)
_FAR_BIRTH_DATE = re.compile(
    rf"(?:\b(?:date of birth|birth ?date|fecha de nacimiento|born|naci(?:o|do|da)?)\b)"
    rf"[^\d\0\n?!]{{0,90}}?({FULL_DATE})"
)
_BIRTHDAY = re.compile(
    r"\b(?:birthday|cumple(?:anos)?|cumplo(?: anos)?)\b[^\d\0\n]{0,20}?"
    rf"(\d{{1,2}}[/-]\d{{1,2}}(?![\d/-])|{_DAY} {_OF}{_MONTH}|{_MONTH} {_DAY})"
)
# Mexico's CURP and a person's RFC hold the birth date after four letters of the name (RENAPO's
# Instructivo Normativo for the CURP; Código Fiscal, art. 27). A company's RFC has three letters.
_CURP = re.compile(
    r"(?<![a-z0-9])[a-z]{4}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"(?:[hmx][a-z]{5}[a-z0-9]\d|[a-z0-9]{3})(?![a-z0-9])"
)
_RFC_CUE = re.compile(r"\brfc\b")
_DATE_THEN_BIRTH = re.compile(
    rf"(?<![\d/.-])({_DATE})[ \t]{{0,2}}[(,-]?[ \t]{{0,2}}"
    rf"(?:(?:is|es) )?(?:(?:my|mi|the|la) )?{_BIRTH}"
)
# A complete date of a grown-up beside a word for a traveller is taken as a birth date.
_OLD_DATE = re.compile(
    r"(?<![\d/.-])(?:\d{1,2}[/.-]\d{1,2}[/.-](?:19[2-9]\d|200\d)"
    r"|(?:19[2-9]\d|200\d)[/.-]\d{1,2}[/.-]\d{1,2})(?![\d/-])"
)
_TRAVELLER = re.compile(
    any_word(
        "drivers? conductor\\w* chofer\\w* operador\\w* passengers? crew fast_card ciudadan\\w+"
    )
)

# --- Documents ------------------------------------------------------------------------------

_FILL_WORD = any_of(
    "no num number numero nro card mx mexican[oa]? us usa book is es was de del el la mi my state "
    "tx ca fl az nm pr texas california conductor conducir manejo manejar federal chofer id "
    "libreta estadounidense americano tipo class clase a b c d e"
)
_FILL = rf"(?:{_SPACES}{_FILL_WORD}\b\.?|{_SPACES}[#:=,(-]){{0,6}}\s{{0,2}}"
_DOCUMENT = (
    r"([a-z]{0,3}[ -]?\d(?:[ -]?[a-z]?\d){4,17}[a-z]?|(?=[a-z]{0,12}\d)[a-z0-9]{6,18})(?![a-z0-9])"
)
_DRIVING = any_of("estatal conductor conducir manejo manejar chofer federal")
_DOCUMENTS = (
    ("passport", re.compile(rf"\b(?:pass ?ports?|pasaportes?){_FILL}{_DOCUMENT}")),
    (
        "driver_license",
        re.compile(
            rf"\b(?:licen[cs]es?|licencias?(?: (?:(?:de|del|para) )?{_DRIVING})?"
            rf"|cdl|d\.?/?l\.?|lic\.?)(?![a-z]){_FILL}{_DOCUMENT}"
        ),
    ),
)
_PAPER = r"(?<![a-z0-9])((?=[a-z]{0,3}\d)[a-z]{0,3}-?\d{6,12})(?![a-z0-9-])"
_PAPERS = (
    # `his passport from mexico is number G12345678`
    ("passport", re.compile(rf"\b(?:passports?|pasaportes?)\b[^\d\0\n;!?]{{0,50}}?{_PAPER}")),
    (
        "driver_license",
        re.compile(
            rf"\b(?:(?:driver'?s?|driving) licen[cs]e|licencia (?:de |del |para )?{_DRIVING}|cdl)\b"
            rf"[^\d\0\n;!?]{{0,50}}?{_PAPER}"
        ),
    ),
    # `G12345678 is his passport`
    ("passport", re.compile(rf"{_PAPER}[^\d\0\n.!?]{{1,60}}?\b(?:passport|pasaporte)\b")),
    (
        "driver_license",
        re.compile(
            rf"{_PAPER}[^\d\0\n.;!?]{{1,30}}?"
            rf"\b(?:driver'?s?|driving) licen[cs]e\b|{_PAPER}[^\d\0\n.;!?]{{1,30}}?"
            rf"\blicencia (?:de |del )?{_DRIVING}\b"
        ),
    ),
)
_OTHER_PAPER = re.compile(
    any_word(
        "ein entry entrada trip viaje container contenedor ticket case caso csms itn port puerto "
        "phone tel telefono scac ace inc ritm req rejected rechazad[oa] viaj\\w+ manifest\\w*"
    )
)
_OTHER_LICENCE = re.compile(
    rf"\b{any_of('brokers? customs import export business software trade cbp')}(?:'?s)? \Z"
    rf"|^\w+ de {any_of('agente corredor importa exporta aduan negocio')}"
)


def find_codes(text: str) -> Iterator[Secret]:
    """Every code, birth date and document in the plain `text`; spans may overlap."""
    yield from _codes(text)
    yield from _births(text)
    for kind, pattern in _DOCUMENTS:
        for match in pattern.finditer(text):
            head = text[max(0, match.start() - 12) : match.start()]
            if _OTHER_LICENCE.search(head) or _OTHER_LICENCE.search(match[0]):
                continue
            if sum(char.isdigit() for char in match[1]) >= 4:
                yield Secret(*match.span(1), kind)
    for kind, pattern in _PAPERS:
        for match in pattern.finditer(text):
            head = head_of(text, match.start(), 14)
            if not (_OTHER_PAPER.search(match[0]) or _OTHER_PAPER.search(head)):
                yield Secret(*match.span(match.lastindex or 1), kind)


def _codes(text: str) -> Iterator[Secret]:
    for match in _CODE.finditer(text):
        if OTHER_CODE.search(head_of(text, match.start(), 14)):
            continue
        span = _tight_code(text, match) or _loose_code(text, match)
        if span:
            yield Secret(*span, "token")
    for pattern in (_CODE_AFTER, _CODE_BESIDE):
        for match in pattern.finditer(text):
            head = head_of(text, match.start(), 14)
            if not (OTHER_CODE.search(match[0]) or OTHER_CODE.search(head)):
                yield Secret(*match.span(1), "token")
    for match in (*_CODE_FAR_BEFORE.finditer(text), *_CODE_FAR_AFTER.finditer(text)):
        head = head_of(text, match.start(), 20)
        if not (OTHER_CODE.search(match[0]) or OTHER_CODE.search(head) or _COUNTED.search(head)):
            yield Secret(*match.span(1), "token")
    for pattern in (_THREE_PAIRS, _SHORT_CODE):
        for match in pattern.finditer(text):
            yield Secret(*match.span(1), "token")
    for match in _ASSIGNED.finditer(text):
        yield Secret(*match.span(match.lastindex or 0), "token")


def _tight_code(text: str, word: re.Match[str]) -> tuple[int, int] | None:
    """`token: 8f3a22`, `code 482913`; four digits do only after an unmistakable word or sign."""
    joint = _TIGHT.match(text, word.end())
    value = _VALUE.match(text, joint.end()) if joint and joint[0] else None
    if joint is None or value is None or _QUANTITY.fullmatch(value[0]) or _SITE.fullmatch(value[0]):
        return None
    at_least = 4 if word[0] not in _PLAIN_CODE or joint[0].strip() else 5
    digits = sum(char.isdigit() for char in value[0])
    enough = digits >= at_least if value[0].isdigit() else digits >= 2
    return value.span() if enough else None


def _loose_code(text: str, word: re.Match[str]) -> tuple[int, int] | None:
    """`the code they sent me was 482913`; a word that means nothing else reaches further."""
    reach = _LOOSE if word[0] in _PLAIN_CODE else _LOOSER
    joint = reach.match(text, word.end())
    value = _LOOSE_VALUE.match(text, joint.end()) if joint else None
    if joint is not None and value is not None and not OTHER_CODE.search(joint[0]):
        return value.span()
    signed = None if word[0] in _PLAIN_CODE else _SIGNED.match(text, word.end())
    if signed is None or OTHER_CODE.search(signed[0]) or _QUANTITY.fullmatch(signed[1]):
        return None
    return signed.span(1)


def _births(text: str) -> Iterator[Secret]:
    for match in _CURP.finditer(text):
        head = text[max(0, match.start() - 40) : match.start()]
        if len(match[0]) == 18 or _RFC_CUE.search(head):
            yield Secret(*match.span(), "birth_date")
    for pattern in (_BIRTH_DATE, _FAR_BIRTH_DATE, _BIRTHDAY, _DATE_THEN_BIRTH):
        for match in pattern.finditer(text):
            yield Secret(*match.span(1), "birth_date")
    for match in _OLD_DATE.finditer(text):
        if _TRAVELLER.search(text[max(0, match.start() - 60) : match.end() + 60]):
            yield Secret(*match.span(), "birth_date")
