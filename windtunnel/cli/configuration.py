"""Settings of a project: `[tool.windtunnel]` in the pyproject.toml of the current folder, or a windtunnel.toml there.

    latency_ms = 2
    controllers = ["site.py:Websites"]      # as --controller; load is such a list too
    [kubelet]
    max_pods = 20
    [swap]                                   # as --swap
    replication = "mine.py:MyManager"
    [switched_off]                           # promises that are not judged, each with the reason
    bound-pods-run = "our nodes have no images"

Not modelled: settings of folders further up.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from windtunnel.model.input_error import InputError
from windtunnel.model.settings import Settings
from windtunnel.reports.settings_codec import changed_settings, decode_settings

OWN_FILE = "windtunnel.toml"
PYPROJECT = "pyproject.toml"
_LISTS = ("load", "controllers")


@frozen
class Configuration:
    """What a project has settled on. swaps are ROLE=FILE.py:NAME."""

    settings: Settings = Settings()
    switched_off: Mapping[str, str] = field(factory=dict)
    load: tuple[str, ...] = ()
    controllers: tuple[str, ...] = ()
    swaps: tuple[str, ...] = ()
    source: str = ""

    def differing(self) -> tuple[tuple[str, str], ...]:
        """Everything that is not as by default, as (name, value), for the header."""
        found = list(changed_settings(self.settings))
        found += [(f"switched_off.{name}", reason) for name, reason in self.switched_off.items()]
        lists = (("load", self.load), ("controllers", self.controllers), ("swap", self.swaps))
        found += [(name, ",".join(values)) for name, values in lists if values]
        return tuple(found)


def read_configuration(folder: Path) -> Configuration:
    """The settings of a folder; the defaults where it has none. Raises InputError."""
    own, pyproject = folder / OWN_FILE, folder / PYPROJECT
    in_own = _read(own) if own.is_file() else None
    in_pyproject = None
    if pyproject.is_file():
        tool = _read(pyproject).get("tool")
        in_pyproject = tool.get("windtunnel") if isinstance(tool, dict) else None
    if in_own is not None and in_pyproject is not None:
        raise InputError(
            f"{OWN_FILE} and [tool.windtunnel] of {PYPROJECT} both have settings; keep one of them"
        )
    if in_own is not None:
        return _decode(in_own, OWN_FILE)
    if in_pyproject is not None:
        return _decode(in_pyproject, f"{PYPROJECT}, [tool.windtunnel]")
    return Configuration()


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            return tomllib.load(stream)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: {error}; mend the TOML") from None
    except OSError as error:
        raise InputError(f"{path.name}: cannot be read: {error.strerror}") from None


def _decode(data: Any, where: str) -> Configuration:
    if not isinstance(data, dict):
        raise InputError(f"{where}: must be a table of names and values")
    rest = {key: value for key, value in data.items() if key.replace("-", "_") != "switched_off"}
    off = data.get("switched_off", data.get("switched-off", {}))
    lists = {name: _texts(rest.pop(name, []), where, name) for name in _LISTS}
    return Configuration(
        switched_off=_reasons(off, where, "switched_off", "a promise's id and a reason"),
        swaps=tuple(
            f"{role}={code}"
            for role, code in _reasons(rest.pop("swap", {}), where, "swap", "ROLE and FILE").items()
        ),
        settings=decode_settings(rest, where),
        load=lists["load"],
        controllers=lists["controllers"],
        source=where,
    )


def _texts(value: Any, where: str, name: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise InputError(f'{where}: {name} must be a list of texts, such as ["FILE.py:NAME"]')
    return tuple(value)


def _reasons(value: Any, where: str, name: str, what: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise InputError(f"{where}: {name} must be a table: {what} in each line")
    for key, reason in value.items():
        if not isinstance(reason, str) or not reason.strip():
            raise InputError(f"{where}: {name}.{key} must be a text: {what}")
    return value
