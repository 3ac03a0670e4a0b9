"""A program that prints the OpenAPI document, from which the page's types are generated; it needs no project.

`npm run generate` in `web/` calls it.
"""

import json

from fewclicks.server.app import routed


def document() -> str:
    """Return the document as JSON, the same text for the same routes."""
    return json.dumps(routed().openapi(), indent=2) + "\n"


if __name__ == "__main__":
    print(document(), end="")
