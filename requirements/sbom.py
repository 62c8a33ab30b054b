"""Write what each part is made of, as CycloneDX: `make sbom`.

https://cyclonedx.org/docs/1.6/json/
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECTS = {"desk": HERE.parent / "pyproject.toml", "bot": HERE.parent / "bot" / "pyproject.toml"}
FORMAT = ("--spec-version", "1.6", "--output-format", "JSON", "--mc-type", "application")


def main(folder: Path) -> None:
    """Write `acedesk-desk.cdx.json` and `acedesk-bot.cdx.json`, the same for the same locks."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, project in PROJECTS.items():
        command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements"]
        command += [str(HERE / f"{part}.txt"), "--pyproject", str(project), *FORMAT]
        command += [
            "--output-reproducible",
            "--output-file",
            str(folder / f"acedesk-{part}.cdx.json"),
        ]
        subprocess.run(command, check=True)  # noqa: S603


if __name__ == "__main__":
    main(Path(sys.argv[1]))
