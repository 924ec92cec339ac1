"""Which services have to be synced because a pod changed: shared by the controllers of Endpoints and EndpointSlices.

A pod concerns the services whose selector selects it. If it changed in what an endpoint shows, they all look again; if
only its labels or names changed, those do that it joined or left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from windtunnel.model.client.client import Client
from windtunnel.model.client.informer_factory import InformerFactory
from windtunnel.model.controllers.base import QueueController, key_of
from windtunnel.model.controllers.endpoints.interest import endpoint_changed, membership_changed
from windtunnel.model.environment import Environment
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Key
from windtunnel.model.objects.service import Service
from windtunnel.model.sim.process import Process

BY_LABEL = "by label"


def labels_of(pod: Pod) -> tuple[str, ...]:
    """Index by each label, in its namespace. O(labels)."""
    metadata = pod.metadata
    return tuple(
        [f"{metadata.namespace}/{name}={value}" for name, value in metadata.labels.items()]
    )


class ServiceMembers(QueueController):
    """Watches services and pods, and has services synced. Its keys are those of services."""

    def __init__(
        self, process: Process, environment: Environment, client: Client, informers: InformerFactory
    ) -> None:
        super().__init__(process, environment, client, informers)
        # The answers of services_of, for as long as no service changes.
        self._selecting: dict[tuple[str, tuple[tuple[str, str], ...]], list[Key]] = {}
        self.selectors = environment.roles["selectors"]()
        self.services = self.watch("services")
        self.pods = self.watch("pods")
        self.pods.add_index(BY_LABEL, labels_of)
        self.services.add_handler(
            self._forget_selecting, self._forget_selecting, self._forget_selecting
        )
        self.services.add_handler(self.service_added, self.service_updated, self.service_deleted)
        self.pods.add_handler(self.pod_added, self.pod_updated, self.pod_deleted)

    def service_added(self, service: Service) -> None:
        """A service showed up."""
        self.queue.add(key_of(service))

    def service_updated(self, old: Service, new: Service) -> None:
        """A service changed."""
        self.queue.add(key_of(new))

    def service_deleted(self, service: Service) -> None:
        """A service is gone."""
        self.queue.add(key_of(service))

    def pod_added(self, pod: Pod) -> None:
        """A pod showed up."""
        self.enqueue(self.services_of(pod))

    def pod_deleted(self, pod: Pod) -> None:
        """A pod is gone."""
        self.enqueue(self.services_of(pod))

    def pod_updated(self, old: Pod, new: Pod) -> None:
        """A pod changed: its services look again if its endpoint did, those that it joined or left in any case."""
        changed, moved = endpoint_changed(old, new), membership_changed(old, new)
        if not changed and not moved:
            return
        services = self.services_of(new)
        if not moved:
            self.enqueue(services)
            return
        before = self.services_of(old)
        same_name = (
            old.spec.hostname == new.spec.hostname and old.spec.subdomain == new.spec.subdomain
        )
        if changed or not same_name:
            self.enqueue([*before, *services])
        else:
            self.enqueue([key for key in before if key not in services])
            self.enqueue([key for key in services if key not in before])

    def services_of(self, pod: Pod) -> list[Key]:
        """The services whose selector selects the pod. O(services of the namespace), O(labels) for labels seen
        before."""
        metadata = pod.metadata
        asked = (metadata.namespace, tuple(metadata.labels.items()))
        found = self._selecting.get(asked)
        if found is None:
            found = self._selecting[asked] = [
                key_of(service)
                for service in cast("Iterable[Service]", self.services.list(metadata.namespace))
                if service.spec.selector and self.selects(service, metadata.labels)
            ]
        return found

    def enqueue(self, keys: Iterable[Key]) -> None:
        """Have these services synced."""
        for key in keys:
            self.queue.add(key)

    def _forget_selecting(self, *_: Service) -> None:
        self._selecting.clear()

    def selected_pods(self, service: Service) -> list[Pod]:
        """The cached pods that the service selects. O(pods that have one of the labels it asks for)."""
        labels = service.spec.selector
        if not labels:
            return cast("list[Pod]", self.pods.list(service.namespace))
        name, value = next(iter(labels.items()))
        found = cast(
            "list[Pod]", self.pods.by_index(BY_LABEL, f"{service.namespace}/{name}={value}")
        )
        return [pod for pod in found if self.selects(service, pod.metadata.labels)]

    def selects(self, service: Service, labels: Mapping[str, str]) -> bool:
        """Whether the service's selector means pods with these labels. O(conditions)."""
        selector = self.selectors.from_match_labels(service.spec.selector)
        return bool(self.selectors.matches(selector, labels))
