"""Simulated rounds of questions: a person who knows all objects, models trained on the answers, and what both cost."""

from fewclicks.simulation.spec import SimulationSpec

SIMULATION = SimulationSpec(
    name="queries",
    task=None,
    summary="Simulate rounds of questions about boxes or images, each with a training run: mAP by answers and seconds.",
    run="fewclicks.ask.training.run:run",
    settings="fewclicks.ask.queries.settings:QueriesSettings",
    command="ask",
)
