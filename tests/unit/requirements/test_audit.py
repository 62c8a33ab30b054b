"""Advisories are found by pip-audit itself; the service that it asks stands on loopback."""

import json
import threading
import tomllib
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from pydantic import ValidationError

from requirements import audit

ADVISORY = {
    "id": "GHSA-cpwx-vrp4-4pq7",
    "aliases": ["CVE-2025-27516", "PYSEC-2026-1"],
    "summary": "Jinja2 vulnerable to sandbox breakout through attr filter",
    "schema_version": "1.7.3",
    "published": "2025-03-05T20:40:14Z",
    "modified": "2025-05-01T00:00:00Z",
    "affected": [
        {
            "package": {"name": "jinja2", "ecosystem": "PyPI", "purl": "pkg:pypi/jinja2"},
            "ranges": [
                {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.1.6"}]},
            ],
        }
    ],
}
LOCK = f"jinja2==3.1.5 --hash=sha256:{'0' * 64}\nsix==1.17.0 --hash=sha256:{'1' * 64}\n"
TODAY = date(2026, 11, 27)


class Osv(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = {"vulns": [ADVISORY]} if asked["package"]["name"] == "jinja2" else {}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """What has pip-audit ask the service on loopback."""
    cache = str(tmp_path_factory.mktemp("cache"))
    with HTTPServer(("127.0.0.1", 0), Osv) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/v1/query"
        yield ["--vulnerability-service", "osv", "--osv-url", address, "--cache-dir", cache]
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def answer(options: list[str], tmp_path_factory: pytest.TempPathFactory) -> audit.Answer:
    lock = tmp_path_factory.mktemp("lock") / "desk.txt"
    lock.write_text(LOCK)
    return audit.ask(lock, options)


def excepted(*advisories: str, package: str = "jinja2") -> list[audit.Excepted]:
    return [
        audit.Excepted(
            part="desk",
            package=package,
            advisories=list(advisories),
            why="The sandbox is not used, and templates are the desk's own.",
            reviewed=TODAY,
            until=date(2027, 5, 27),
        )
    ]


def test_an_advisory_that_is_not_excepted_is_told(answer):
    (said,) = audit.judge(answer, [])
    assert said.startswith("jinja2 3.1.5: CVE-2025-27516 = GHSA-cpwx-vrp4-4pq7 = PYSEC-2026-1")
    assert said.endswith("mended in 3.1.6")


@pytest.mark.parametrize("name", [ADVISORY["id"], *ADVISORY["aliases"]])
def test_an_exception_may_use_any_name_of_an_advisory(answer, name):
    assert list(audit.judge(answer, excepted(name))) == []


def test_an_exception_is_for_its_package_alone(answer):
    found = list(audit.judge(answer, excepted(ADVISORY["id"], package="six")))
    assert len(found) == 2


def test_an_exception_that_nothing_needs_is_told(answer):
    (said,) = audit.judge(answer, excepted(ADVISORY["id"], "CVE-2020-1"))
    assert "CVE-2020-1 is excepted and not found" in said


def test_of_a_package_that_nobody_has_looked_at_nothing_is_said():
    skipped = {"name": "jinja2", "skip_reason": "Dependency not found"}
    answer = audit.Answer(dependencies=[audit.Package(**skipped)])
    assert list(audit.judge(answer, excepted(ADVISORY["id"]))) == []


def test_exceptions_end(answer):
    known = excepted(ADVISORY["id"])
    assert list(audit.outdated(known, LOCK, known[0].until)) == []
    assert len(list(audit.outdated(known, LOCK, date(2027, 5, 28)))) == 1
    assert len(list(audit.outdated(known, "six==1.17.0", TODAY))) == 1
    with pytest.raises(ValidationError, match="within a year"):
        audit.Excepted(**known[0].model_dump() | {"until": date(2028, 1, 1)})


def test_a_service_that_is_not_there_is_no_fault_of_the_locks(options, tmp_path):
    lock = tmp_path / "desk.txt"
    lock.write_text(LOCK)
    nobody = ["--vulnerability-service", "osv", "--osv-url", "http://127.0.0.1:9/v1/query"]
    with pytest.raises(audit.Unreachable):
        audit.ask(lock, [*nobody, "--cache-dir", str(tmp_path)])


def test_a_lock_that_pip_audit_can_not_read_is_a_fault(options, tmp_path):
    lock = tmp_path / "desk.txt"
    lock.write_text("jinja2>=3\n")
    with pytest.raises(RuntimeError, match="pip-audit failed"):
        audit.ask(lock, options)


def test_what_the_file_excepts_is_in_the_locks():
    text = (audit.HERE / "exceptions.toml").read_text()
    known = [audit.Excepted(**one) for one in tomllib.loads(text)["exception"]]
    for part in audit.PARTS:
        lock = Path(audit.HERE / f"{part}.txt").read_text()
        mine = [one for one in known if one.part == part]
        assert (
            list(audit.outdated(mine, lock, max((e.reviewed for e in mine), default=TODAY))) == []
        )
