"""What detect_trends.py compares: the arms of each experiment, their options and their data; figures of the paper."""

from dataclasses import dataclass, replace
from pathlib import Path

UNSEEN = Path(__file__).parent / "weights" / "detect.onnx"  # class slots that saw neither bccd nor aquarium
PCB_TEST = ("pcb/test.json", "--mosaic", "2")
SHOWN = (0, 1, 3, 5, 10, 20)  # clicks
PAPER: dict[str, list[float]] = {  # Tiny-DOTA, mAP at the clicks of SHOWN, from the authors' result files
    "two: c3det": [57.61, 63.81, 67.22, 69.25, 72.20, 73.21],
    "two: late": [60.53, 62.63, 64.07, 64.53, 65.57, 66.39],
    "two: early": [54.04, 57.32, 59.25, 60.62, 61.92, 63.50],
    "two: passthrough": [60.42, 61.16, 61.62, 61.91, 62.30, 62.76],
    "one: c3det": [47.65, 53.66, 57.26, 58.69, 61.29, 62.65],
    "one: late": [49.63, 51.86, 53.70, 54.21, 55.34, 56.64],
    "one: early": [43.07, 46.02, 48.40, 49.43, 50.46, 51.24],
    "one: passthrough": [47.71, 48.39, 48.96, 48.91, 49.39, 49.73],
}


def named(words: tuple[str, ...]) -> str:
    """Options and paths as the name of a file."""
    return "_".join(word.strip("-").replace("/", "-") for word in words)


@dataclass(frozen=True)
class Arm:
    """A row of a table: how its model is trained, and how it is measured: options of `simulate ROLE`.

    kept_as: a part of the names of its reports; by default its options.
    """

    name: str
    train: tuple[str, ...] = ()
    measure: tuple[str, ...] = ()
    role: str = "detect"
    kept_as: str = ""

    @property
    def reports(self) -> str:
        """A part of the names of its reports, empty where it is measured without options."""
        return self.kept_as or named(self.measure)

    @property
    def model(self) -> str:
        """A folder for its model; arms that train alike share it."""
        return named(self.train) or "c3det"


@dataclass(frozen=True)
class Experiment:
    """A table: arms that are compared with the first of them. sets: what they are trained on; images: how many of it.

    test: a path and options of `simulate`. apart: without the images that a seed trains on, so that choices can be made
    without a look at the test part. unseen: class slots are those of UNSEEN.
    """

    title: str
    arms: tuple[Arm, ...]
    sets: tuple[str, ...] = ("pcb/train.json",)
    test: tuple[str, ...] = PCB_TEST
    images: int | None = 25
    clicks: tuple[int, ...] = SHOWN
    person: tuple[str, ...] = ()
    paper: str = ""
    apart: bool = False
    unseen: bool = False

    @property
    def trained_on(self) -> str:
        """A folder for its models; experiments on the same data share it."""
        data = "+".join(spec.split("/")[-2 if spec.startswith("synthetic") else 0] for spec in self.sets)
        return f"{data}-{self.images or 'all'}"

    @property
    def measured_on(self) -> str:
        """A folder for its reports; experiments that ask the same share it."""
        return named((*self.test, *(["apart"] if self.apart else []), *self.person, str(self.clicks[-1])))


NONE = ("--variant", "none")
PASSED = Arm(  # with 0 clicks it is the model without clicks
    "passthrough", NONE, ("--passthrough",), kept_as="variant_passthrough"
)
CERTAIN = Arm("passthrough, certain", NONE, ("--passthrough", "--certain"), kept_as="variant_passthrough_certain")
VARIANTS = (
    Arm("c3det"),
    Arm("late", ("--variant", "late")),
    Arm("early", ("--variant", "early")),
    Arm("early, first layer random", ("--variant", "early", "--early-fusion", "random")),  # the published code's
    PASSED,
    Arm("c3det, certain", (), ("--certain",)),
    CERTAIN,
)


def with_options(arms: tuple[Arm, ...], *options: str) -> tuple[Arm, ...]:
    return tuple(replace(arm, train=(*arm.train, *options)) for arm in arms)


TURNED = ("--oriented",)
PER_CLASS = ("--per-class",)
SLOTS = Arm("class slots")  # the model in the package, or UNSEEN
ONCE = Arm("class slots, images read once", (), ("--read-once",))
TEMPLATES = Arm("template matching", role="template-matching", kept_as="variant_template-matching")
AGNOSTIC = "--agnostic"  # no option of the program: all objects are of one class
FROM_ENCODER = "--from-encoder"  # nor these: training starts from the encoder of UNSEEN, not from the backbone,
FROM_SLOTS = "--from-slots"  # or from all of it
SEEN = ("pcb/train.json", "nuclei/train.json", "scenes/panoptic_train.json")  # with synthetic sets, the data of UNSEEN
UNTRAINED = (SLOTS, ONCE, TEMPLATES)  # here

