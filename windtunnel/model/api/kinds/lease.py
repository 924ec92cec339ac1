"""Lease: the heartbeat of a node, or the crown of a leader.

Not modelled: coordinated leader election; the fields `strategy` and `preferredHolder` are kept and
ignored.
"""

from __future__ import annotations

from windtunnel.model.api import errors
from windtunnel.model.api.errors import Cause
from windtunnel.model.api.kind import Kind, Strategy
from windtunnel.model.api.schema import INTEGER, MICRO_TIME, POINTER_STRING, Object, resource
from windtunnel.model.objects.json import Json

SCHEMA = resource(
    "Lease",
    {
        "spec": Object(
            {
                "holderIdentity": POINTER_STRING,
                "leaseDurationSeconds": INTEGER,
                "acquireTime": MICRO_TIME,
                "renewTime": MICRO_TIME,
                "leaseTransitions": INTEGER,
                "strategy": POINTER_STRING,
                "preferredHolder": POINTER_STRING,
            },
            "LeaseSpec",
        )
    },
)


class LeaseStrategy(Strategy):
    """The rules of leases: a PUT may create one, but never overwrite one without a version."""

    allow_create_on_update = True
    allow_unconditional_update = False

    def validate_own(self, obj: Json) -> list[Cause]:
        """Check that the numbers are possible ones."""
        spec = obj.get("spec") or {}
        causes: list[Cause] = []
        duration = spec.get("leaseDurationSeconds")
        if duration is not None and duration <= 0:
            field = "spec.leaseDurationSeconds"
            causes.append(errors.invalid(field, duration, "must be greater than 0"))
        transitions = spec.get("leaseTransitions")
        if transitions is not None and transitions < 0:
            detail = "must be greater than or equal to 0"
            causes.append(errors.invalid("spec.leaseTransitions", transitions, detail))
        return causes


KIND = Kind(
    "Lease",
    "leases",
    "coordination.k8s.io",
    "v1",
    namespaced=True,
    schema=SCHEMA,
    strategy=LeaseStrategy(),
)
