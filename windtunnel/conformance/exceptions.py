"""Cases that the model is known to answer otherwise, each with the reason. They still count as failures."""

from __future__ import annotations

GOLDEN_WINS = "a golden transcript of 1.36 says otherwise"
VOLUMES_LOST = "the case names claims that were not recorded with it, and a pod whose claim is missing fits nowhere"

EXCEPTIONS: dict[str, dict[str, str]] = {
    "conformance/api": {
        "service name cannot start with digit": f"{GOLDEN_WINS}: services/names",
        'list version options {"resourceVersion": "abc"}': (
            f"{GOLDEN_WINS}: listwatch/list-resource-version, 400 where 1.28 had 500"
        ),
        'list version options {"resourceVersion": "-1"}': (
            f"{GOLDEN_WINS}: listwatch/list-resource-version, 400 where 1.28 had 500"
        ),
        "evict with budget allowing 0 phase Pending": (
            "since 1.29 a status that leaves out the QoS class keeps it, so this update changes nothing"
        ),
    },
    "conformance/endpoints": {
        "empty selector map selects all pods": (
            "the API drops an empty selector, so that the controller never sees one"
        ),
    },
    "conformance/scheduler": {
        f"VolumeZone filter {number}": VOLUMES_LOST
        for number in ("002", "004", "007", "008", "013", "015")
    },
    "conformance/services": {
        "service name 1a": f"{GOLDEN_WINS}: services/names",
        "headless to cluster ip": (
            "only managedFields change in this update, and the model does not keep them"
        ),
    },
}
"""Area to case to reason."""
