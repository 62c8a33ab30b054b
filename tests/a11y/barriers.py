"""What axe-core looks for, and how what it finds is told."""

from axe_playwright_python.sync_playwright import AxeResults

RULES = {"type": "tag", "values": [
    "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "section508",
    "best-practice",
]}  # fmt: skip


def objections(found: AxeResults) -> list[str]:
    """What axe objects to, an element at a time."""
    return [
        f"{violation['id']}: {node['html']} {node['failureSummary']}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]
