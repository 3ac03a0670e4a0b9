"""What there is on photos of scikit-image: the extreme points of its regions (top, left, bottom, right), by eye."""

XY = tuple[float, float]

ASTRONAUT: dict[str, tuple[XY, XY, XY, XY]] = {
    "flag": ((30, 0), (0, 250), (10, 512), (98, 210)),
    "wall": ((300, 0), (52, 8), (362, 345), (512, 150)),
    "shuttle": ((420, 0), (354, 205), (395, 290), (473, 277)),
    "table": ((460, 273), (367, 320), (505, 460), (512, 350)),
    "suit": ((112, 206), (20, 440), (150, 512), (363, 345)),
    "collar": ((185, 148), (113, 192), (246, 295), (305, 240)),
    "face": ((230, 62), (178, 100), (225, 189), (271, 95)),
    "hair": ((225, 16), (153, 85), (176, 133), (301, 90)),
    "helmet": ((400, 343), (277, 470), (400, 512), (512, 500)),
    "patch": ((170, 349), (133, 383), (170, 423), (208, 383)),
}

# From inside the region that grows, over what belongs to it.
ASTRONAUT_SCRIBBLES: tuple[tuple[XY, ...], ...] = (
    ((430, 60), (449, 70), (449, 180)),
    ((392, 120), (387, 95), (386, 60)),
    ((425, 80), (406, 88), (405, 110)),
    ((480, 400), (492, 430), (497, 455)),
    ((268, 372), (290, 360), (324, 362)),
)

# Clicks beside the coffee cup, where the mask from its box is too large.
NOT_THE_CUP: tuple[XY, ...] = ((100, 95), (112, 345), (88, 300))

# Clicks on the coins that `detect` finds all others by.
TWO_COINS: tuple[XY, ...] = ((335, 44), (44, 54))

# A careless point on every coin.
COINS: tuple[XY, ...] = (
    *((48, 58), (100, 60), (160, 52), (212, 54), (272, 44), (336, 48)),
    *((50, 128), (108, 118), (160, 126), (218, 118), (266, 124), (332, 118)),
    *((46, 190), (106, 196), (158, 188), (220, 196), (284, 184), (350, 190)),
    *((48, 262), (104, 256), (166, 264), (226, 258), (286, 266), (344, 258)),
)
