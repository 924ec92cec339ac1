"""All kinds that an API serves, found by path, by kind or by object.

A registry is a value: to serve one more kind is to make a new registry. A kind registered later
takes the place of an earlier one of the same group, version and kind, so a modelled kind replaces
a plain one.

Not modelled: preferred versions other than the first registered one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from windtunnel.model.api.kind import Kind
from windtunnel.model.api.kinds.plain import plain_kind
from windtunnel.model.objects.json import Json


def split_api_version(api_version: str) -> tuple[str, str]:
    """Return group and version of an `apiVersion`; the group of `v1` is empty."""
    group, _, version = api_version.rpartition("/")
    return group, version


class KindRegistry:
    """An immutable collection of kinds; look-ups are O(1)."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self._by_kind: dict[tuple[str, str, str], Kind] = {}
        for kind in kinds:
            self._by_kind[kind.group, kind.version, kind.kind] = kind
        self.kinds: tuple[Kind, ...] = tuple(self._by_kind.values())
        self._by_resource: dict[tuple[str, str, str], Kind] = {}
        self._by_group_version: dict[tuple[str, str], list[Kind]] = {}
        for kind in self.kinds:
            self._by_resource[kind.group, kind.version, kind.plural] = kind
            self._by_group_version.setdefault((kind.group, kind.version), []).append(kind)

    def register(self, kind: Kind) -> KindRegistry:
        """Return a registry with this kind too. O(kinds)."""
        return KindRegistry((*self.kinds, kind))

    def by_resource(self, group: str, version: str, plural: str) -> Kind | None:
        """Return the kind behind a path, or None."""
        return self._by_resource.get((group, version, plural))

    def by_kind(self, group: str, version: str, kind: str) -> Kind | None:
        """Return the kind with this name, or None."""
        return self._by_kind.get((group, version, kind))

    def for_object(self, obj: Json) -> Kind:
        """Return the kind of an object; one made for it if it is unknown (it is not registered)."""
        group, version = split_api_version(obj.get("apiVersion", ""))
        name = obj.get("kind", "")
        return self.by_kind(group, version, name) or plain_kind(group, version, name)

    def with_objects(self, objects: Iterable[Json]) -> KindRegistry:
        """Return a registry that also serves the kinds of these objects; itself if it does.

        O(objects).
        """
        new: dict[tuple[str, str, str], Kind] = {}
        for obj in objects:
            kind = self.for_object(obj)
            key = (kind.group, kind.version, kind.kind)
            if key not in self._by_kind and kind.kind and kind.version:
                new.setdefault(key, kind)
        return KindRegistry((*self.kinds, *new.values())) if new else self

    def group_versions(self) -> tuple[tuple[str, str], ...]:
        """Return all pairs of group and version, in the order of registration."""
        return tuple(self._by_group_version)

    def in_group_version(self, group: str, version: str) -> tuple[Kind, ...]:
        """Return all kinds of a group and version; none if nobody serves it."""
        return tuple(self._by_group_version.get((group, version), ()))

    # --- discovery documents

    def api_versions(self) -> Json:
        """Return the document at `/api`."""
        versions = [version for group, version in self._by_group_version if not group]
        return {"kind": "APIVersions", "versions": versions}

    def api_group_list(self) -> Json:
        """Return the document at `/apis`."""
        groups = dict.fromkeys(group for group, _ in self._by_group_version if group)
        return {
            "kind": "APIGroupList",
            "apiVersion": "v1",
            "groups": [self._api_group(group) for group in groups],
        }

    def api_group(self, group: str) -> Json | None:
        """Return the document at `/apis/<group>`, or None if nobody serves the group."""
        if not group or not any(group == each for each, _ in self._by_group_version):
            return None
        return {"kind": "APIGroup", "apiVersion": "v1", **self._api_group(group)}

    def _api_group(self, group: str) -> Json:
        versions = [
            {"groupVersion": f"{group}/{version}", "version": version}
            for each, version in self._by_group_version
            if each == group
        ]
        return {"name": group, "versions": versions, "preferredVersion": versions[0]}

    def api_resource_list(self, group: str, version: str) -> Json | None:
        """Return the document at `/api/<version>` or `/apis/<group>/<version>`, if there is one."""
        kinds = self.in_group_version(group, version)
        if not kinds:
            return None
        resources: list[Json] = []
        for kind in sorted(kinds, key=lambda each: each.plural):
            resources.append(_api_resource(kind))
            resources += [_api_subresource(kind, each) for each in sorted(kind.subresources)]
        return {
            "kind": "APIResourceList",
            "apiVersion": "v1",
            "groupVersion": kinds[0].api_version,
            "resources": resources,
        }


def _api_resource(kind: Kind) -> Json:
    found: dict[str, Any] = {
        "name": kind.plural,
        "singularName": kind.singular,
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": list(kind.verbs),
    }
    if kind.short_names:
        found["shortNames"] = list(kind.short_names)
    if kind.categories:
        found["categories"] = list(kind.categories)
    return found


_SUBRESOURCES: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "binding": ("", "v1", "Binding", ("create",)),
    "eviction": ("policy", "v1", "Eviction", ("create",)),
    "scale": ("autoscaling", "v1", "Scale", ("get", "patch", "update")),
    "finalize": ("", "", "", ("update",)),
}


def _api_subresource(kind: Kind, subresource: str) -> Json:
    group, version, name, verbs = _SUBRESOURCES.get(
        subresource, ("", "", "", ("get", "patch", "update"))
    )
    found: dict[str, Any] = {
        "name": f"{kind.plural}/{subresource}",
        "singularName": "",
        "namespaced": kind.namespaced,
    }
    if name:
        found["group"], found["version"] = group, version
    found["kind"] = name or kind.kind
    found["verbs"] = list(verbs)
    return found
