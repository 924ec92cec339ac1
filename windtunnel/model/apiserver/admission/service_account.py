"""ServiceAccount: a pod runs as an account of its namespace, and gets its token and its image pull secrets.

The account "default" is made by a controller soon after its namespace, so a server that does not find it looks again
some times before it refuses the pod.

Not modelled: the volume of the token has one name in all pods, not a random one in each; the limits on mountable
secrets (kubernetes.io/enforce-mountable-secrets).
"""

from __future__ import annotations

from typing import Any

from windtunnel.model.api import errors
from windtunnel.model.api.shared_json import remembered
from windtunnel.model.apiserver.admission.plugin import Plugin
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.storage import Storage
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.sim.tasks import sleep

DEFAULT = "default"
MIRROR = "kubernetes.io/config.mirror"
ATTEMPTS = 10
RETRY_MS, RETRY_JITTER_MS = 100, 100
TOKEN_VOLUME = "kube-api-access-"
TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"


class ServiceAccount(Plugin):
    """Gives each new pod its account."""

    resources = ("pods",)

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    async def create(self, context: RequestContext, obj: Json) -> Json:
        """A new pod: 403 if its account does not exist."""
        spec = obj.get("spec") or {}
        if MIRROR in ((obj.get("metadata") or {}).get("annotations") or {}):
            if spec.get("serviceAccountName"):
                raise self.refusal(context, obj, "a mirror pod may not reference service accounts")
            return obj
        name = spec.get("serviceAccountName") or DEFAULT
        account = await self.find(context.namespace, name)
        if account is None:
            message = (
                f"error looking up service account {context.namespace}/{name}: "
                f'serviceaccount "{name}" not found'
            )
            raise self.refusal(context, obj, message)
        token = spec.get("automountServiceAccountToken")
        if token is None:
            token = account.raw.get("automountServiceAccountToken", True)
        secrets = tuple(each.get("name", "") for each in account.raw.get("imagePullSecrets") or ())
        return {**obj, "spec": with_account(spec, name, bool(token), secrets)}

    async def find(self, namespace: str, name: str) -> Record | None:
        """The account, from the cache or else from the store; "default" is waited for."""
        key = StoreKey("serviceaccounts", namespace, name)
        found = self.storage.cached(key)
        if found is not None:
            return found
        for attempt in range(ATTEMPTS if name == DEFAULT else 1):
            if attempt:
                jitter_ms = self.storage.environment.choices("service account", RETRY_JITTER_MS)
                await sleep(RETRY_MS + jitter_ms, f"looks again for service account {key.key}")
            found = await self.storage.read(key)
            if found is not None:
                return found
        return None

    def refusal(self, context: RequestContext, obj: Json, message: str) -> errors.ApiError:
        """The error that refuses a pod."""
        name = (obj.get("metadata") or {}).get("name", "")
        return errors.forbidden_error(context.kind, name, message)


@remembered
def with_account(spec: Json, name: str, token: bool, secrets: tuple[str, ...]) -> Json:
    """The spec of a pod that runs as an account, with its token if wanted. O(containers), remembered."""
    changed: dict[str, Any] = {"serviceAccountName": name, "serviceAccount": name}
    if secrets and not spec.get("imagePullSecrets"):
        changed["imagePullSecrets"] = [{"name": secret} for secret in secrets]
    if token:
        changed.update(_with_token(spec))
    return {**spec, **changed}


def _with_token(spec: Json) -> Json:
    volumes = spec.get("volumes") or []
    own = [each["name"] for each in volumes if each.get("name", "").startswith(TOKEN_VOLUME)]
    volume = own[0] if own else f"{TOKEN_VOLUME}token"
    changed: dict[str, Any] = {}
    for key in ("containers", "initContainers"):
        containers = spec.get(key)
        if containers:
            changed[key] = [_mounting(each, volume) for each in containers]
    if not own:
        changed["volumes"] = [*volumes, _token_volume(volume)]
    return changed


def _mounting(container: Json, volume: str) -> Json:
    mounts = container.get("volumeMounts") or []
    if any(mount.get("mountPath") == TOKEN_PATH for mount in mounts):
        return container
    added = {"name": volume, "readOnly": True, "mountPath": TOKEN_PATH}
    return {**container, "volumeMounts": [*mounts, added]}


def _token_volume(name: str) -> Json:
    sources: list[Json] = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {
            "configMap": {
                "name": "kube-root-ca.crt",
                "items": [{"key": "ca.crt", "path": "ca.crt"}],
            }
        },
        {
            "downwardAPI": {
                "items": [
                    {
                        "path": "namespace",
                        "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"},
                    }
                ]
            }
        },
    ]
    return {"name": name, "projected": {"sources": sources, "defaultMode": 420}}
