"""The words that options take, each said once."""

from enum import StrEnum


class Clicks(StrEnum):
    region = "region"
    boundary = "boundary"


class Encoding(StrEnum):
    disk = "disk"
    gaussian = "gaussian"
    distance = "distance"


class Design(StrEnum):
    crop = "crop"
    encode_once = "encode_once"


class Loss(StrEnum):
    bce = "bce"
    nfl = "nfl"


class Start(StrEnum):
    box = "box"
    loose = "loose"
    extreme = "extreme"
    nothing = "nothing"


class Edges(StrEnum):
    plain = "plain"
    guided = "guided"


class Baseline(StrEnum):
    grabcut = "grabcut"


class RegionsLoss(StrEnum):
    pixel = "pixel"
    mask = "mask"


class Allocation(StrEnum):
    one_each = "one-each"
    free = "free"


class RegionsModel(StrEnum):
    full = "full"
    single = "single"


class DetectVariant(StrEnum):
    c3det = "c3det"
    late = "late"
    early = "early"
    none = "none"
    passthrough = "passthrough"
    template_matching = "template-matching"


class TrainedVariant(StrEnum):
    c3det = "c3det"
    late = "late"
    early = "early"
    none = "none"


class Stages(StrEnum):
    one = "one"
    two = "two"


class LateFusion(StrEnum):
    small = "small"
    resnet18 = "resnet18"
    off = "off"


class EarlyFusion(StrEnum):
    pretrained = "pretrained"
    random = "random"


class Correlation(StrEnum):
    dot = "dot"
    cosine = "cosine"
    off = "off"


class Collation(StrEnum):
    after = "after"
    before = "before"


class Uel(StrEnum):
    paper = "paper"
    classes = "classes"
    code = "code"
    off = "off"


class ClickCount(StrEnum):
    share = "share"
    number = "number"


class YesNo(StrEnum):
    yes = "yes"
    no = "no"
