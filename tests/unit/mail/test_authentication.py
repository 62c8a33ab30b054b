"""Only what our own border wrote on top is believed (RFC 8601)."""

import pytest

from desk.mail.authentication import authenticate

OURS = "mx.desk.example"
SENDER = "ana@x.example"


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
    found = authenticate([written], authserv_id=OURS, sender=SENDER)
    assert (found.verdict, found.results) == (verdict, results)


def test_what_a_mail_brings_along_is_not_believed():
    forged = f"{OURS}; dmarc=pass"
    found = authenticate(["mx.relay.example; dmarc=fail", forged], authserv_id=OURS, sender=SENDER)
    assert (found.verdict, found.forged) == ("none", True)
    found = authenticate([f"{OURS}; dmarc=fail", forged], authserv_id=OURS, sender=SENDER)
    assert (found.verdict, found.forged) == ("fail", True)


@pytest.mark.parametrize("written", [[], [f"{OURS}; dmarc=pass"], ["; dmarc=pass"]])
def test_without_a_border_of_our_own_nothing_is_believed(written):
    assert authenticate(written, authserv_id="", sender=SENDER).verdict == "none"


@pytest.mark.parametrize(
    ("written", "verdict"),
    [
        ("spf=pass smtp.mailfrom=ana@x.example", "pass"),
        ("spf=pass smtp.mailfrom=X.EXAMPLE", "pass"),
        ("spf=pass smtp.mailfrom=bounces+1@bounce.x.example", "pass"),
        ("dkim=pass (2048-bit key) header.i=@x.example header.s=s1", "pass"),
        ("dkim=pass header.d=other.example; dkim=pass header.d=x.example", "pass"),
        ("dkim=fail header.d=x.example; spf=pass smtp.mailfrom=x.example; dmarc=none", "pass"),
        # Anybody passes for a domain of their own.
        ("spf=pass smtp.mailfrom=evil.example", "none"),
        ("dkim=pass header.d=evil.example; dmarc=none", "none"),
        ("dkim=pass header.d=notx.example", "none"),
        ("dkim=pass header.d=x.example.evil.example", "none"),
        ("dkim=pass header.d=example", "none"),
        ("dkim=pass", "none"),
        ("dkim=pass header.d=evil.example (header.d=x.example)", "none"),
        ('dkim=pass header.d=evil.example reason="header.d=x.example"', "none"),
        ("dkim=fail header.d=x.example; dkim=pass header.d=evil.example", "none"),
        ("spf=fail smtp.mailfrom=x.example; dkim=pass header.d=evil.example", "fail"),
        ("spf=pass smtp.mailfrom=evil.example; dmarc=pass header.from=x.example", "pass"),
    ],
)
def test_without_dmarc_a_pass_counts_for_the_domain_that_people_see(written, verdict):
    assert authenticate([f"{OURS}; {written}"], authserv_id=OURS, sender=SENDER).verdict == verdict


def test_a_sender_without_a_domain_is_vouched_for_by_nobody():
    for sender in ("", "ana", "ana@", "ana@localhost"):
        found = authenticate(
            [f"{OURS}; spf=pass smtp.mailfrom=x.example"], authserv_id=OURS, sender=sender
        )
        assert found.verdict == "none"
