"""Simulated annotators who prompt some objects with their classes, so that a model finds all objects of the image."""

from fewclicks.simulation.spec import SimulationSpec

SIMULATION = SimulationSpec(
    name="boxes",
    task="boxes",
    summary="Class clicks or example boxes on random objects, then boxes of all objects: mAP against clicks.",
    run="fewclicks.simulation.boxes.run:run",
    settings="fewclicks.simulation.boxes.settings:BoxesSettings",
)
