"""Only what our own border wrote on top is believed (RFC 8601)."""

import pytest

from desk.mail.authentication import authenticate

OURS = "mx.desk.example"


@pytest.mark.parametrize(
    ("written", "verdict", "results"),
    [
        (f"{OURS}; spf=pass smtp.mailfrom=x.example; dkim=pass header.d=x.example; dmarc=pass",
         "pass", {"spf": "pass", "dkim": "pass", "dmarc": "pass"}),
        (f"{OURS} 1; spf=pass; dkim=pass header.d=other.example; dmarc=fail (p=reject)",
         "fail", {"spf": "pass", "dkim": "pass", "dmarc": "fail"}),
        (f"{OURS}; dkim=fail (a (nested; dkim=pass) comment); dkim=pass header.d=x.example",
         "pass", {"dkim": "pass"}),
        (f'{OURS}; spf=fail reason="x; (dmarc=pass; \\"; dmarc=pass"; dmarc=fail',
         "fail", {"spf": "fail", "dmarc": "fail"}),
        (f"{OURS}; spf=fail (a \\) dmarc; dmarc=pass) x", "fail", {"spf": "fail"}),
        (f"{OURS.upper()}; spf=softfail; dkim=none", "fail", {"spf": "softfail", "dkim": "none"}),
        (f"{OURS}; none", "none", {}),
        ("mx.elsewhere.example; dmarc=pass", "none", {}),
        ("", "none", {}),
    ],
)  # fmt: skip
def test_results_are_read(written, verdict, results):
    found = authenticate([written], authserv_id=OURS)
    assert (found.verdict, found.results) == (verdict, results)


def test_what_a_mail_brings_along_is_not_believed():
    forged = f"{OURS}; dmarc=pass"
    found = authenticate(["mx.relay.example; dmarc=fail", forged], authserv_id=OURS)
    assert (found.verdict, found.forged) == ("none", True)
    found = authenticate([f"{OURS}; dmarc=fail", forged], authserv_id=OURS)
    assert (found.verdict, found.forged) == ("fail", True)


@pytest.mark.parametrize("written", [[], [f"{OURS}; dmarc=pass"], ["; dmarc=pass"]])
def test_without_a_border_of_our_own_nothing_is_believed(written):
    assert authenticate(written, authserv_id="").verdict == "none"
