import pytest

from desk.knowledge.files import read_folder
from desk.knowledge.reports import ReportCatalogue
from desk.settings import PROJECT

CATALOGUE = ReportCatalogue(PROJECT / "data" / "reports.yml")


@pytest.mark.parametrize("typed", ["ES-003", "es003", "es 003", "Es-003"])
def test_a_code_is_found_however_it_is_typed(typed):
    report = CATALOGUE.find(typed)
    assert report is not None
    assert report.code == "ES-003"
    assert report.name["en"]
    assert report.name["es"]


def test_an_unknown_code_is_not_invented():
    assert CATALOGUE.find("ES-977") is None


def test_every_report_leads_to_an_article():
    slugs = {article.meta.slug for article in read_folder(PROJECT / "data" / "kb")}
    assert {report.article for report in CATALOGUE.reports} <= slugs
