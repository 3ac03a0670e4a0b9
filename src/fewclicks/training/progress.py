"""Progress of a training run as whole percents."""

from fewclicks.simulation.spec import Watch
from fewclicks.training.loop import Watch as StepWatch


def in_percent(watch: Watch, what: str = "training") -> StepWatch:
    """Return a function for the training loop that counts the percents of the run on `watch`."""
    watch.start(what, 100)
    shown = 0

    def told(progress: float, step: int, figures: dict[str, float]) -> None:
        nonlocal shown
        while shown < int(progress * 100):
            watch.advance()
            shown += 1

    return told
