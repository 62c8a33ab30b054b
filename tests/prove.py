"""The proofs in their long form: `make prove`.

Each module runs with many more examples, events or kills than `make test` gives it; one line each
goes to docs/proofs.md. A module whose line names its present fingerprint (a hash of the module and
of the code it is about) is not run again, so that an interrupted proof goes on where it stopped.
Arguments name the modules to prove; by default it is all of them.
"""

import hashlib
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "docs" / "proofs.md"
HELPERS = [ROOT / "tests" / name for name in ("hands.py", "strategies.py", "walks.py")]
EXAMPLES = 20_000
SUBJECTS = {
    "tests/unit/sla/test_calendar.py": ("desk/sla/clock",),
    "tests/unit/sla/test_clock.py": ("desk/sla/clock",),
    "tests/unit/sla/test_agreement.py": ("desk/sla/clock", "desk/sla/replay.py"),
    "tests/unit/sla/test_statistics.py": ("desk/sla/statistics.py",),
    "tests/unit/tickets/test_log.py": ("desk/tickets", "desk/sla/clock"),
    "tests/integration/test_repair.py": ("desk/tickets", "desk/sla/clock"),
    "tests/integration/test_killed_writes.py": ("desk/tickets", "desk/store/engine.py"),
    "tests/integration/test_ownership.py": ("desk/conversations",),
    "tests/e2e/handoff/test_the_hand.py": (
        "tests/e2e/handoff",
        "desk/conversations",
        "desk/web/visitor",
        "desk/web/static/widget",
    ),
    "tests/e2e/mail/test_killed.py": (
        "tests/e2e/mail/conftest.py",
        "tests/e2e/mail/mailing.py",
        "tests/mailbag.py",
        "desk/mail",
        "desk/conversations",
        "desk/outbox",
        "desk/worker.py",
    ),
    "tests/e2e/installed/test_wheel.py": (
        "pyproject.toml",
        "requirements/bot.txt",
        "bot/train.py",
        "desk/cli",
        "desk/demo.py",
        "desk/settings.py",
    ),
    "tests/e2e/faults/test_faults.py": (
        "tests/faults",
        "tests/servers.py",
        "tests/traffic.py",
        "desk/conversations",
        "desk/outbox",
        "desk/store",
        "desk/web/server.py",
        "desk/worker.py",
    ),
    "tests/unit/quality/test_plans.py": ("desk/quality",),
    "tests/unit/quality/test_switching.py": ("desk/quality",),
    "tests/fuzz/test_files.py": (
        "tests/fuzz",
        "desk/attachments",
        "desk/knowledge/files.py",
        "desk/knowledge/html.py",
        "desk/macros",
        "desk/mail/tnef.py",
        "desk/sla/replay.py",
    ),
    "tests/fuzz/test_http.py": ("tests/fuzz", "desk/web"),
    "tests/fuzz/test_tokens.py": ("tests/fuzz", "desk/accounts/openid.py"),
    "tests/unit/mail/test_mutations.py": ("desk/mail",),
    "tests/unit/textkit/test_masking.py": ("textkit",),
    "tests/unit/textkit/test_identifiers.py": ("textkit",),
    "tests/unit/textkit/test_language.py": ("textkit",),
    "tests/unit/textkit/test_normalise.py": ("textkit",),
    "tests/unit/textkit/test_hostile.py": ("textkit",),
}
"""What is proved, and the files and folders that it is about."""
HEAD = f"""# Proofs

What `make prove` found: every property with {EXAMPLES:,} examples instead of the hundred of
`make test`. `test_repair.py` holds the cache of 1,000,000 random events on SQLite and 200,000 on
PostgreSQL against their logs, and that of 10,000 on each which were written one by one;
`test_killed_writes.py` makes 10,000 writes on each database and kills the writers 100 times;
`test_the_hand.py` takes 204 conversations in Chromium, in both languages, from the first question
to the rating, while browsers lose the network and the desk is killed; `test_killed.py` has 1,000
mails worked off while worker, bot and desk are killed 63 times: whoever waits gets one answer or
one receipt, and what is sent a second time is the same mail; `test_wheel.py` installs the wheel
outside the checkout with pip, starts it, kills it and starts it again.

| Properties | Fingerprint | Outcome | Seconds | Day |
| --- | --- | --- | --- | --- |
"""


def main() -> None:
    """Prove what is not proven yet; the exit status tells of failures."""
    lines = _known_lines()
    failed = False
    for module in sys.argv[1:] or SUBJECTS:
        subjects = SUBJECTS[module]
        fingerprint = _fingerprint(module, subjects)
        known = lines.get(module, "")
        if fingerprint in known and "failed" not in known:
            print(f"{module}: proven already")
            continue
        print(f"{module} …", flush=True)
        began = time.monotonic()
        outcome = _run(module)
        seconds = time.monotonic() - began
        failed = failed or "failed" in outcome
        print(f"{module}: {outcome} in {seconds:.0f} s")
        day = datetime.now(UTC).date().isoformat()
        lines[module] = f"| `{module}` | {fingerprint} | {outcome} | {seconds:.0f} | {day} |"
        REPORT.write_text(HEAD + "\n".join(lines[m] for m in SUBJECTS if m in lines) + "\n")
    raise SystemExit(failed)


def _run(module: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--hypothesis-profile=long", module],
        cwd=ROOT,
        env=os.environ | {"ACEDESK_PROVE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout[-4000:])
    counts = re.findall(r"\d+ (?:passed|failed)", done.stdout)
    return ", ".join(counts) or "failed to run"


def _known_lines() -> dict[str, str]:
    if not REPORT.exists():
        return {}
    found = re.findall(r"^\| `(\S+)` \|.*$", REPORT.read_text(), re.MULTILINE)
    rows = [line for line in REPORT.read_text().splitlines() if line.startswith("| `")]
    return dict(zip(found, rows, strict=True))


def _fingerprint(module: str, subjects: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    files = [ROOT / module, *HELPERS]
    for subject in subjects:
        place = ROOT / subject
        files += sorted(place.rglob("*")) if place.is_dir() else [place]
    for file in files:
        if file.is_file() and "__pycache__" not in file.parts:
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


if __name__ == "__main__":
    main()
