"""The flags of a recorded control plane as settings of the model.

The recordings were made with the service range 10.0.0.0/24. A flag of kube-controller-manager is a setting of the same
name if the model has it: `--node-monitor-period=1s` is node_monitor_period_ms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from attrs import evolve

from windtunnel.model.settings import Settings

SERVICE_CIDR = "10.0.0.0/24"
_UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000}


def settings_for(flags: Mapping[str, Sequence[str]], *, service_accounts: bool = True) -> Settings:
    """The settings of a control plane that was started with these flags."""
    settings = Settings()
    apiserver = evolve(
        settings.apiserver,
        service_cidr=SERVICE_CIDR,
        service_account_admission=service_accounts,
    )
    known = {field.name for field in attrs.fields(type(settings.controller_manager))}
    changes: dict[str, Any] = {}
    for flag in flags.get("kube-controller-manager", ()):
        name, value = _setting(flag)
        if name in known:
            changes[name] = value
    manager = evolve(settings.controller_manager, **changes)
    return evolve(settings, apiserver=apiserver, controller_manager=manager)


def _setting(flag: str) -> tuple[str, Any]:
    name, _, text = flag.lstrip("-").partition("=")
    name = name.replace("-", "_")
    duration = re.fullmatch(r"(\d+)(ms|s|m)", text)
    if duration:
        return f"{name}_ms", int(duration[1]) * _UNITS_MS[duration[2]]
    return name, float(text) if "." in text else int(text) if text.isdigit() else text
