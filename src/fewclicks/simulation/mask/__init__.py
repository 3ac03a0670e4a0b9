"""Simulated annotators who segment single objects: rounds of corrective clicks, and the NoC protocol."""

from fewclicks.simulation.spec import SimulationSpec

SIMULATION = SimulationSpec(
    name="mask",
    task="mask",
    summary="Corrective clicks on every object of a data set.",
    run="fewclicks.simulation.mask.run:run",
    settings="fewclicks.simulation.mask.settings:MaskSettings",
)
