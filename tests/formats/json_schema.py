"""A JSON schema of GeoJSON's feature collections (RFC 7946), and the part of JSON Schema that it uses."""

from typing import Any

Schema = dict[str, Any]
TYPES = {"object": dict, "array": list, "string": str, "number": (int, float), "integer": int}

POSITION: Schema = {"type": "array", "minItems": 2, "maxItems": 3, "items": {"type": "number"}}
RING: Schema = {"type": "array", "minItems": 4, "items": POSITION}
POLYGON: Schema = {"type": "array", "minItems": 1, "items": RING}


def _geometry(kind: str, coordinates: Schema) -> Schema:
    return {
        "type": "object",
        "required": ["type", "coordinates"],
        "properties": {"type": {"const": kind}, "coordinates": coordinates},
    }


COLOR: Schema = {
    "type": "array",
    "minItems": 3,
    "maxItems": 3,
    "items": {"type": "integer", "minimum": 0, "maximum": 255},
}
PROPERTIES: Schema = {
    "type": "object",
    "required": ["objectType", "classification"],
    "properties": {
        "objectType": {"const": "annotation"},
        "classification": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string"}, "color": COLOR},
        },
    },
}
FEATURE: Schema = {
    "type": "object",
    "required": ["type", "geometry", "properties"],
    "properties": {
        "type": {"const": "Feature"},
        "geometry": {
            "oneOf": [
                _geometry("Point", POSITION),
                _geometry("MultiPoint", {"type": "array", "items": POSITION}),
                _geometry("Polygon", POLYGON),
                _geometry("MultiPolygon", {"type": "array", "items": POLYGON}),
            ]
        },
        "properties": PROPERTIES,
    },
}
FEATURE_COLLECTION: Schema = {
    "type": "object",
    "required": ["type", "features"],
    "properties": {"type": {"const": "FeatureCollection"}, "features": {"type": "array", "items": FEATURE}},
}


def problems(value: Any, schema: Schema, place: str = "$") -> list[str]:
    """Return what in `value` is not as `schema` has it; nothing for what is valid."""
    found: list[str] = []
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or isinstance(value, bool)):
        return [f"{place}: not {kind}"]
    if "const" in schema and value != schema["const"]:
        found.append(f"{place}: not {schema['const']!r}")
    if "oneOf" in schema and sum(not problems(value, each, place) for each in schema["oneOf"]) != 1:
        found.append(f"{place}: not one of {len(schema['oneOf'])}")
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            found.append(f"{place}: {len(value)} items")
        for index, item in enumerate(value):
            found += problems(item, schema.get("items", {}), f"{place}[{index}]")
    if isinstance(value, dict):
        found += [f"{place}: no {key}" for key in schema.get("required", []) if key not in value]
        for key, each in schema.get("properties", {}).items():
            found += problems(value[key], each, f"{place}.{key}") if key in value else []
    if kind == "integer" and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        found.append(f"{place}: {value}")
    return found
