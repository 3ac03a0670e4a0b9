"""A simulated annotator who partitions whole images with extreme points and scribbles."""

from fewclicks.simulation.spec import SimulationSpec

SIMULATION = SimulationSpec(
    name="partition",
    task="partition",
    summary="Partition whole images: extreme points on all regions, then scribbles; IoU against scribbles.",
    run="fewclicks.simulation.partition.run:run",
    settings="fewclicks.simulation.partition.settings:PartitionSettings",
)