UEL = (
    Arm("published code's"),
    Arm("paper's", ("--uel", "paper")),
    Arm("classes alone", ("--uel", "classes")),
    Arm("off", ("--uel", "off")),
)
PAPER_SETTINGS = Arm(
    "the paper's settings",
    ("--late-fusion", "resnet18", "--correlation", "dot", "--sigma", "1", "--uel", "paper", "--clicks", "number"),
)
CORRELATION = (Arm("cosine"), Arm("dot product", ("--correlation", "dot")))

EXPERIMENTS: dict[str, Experiment] = {
    "choices": Experiment(
        "What the defaults are chosen by, on other images of the training part",
        (*UEL, *CORRELATION[1:], *(Arm(f"sigma {sigma}", ("--sigma", sigma)) for sigma in ("1", "4"))),
        test=("pcb/train.json", "--mosaic", "2", "--limit", "30"),
        apart=True,
    ),
    "variants": Experiment("One stage (Fig. 6)", VARIANTS, paper="one: "),
    "two-stage": Experiment("Two stages (Fig. 5)", with_options(VARIANTS, "--stages", "two"), paper="two: "),
    "uel": Experiment("User-input enforcing loss (Fig. 8a)", UEL),
    "modules": Experiment(
        "Late fusion and correlation (Fig. 8b)",
        (
            Arm("LF and C3"),
            Arm("LF alone", ("--correlation", "off")),
            Arm("C3 alone", ("--late-fusion", "off")),
        ),
    ),
    "collation": Experiment(
        "Correlate and collate (Fig. 8c)",
        (Arm("correlate, then collate"), Arm("collate, then correlate", ("--collation", "before"))),
    ),
    "correlation": Experiment("What is correlated", CORRELATION),
    "paper": Experiment("Everything at the paper's settings", (Arm("c3det"), PAPER_SETTINGS)),
    "late-fusion": Experiment(
        "The late fusion network", (Arm("small"), Arm("ResNet-18, the paper's", ("--late-fusion", "resnet18")))
    ),
    "sigma": Experiment(
        "Width of the heatmaps",
        (
            Arm("c3det, 9 pixels"),
            Arm("c3det, 1 pixel", ("--sigma", "1")),
            Arm("late fusion, 9 pixels", ("--variant", "late")),
            Arm("late fusion, 1 pixel", ("--variant", "late", "--sigma", "1")),
        ),
    ),
    **{
        f"images-{images or 'all'}": Experiment(
            f"Trained on {images or 'all 450'} images (Fig. 7)", (VARIANTS[0], VARIANTS[1], PASSED), images=images
        )
        for images in (50, 110, None)
    },
    "nuclei": Experiment(
        "Oriented boxes of nuclei",
        with_options((*VARIANTS, Arm("c3det, no enforcing loss", ("--uel", "off"))), *TURNED),
        sets=("nuclei/train.json",),
        test=("nuclei/test.json", *TURNED),
        images=None,
    ),
    "synthetic": Experiment(
        "Oriented boxes of made-up things of six classes",
        with_options(VARIANTS, *TURNED),
        sets=("synthetic/train/set.json",),
        test=("synthetic/test/set.json", *TURNED),
    ),
    **{
        f"slots-{name}": Experiment(
            f"Class slots, never trained on {name}",
            (SLOTS, ONCE, TEMPLATES, *with_options((PASSED, CERTAIN), AGNOSTIC, FROM_ENCODER)),
            sets=(*SEEN, "synthetic/slots/set.json"),
            test=(f"{name}@test",),
            images=None,
            clicks=(0, 1, 2, 5),
            person=PER_CLASS,
            unseen=True,
        )
        for name in ("bccd", "aquarium")
    },
    **{
        f"own-{name}-{images}": Experiment(
            f"A project's own model, trained on {images} images of {name}",
            (SLOTS, Arm("own model", (FROM_SLOTS,))),
            sets=(f"{name}@train",),
            test=(f"{name}@test",),
            images=images,
            clicks=(0, 1, 2, 5),
            person=PER_CLASS,
            unseen=True,
        )
        for name in ("bccd", "aquarium")
        for images in (12, 50)
    },
    "slots-seen": Experiment(
        "Class slots on seen classes",
        (SLOTS, ONCE, TEMPLATES),
        clicks=(0, 1, 2, 5),
        person=PER_CLASS,
    ),
    **{
        f"slots-seen-{name}": Experiment(
            f"Class slots, trained on other images of {name}",
            (SLOTS, ONCE),
            test=(f"{name}@test",),
            clicks=(0, 1, 2, 5),
            person=PER_CLASS,
        )
        for name in ("bccd", "aquarium")
    },
}
