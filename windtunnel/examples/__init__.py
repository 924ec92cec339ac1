"""The built-in example, in the wheel: what `windtunnel run` runs when it is given no manifest."""

from __future__ import annotations

from importlib.resources import files

from windtunnel.model.api.kinds import BUILT_IN, KindRegistry
from windtunnel.model.objects.json import Json

NAME = "guestbook.yaml"


def guestbook() -> tuple[Json, ...]:
    """The objects of the built-in guestbook."""
    from windtunnel.strategies.manifests import read_manifests

    data = files(__name__).joinpath(NAME).read_bytes()
    return read_manifests([(NAME, data)], KindRegistry(BUILT_IN)).objects
