"""Simulated rounds of questions: a person who knows all objects, models trained on the answers, and what both cost."""

from fewclicks.simulation.spec import SimulationSpec

SIMULATION = SimulationSpec(
    name="queries",
    task=None,
    summary="Ask about single boxes or images, train on the answers, and repeat: mAP against boxes and seconds.",
    run="fewclicks.ask.training.run:run",
    settings="fewclicks.ask.queries.settings:QueriesSettings",
    command="ask",
)
