"""The page of the comparison of turns, from made-up figures: a run takes a quarter of an hour."""

from random import Random

from benchmarks.peers import page
from benchmarks.peers.measuring import AROUND, CLIENTS, LENGTHS, Measured

ROUNDS = 3


def measured() -> Measured:
    chance, made = Random(1), Measured()
    for number, name in enumerate(page.COLOURS, start=1):
        for clients in CLIENTS:
            made.turns[name, clients] = [
                [10.0 * number * chance.uniform(0.9, 1.1) for _ in range(160)]
                for _ in range(ROUNDS)
            ]
            made.rates[name, clients] = [100.0 / number] * ROUNDS
        made.lengths[name] = [[10.0 * number] * (max(LENGTHS) + AROUND)] * ROUNDS
        made.answered[name] = [name == page.US] * 480
        made.start[name] = [12.3]
        made.memory[name] = {"bot": 300.0, "servicenow": 50.0}
    made.tickets = {page.US: [210.0], "help desk bot": [420.0]}
    made.training = {page.US: 48.0}
    made.parse = [4.0]
    return made


def test_every_table_has_a_row_for_each_assistant():
    told = page.tables(measured())
    assert "| 16 | help desk bot | " in told
    assert "| acedesk | 10.0 | 10.0 | 10.0 | 10.0 | 1.00 |" in told
    ratios = told.partition("### Ratios")[2]
    assert next(line for line in ratios.splitlines() if "help desk bot" in line).count("3.00") >= 3
    assert "| help desk bot | " in told.partition("### Until a ticket")[2]


def test_a_stand_in_for_another_system_is_no_memory_of_an_assistant():
    assert "| acedesk | 48 | 12.3 | 300 | bot 300 |" in page.tables(measured())


def test_the_plot_is_drawn():
    assert page._plot(measured()).startswith("<svg")
