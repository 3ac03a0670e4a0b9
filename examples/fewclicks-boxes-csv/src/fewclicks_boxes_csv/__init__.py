"""Boxes as CSV, a file format for fewclicks."""

from fewclicks.formats import FormatSpec

FORMAT = FormatSpec(
    name="boxes-csv",
    title="Boxes CSV",
    summary="Upright boxes in one CSV file, one box per line",
    suffix=".csv",
    media_type="text/csv",
    lacks=("point",),
    open="fewclicks_boxes_csv.boxes_csv:BoxesCsv",
    position=200,
)
