"""An invariant of one's own: whoever is ready can be reached."""

from windtunnel import Violation, always, written


@always(on=written("pods"))
def ready_pods_have_an_address(fact, world):
    """A pod that is Ready has an address."""
    record = fact.change.after
    if record is None or not record.view.ready or record.view.status.pod_ip:
        return None
    return Violation("an address in status.podIP", "none", str(record.key), record.revision)
