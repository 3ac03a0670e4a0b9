"""Prints the OpenAPI document that the page's types are generated from; no project needs to be open.

`npm run generate` in `web/` calls it.
"""

import json

from fewclicks.server.app import routed


def document() -> str:
    """The document as JSON, the same text for the same routes."""
    return json.dumps(routed().openapi(), indent=2) + "\n"


if __name__ == "__main__":
    print(document(), end="")
