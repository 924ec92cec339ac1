"""Images on a node: whether one must be pulled, and what a container waits for when it cannot be.

Not modelled: registries and their credentials, garbage collection of images, pulls that are shared or serialised.
"""

from __future__ import annotations

from attrs import frozen

from windtunnel.model.api.images import with_default_tag
from windtunnel.model.kubelet.back_off import BackOff

ERR_IMAGE_PULL = "ErrImagePull"
IMAGE_PULL_BACK_OFF = "ImagePullBackOff"
ERR_IMAGE_NEVER_PULL = "ErrImageNeverPull"
IMAGE_INSPECT_ERROR = "ImageInspectError"
INVALID_IMAGE_NAME = "InvalidImageName"

RETRY_MS = 60_000
"""How often the kubelet looks at a pod about which nothing happens."""


def should_pull(policy: str, present: bool) -> bool:
    """Whether the policy asks for a pull, given whether the image is there. O(1)."""
    if policy == "Never":
        return False
    return policy == "Always" or (policy == "IfNotPresent" and not present)


@frozen
class ImagePlan:
    """What to do about an image: pull it, or nothing; or the reason why the container cannot start."""

    pull: bool = False
    error: str = ""
    message: str = ""


class ImageManager:
    """Decides about images; owns the back-off of failed pulls."""

    def __init__(self, back_off: BackOff) -> None:
        self._back_off = back_off

    def plan(
        self, key: str, image: str, policy: str, present: bool | None, now_ms: int
    ) -> ImagePlan:
        """Decide about the image of a container; present None means that looking for it failed. O(1)."""
        if with_default_tag(image) is None:
            message = f"Failed to apply default image tag {image!r}: couldn't parse image name"
            return ImagePlan(error=INVALID_IMAGE_NAME, message=message)
        if present is None:
            return ImagePlan(
                error=IMAGE_INSPECT_ERROR, message=f"Failed to inspect image {image!r}"
            )
        if not should_pull(policy, present):
            if present:
                return ImagePlan()
            message = f"Container image {image!r} is not present with pull policy of Never"
            return ImagePlan(error=ERR_IMAGE_NEVER_PULL, message=message)
        if self._back_off.is_in_back_off_since_update(_key(key, image), now_ms):
            message = f"Back-off pulling image {image!r}"
            return ImagePlan(error=IMAGE_PULL_BACK_OFF, message=message)
        return ImagePlan(pull=True)

    def pull_failed(self, key: str, image: str, now_ms: int) -> ImagePlan:
        """A pull failed: back off, and say so. O(1)."""
        self._back_off.next(_key(key, image), now_ms, now_ms)
        return ImagePlan(error=ERR_IMAGE_PULL, message=f"failed to pull and unpack image {image!r}")

    def next_try_ms(self, key: str, image: str, now_ms: int) -> int:
        """When the image is looked at again: after the back-off, or in a while where there is none. O(1)."""
        over_ms = self._back_off.ends_ms_since_update(_key(key, image))
        return over_ms if over_ms is not None and over_ms > now_ms else now_ms + RETRY_MS


def _key(key: str, image: str) -> str:
    return f"{key}_{image}"
