"""The catalogue of ACE Reports (`data/reports.yml`), looked up by code."""

from datetime import date
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from textkit.identifiers import normalise_report_code


class Bilingual(BaseModel):
    """A sentence in both languages."""

    model_config = ConfigDict(extra="forbid")

    en: str
    es: str

    def __getitem__(self, language: str) -> str:
        return self.es if language == "es" else self.en


class ReportSource(BaseModel):
    """Where a report's description stands."""

    model_config = ConfigDict(extra="forbid")

    tag: str
    title: Bilingual
    url: str


class Report(BaseModel):
    """One report of ACE Reports."""

    model_config = ConfigDict(extra="forbid")

    code: str
    family: Literal["entry_summary", "revenue", "account", "trade"]
    name: Bilingual
    description: Bilingual
    confirmation: Literal["confirmed", "provisional"]
    article: str
    sources: list[ReportSource]
    reviewed: date


class ReportCatalogue:
    """Reports by code; no code is ever invented."""

    def __init__(self, file: Path) -> None:
        entries = yaml.safe_load(file.read_text(encoding="utf-8"))["reports"]
        self._reports = {entry["code"]: Report.model_validate(entry) for entry in entries}

    @property
    def reports(self) -> list[Report]:
        """All of them, in the order of the file."""
        return list(self._reports.values())

    def find(self, code: str) -> Report | None:
        """The report of a code however it is typed (`es003`, `ES 003`), or None."""
        return self._reports.get(normalise_report_code(code))
