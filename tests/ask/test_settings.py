"""Settings of the simulation."""

from fewclicks.ask.costs import Costs
from fewclicks.ask.queries.settings import QueriesSettings


def test_costs_are_the_usual_ones_unless_they_are_given() -> None:
    assert QueriesSettings(data="a").costs == Costs()
    given = QueriesSettings(
        data="a", drawn_seconds=1, verified_seconds=2, corrected_seconds=3, click_seconds=4, look_seconds=5
    )
    assert given.costs == Costs(drawn=1, verified=2, corrected=3, click=4, look=5)
