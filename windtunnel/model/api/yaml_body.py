"""YAML as Kubernetes reads it: the subset that is JSON.

Every scalar becomes a JSON one: a date stays the text it was, a number or boolean used as a key
becomes its text. Anchors and merge keys are resolved.

Not modelled: several documents in one request body.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

_TAG = "tag:yaml.org,2002:"
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlError(ValueError):
    """A text is no YAML, or no YAML that can be JSON."""


def load_yaml(text: bytes | str) -> tuple[Any, tuple[str, ...]]:
    """Return the one document in a YAML text and the paths of repeated keys. O(len); YamlError."""
    documents = list(load_yaml_documents(text))
    if len(documents) > 1:
        raise YamlError("yaml: expected a single document in the stream but found more")
    return documents[0] if documents else (None, ())


def load_yaml_documents(text: bytes | str) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """Yield each document of a YAML text with the paths of its repeated keys. O(len); YamlError."""
    constructor = yaml.constructor.SafeConstructor()
    try:
        for root in yaml.compose_all(text, Loader=_Loader):
            duplicates: list[str] = []
            yield _value(root, "", duplicates, constructor), tuple(duplicates)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise YamlError(f"yaml: line {line}: {error.problem}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise YamlError(f"yaml: {error}") from None


def _value(node: Any, path: str, duplicates: list[str], constructor: Any) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return [
            _value(part, f"{path}[{index}]", duplicates, constructor)
            for index, part in enumerate(node.value)
        ]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, duplicates, constructor)
    if node is None or node.tag == f"{_TAG}null":
        return None
    if node.tag == f"{_TAG}bool":
        return constructor.construct_yaml_bool(node)
    if node.tag == f"{_TAG}int" and ":" not in node.value:
        return constructor.construct_yaml_int(node)
    if node.tag == f"{_TAG}float" and ":" not in node.value:
        return constructor.construct_yaml_float(node)
    return node.value


def _mapping(node: Any, path: str, duplicates: list[str], constructor: Any) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if key_node.tag == f"{_TAG}merge":
            value = _value(value_node, path, duplicates, constructor)
            for each in reversed(value if isinstance(value, list) else [value]):
                if not isinstance(each, dict):
                    raise YamlError("yaml: map merge requires map or sequence of maps as the value")
                merged.update(each)
            continue
        if not isinstance(key_node, yaml.ScalarNode):
            raise YamlError("yaml: a key must be a scalar")
        key = key_node.value
        place = f"{path}.{key}" if path else key
        if key in own:
            duplicates.append(place)
        own[key] = _value(value_node, place, duplicates, constructor)
    return {**merged, **own}
