"""A tiny pair of ONNX files with the interface of Segment Anything, which segments by colour.

The embedding holds the normalised colours of cells of 4 x 4 pixels. The decoder finds the cells whose colour is near
that of an adding point, or of the middle of the box, and not near that of a removing point. Cells outside the box are
left out, and half the logits of `mask_input` are added.
"""

from pathlib import Path
from typing import Literal

from onnx import checker, parser, save

HEAD = '<ir_version: 8, opset_import: ["": 17]>'
MEAN, STD = "{123.675, 116.28, 103.53}", "{58.395, 57.12, 57.375}"
EMBED = """
    cells = AveragePool <kernel_shape = [4, 4], strides = [4, 4]> (normalised)
    image_embeddings = SpaceToDepth <blocksize = 4> (cells)
"""
ENCODERS = {
    "pixels": f"""
encoder (float[height, width, 3] input_image) => (float[1, 48, 64, 64] image_embeddings) {{
    channels = Transpose <perm = [2, 0, 1]> (input_image)
    mean = Constant <value = float[3, 1, 1] {MEAN}> ()
    std = Constant <value = float[3, 1, 1] {STD}> ()
    centred = Sub (channels, mean)
    scaled = Div (centred, std)
    size = Shape (scaled)
    full = Constant <value = int64[3] {{3, 1024, 1024}}> ()
    missing = Sub (full, size)
    none = Constant <value = int64[3] {{0, 0, 0}}> ()
    pads = Concat <axis = 0> (none, missing)
    padded = Pad (scaled, pads)
    batch = Constant <value = int64[1] {{0}}> ()
    normalised = Unsqueeze (padded, batch)
    {EMBED}
}}""",
    "square": f"""
encoder (float[1, 3, 1024, 1024] normalised) => (float[1, 48, 64, 64] image_embeddings) {{{EMBED}}}""",
}
DECODER = """
decoder (
    float[1, 48, 64, 64] image_embeddings, float[1, points, 2] point_coords, float[1, points] point_labels,
    float[1, 1, 256, 256] mask_input, float[1] has_mask_input, float[2] orig_im_size
) => (float[1, MASKS, rows, columns] masks, float[1, MASKS] iou_predictions, float[1, MASKS, 256, 256] low_res_masks) {
    colours = DepthToSpace <blocksize = 4> (image_embeddings)
    all_cells = Constant <value = int64[4] {1, 3, 1, 65536}> ()
    cell_colours = Reshape (colours, all_cells)
    flat_colours = Constant <value = int64[2] {3, 65536}> ()
    by_cell = Reshape (colours, flat_colours)

    label_0 = Constant <value = float {0}> ()
    label_1 = Constant <value = float {1}> ()
    label_2 = Constant <value = float {2}> ()
    label_3 = Constant <value = float {3}> ()
    removes = Equal (point_labels, label_0)
    adds = Equal (point_labels, label_1)
    starts = Equal (point_labels, label_2)
    ends = Equal (point_labels, label_3)
    is_corner = Or (starts, ends)

    axis_1 = Constant <value = int64[1] {1}> ()
    axis_2 = Constant <value = int64[1] {2}> ()
    far = Constant <value = float {100000}> ()
    below = Constant <value = float {-100000}> ()
    starts_xy = Unsqueeze (starts, axis_2)
    ends_xy = Unsqueeze (ends, axis_2)
    low_points = Where (starts_xy, point_coords, far)
    high_points = Where (ends_xy, point_coords, below)
    low = ReduceMin <axes = [1], keepdims = 1> (low_points)
    high = ReduceMax <axes = [1], keepdims = 1> (high_points)
    corner_sum = Add (low, high)
    half = Constant <value = float {0.5}> ()
    middle = Mul (corner_sum, half)
    corner_number = Cast <to = 1> (is_corner)
    corner_count = ReduceSum (corner_number, axis_1)
    has_box = Greater (corner_count, label_0)
    every_point = Concat <axis = 1> (point_coords, middle)
    every_add = Concat <axis = 1> (adds, has_box)
    no_box = Not (has_box)
    no_remove = And (has_box, no_box)
    every_remove = Concat <axis = 1> (removes, no_remove)

    cell = Constant <value = float {4}> ()
    places = Div (every_point, cell)
    last_cell = Constant <value = float {255}> ()
    clipped = Clip (places, label_0, last_cell)
    whole = Floor (clipped)
    strides = Constant <value = float[2] {1, 256}> ()
    offsets = Mul (whole, strides)
    float_numbers = ReduceSum <keepdims = 0> (offsets, axis_2)
    numbers = Cast <to = 7> (float_numbers)
    one_row = Constant <value = int64[1] {-1}> ()
    indices = Reshape (numbers, one_row)
    sampled = Gather <axis = 1> (by_cell, indices)
    point_shape = Constant <value = int64[4] {1, 3, -1, 1}> ()
    point_colours = Reshape (sampled, point_shape)
    differences = Sub (cell_colours, point_colours)
    squares = Mul (differences, differences)
    distances = ReduceSum <keepdims = 0> (squares, axis_1)
    similar = Sub (label_1, distances)
    least = Constant <value = float {-1}> ()
    similarity = Clip (similar, least, label_1)

    every_add_by_cell = Unsqueeze (every_add, axis_2)
    every_remove_by_cell = Unsqueeze (every_remove, axis_2)
    to_add = Where (every_add_by_cell, similarity, least)
    to_remove = Where (every_remove_by_cell, similarity, least)
    added = ReduceMax <axes = [1], keepdims = 1> (to_add)
    removed_or_less = ReduceMax <axes = [1], keepdims = 1> (to_remove)
    removed = Clip (removed_or_less, label_0, label_1)
    add_number = Cast <to = 1> (every_add)
    most_adds = ReduceMax <axes = [1], keepdims = 1> (add_number)
    has_adds = Greater (most_adds, label_0)
    added_by_cell = Where (has_adds, added, label_0)
    four = Constant <value = float {4}> ()
    twelve = Constant <value = float {12}> ()
    plus = Mul (added_by_cell, four)
    minus = Mul (removed, twelve)
    flat_logits = Sub (plus, minus)
    grid = Constant <value = int64[4] {1, 1, 256, 256}> ()
    by_colour = Reshape (flat_logits, grid)

    first = Constant <value = int64 {0}> ()
    last = Constant <value = int64 {256}> ()
    step = Constant <value = int64 {1}> ()
    whole_numbers = Range (first, last, step)
    columns_from_0 = Cast <to = 1> (whole_numbers)
    centred_numbers = Add (columns_from_0, half)
    centres = Mul (centred_numbers, cell)
    x_shape = Constant <value = int64[4] {1, 1, 1, 256}> ()
    y_shape = Constant <value = int64[4] {1, 1, 256, 1}> ()
    xs = Reshape (centres, x_shape)
    ys = Reshape (centres, y_shape)
    index_x = Constant <value = int64[1] {0}> ()
    low_x = Gather <axis = 2> (low, index_x)
    low_y = Gather <axis = 2> (low, axis_1)
    high_x = Gather <axis = 2> (high, index_x)
    high_y = Gather <axis = 2> (high, axis_1)
    right = Greater (xs, low_x)
    left = Less (xs, high_x)
    lower = Greater (ys, low_y)
    upper = Less (ys, high_y)
    across = And (right, left)
    down = And (lower, upper)
    within = And (across, down)
    allowed = Or (within, no_box)
    outside = Constant <value = float {-16}> ()
    in_box = Where (allowed, by_colour, outside)
    given = Mul (mask_input, has_mask_input)
    before = Mul (given, half)
    logits = Add (in_box, before)

    shifts = Constant <value = float[1, MASKS, 1, 1] {SHIFTS}> ()
    low_res_masks = Add (logits, shifts)
    iou_predictions = Constant <value = float[1, MASKS] {IOUS}> ()
    mask_count = Constant <value = int64[2] {1, MASKS}> ()
    image_size = Cast <to = 7> (orig_im_size)
    mask_size = Concat <axis = 0> (mask_count, image_size)
    masks = Resize <mode = "linear"> (low_res_masks, , , mask_size)
}"""
ONE = {"MASKS": "1", "SHIFTS": "0", "IOUS": "0.8"}
FOUR = {"MASKS": "4", "SHIFTS": "0, -2, 0, 2", "IOUS": "0.6, 0.7, 1.05, 0.8"}  # real models predict IoUs above 1, too
Kind = Literal["pixels", "square"]


def make_pair(folder: Path, kind: Kind = "pixels", masks: Literal[1, 4] = 4) -> tuple[Path, Path]:
    """Write an encoder and a decoder to `folder`, under the names that people have, and return their paths."""
    decoder = DECODER
    for name, value in (FOUR if masks == 4 else ONE).items():
        decoder = decoder.replace(name, value)
    paths = folder / f"vit_{kind}_image.onnx", folder / f"vit_{masks}_masks.onnx"
    for path, text in zip(paths, (ENCODERS[kind], decoder), strict=True):
        model = parser.parse_model(HEAD + text)
        checker.check_model(model)
        save(model, path)
    return paths
