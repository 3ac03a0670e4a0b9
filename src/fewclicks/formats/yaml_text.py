"""YAML as far as JSON goes: read without surprises, written so that every program reads the same."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from fewclicks.errors import InputError

SCALARS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:null")


class _Loader(yaml.SafeLoader):
    """Texts stay texts: a class may be called `no`, a version may look like a date. And nothing is repeated by name,
    so that a small file stays small.
    """

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="an alias", problem_mark=parent.start_mark if parent else None)
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in SCALARS]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), list("tf"))


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        """Without quotes PyYAML loses line breaks of other alphabets."""
        return self.represent_scalar("tag:yaml.org,2002:str", data, None if data.isprintable() else '"')


_Dumper.add_representer(str, _Dumper.represent_str)


def read_yaml(text: str, path: Path) -> dict[str, Any]:
    """The keys and values of a YAML text, as JSON has them. Raises InputError with line and column."""
    try:
        content = json.loads(json.dumps(yaml.load(text, _Loader)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else None
        raise InputError(f"not YAML: {error.problem or error.context}", path, place) from error
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise InputError(f"cannot read the YAML: {error}", path) from error
    if not isinstance(content, dict):
        raise InputError("expected YAML with keys such as `names` and `train`", path)
    return content


def yaml_text(content: dict[str, Any]) -> str:
    """YAML with a key a line."""
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, default_flow_style=None, allow_unicode=True, width=10**9)
