"""Area admission: what the admission plug-ins do to pods, with service accounts required."""

from __future__ import annotations

from windtunnel.conformance import sequences
from windtunnel.conformance.sequences import needs
from windtunnel.model.objects.json import Json

__all__ = ["needs", "run"]


def run(case: Json) -> str | None:
    """Run a case; None if every answer is as listed, else what is different."""
    return sequences.run(case, service_accounts=True)
