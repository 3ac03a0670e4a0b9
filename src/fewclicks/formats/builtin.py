"""The specs of the formats that come with fewclicks. pyproject.toml announces them as entry points."""

from fewclicks.formats.spec import FormatSpec

JSON, ZIP = "application/json", "application/zip"

COCO = FormatSpec(
    name="coco",
    title="COCO",
    summary="Boxes, polygons, masks, points and crowds in one JSON file",
    suffix=".json",
    media_type=JSON,
    open="fewclicks.formats.coco:CocoInstances",
    has_image_ids=True,
    position=10,
)
COCO_PANOPTIC = FormatSpec(
    name="coco-panoptic",
    title="COCO panoptic",
    summary="One segment or none per pixel: a JSON file and PNG images",
    suffix=".json",
    media_type=JSON,
    open="fewclicks.formats.coco_panoptic:CocoPanoptic",
    has_image_ids=True,
    lacks=("box", "oriented_box", "point"),
    position=20,
)
DOTA = FormatSpec(
    name="dota",
    title="DOTA",
    summary="Oriented boxes: a folder with one text file per image",
    suffix="",
    media_type=ZIP,
    open="fewclicks.formats.dota:Dota",
    lacks=("point",),
    position=30,
)
YOLO = FormatSpec(
    name="yolo",
    title="YOLO",
    summary="Boxes and polygons: a folder with data.yaml and text files",
    suffix="",
    media_type=ZIP,
    open="fewclicks.formats.yolo:Yolo",
    lacks=("point",),
    position=40,
)
YOLO_OBB = FormatSpec(
    name="yolo-obb",
    title="YOLO-OBB",
    summary="Oriented boxes: a folder with data.yaml and text files",
    suffix="",
    media_type=ZIP,
    open="fewclicks.formats.yolo_obb:YoloObb",
    lacks=("point",),
    position=50,
)
VOC = FormatSpec(
    name="voc",
    title="Pascal VOC",
    summary="Upright boxes: a folder with one XML file per image",
    suffix="",
    media_type=ZIP,
    open="fewclicks.formats.voc:Voc",
    lacks=("point",),
    position=60,
)
POINTS_CSV = FormatSpec(
    name="points-csv",
    title="Points CSV",
    summary="Points in one CSV file: image, x, y and class a line",
    suffix=".csv",
    media_type="text/csv",
    open="fewclicks.formats.points_csv:PointsCsv",
    lacks=("box", "oriented_box", "polygons", "mask"),
    position=70,
)
POINTS_TXT = FormatSpec(
    name="points-txt",
    title="Points TXT",
    summary="Points: a folder with one text file per image, x, y and class a line",
    suffix="",
    media_type=ZIP,
    open="fewclicks.formats.points_txt:PointsTxt",
    lacks=("box", "oriented_box", "polygons", "mask"),
    position=80,
)
LABELME = FormatSpec(
    name="labelme",
    title="LabelMe",
    summary="Points, boxes, polygons, masks: one JSON file per image",
    suffix="",
    media_type=ZIP,
    open="fewclicks.formats.labelme:LabelMe",
    position=90,
)
CVAT = FormatSpec(
    name="cvat",
    title="CVAT",
    summary="Points, boxes, polygons, masks in one XML file (images 1.1)",
    suffix=".xml",
    media_type="application/xml",
    open="fewclicks.formats.cvat:Cvat",
    has_image_ids=True,
    position=100,
)
QUPATH = FormatSpec(
    name="qupath",
    title="QuPath GeoJSON",
    summary="Points and polygons: a folder with one GeoJSON file per image",
    suffix="",
    media_type=ZIP,
    open="fewclicks.formats.qupath:QuPath",
    position=110,
)
