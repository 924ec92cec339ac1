"""An informer whose objects are altered by those who read them: the cache says what the store never had."""

from __future__ import annotations

from attrs import evolve

from windtunnel.model.apiserver.request import WatchEvent
from windtunnel.model.client.informer import Informer
from windtunnel.model.objects.json import put
from windtunnel.model.objects.record import Record


class InformerThatAlters(Informer):
    """Puts an annotation on what it takes in."""

    def process_event(self, event: WatchEvent) -> None:
        """Take in something else than what came."""
        record = event.record
        if record is not None and event.type == "MODIFIED":
            raw = put(record.raw, "yes", "metadata", "annotations", "seen")
            record = Record(record.key, raw, record.revision, record.create_revision)
            event = evolve(event, record=record)
        super().process_event(event)
