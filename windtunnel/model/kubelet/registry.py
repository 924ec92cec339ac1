"""Registry: where the machines of a cluster pull their images from. It has every image, but for those that it lost.

Not modelled: registries that are slow, that ask for credentials, or that only some nodes can reach; tags that move.
"""

from __future__ import annotations


class Registry:
    """Owns which images cannot be pulled."""

    def __init__(self) -> None:
        self._lost: dict[str, None] = {}

    def lacks(self, image: str) -> bool:
        """Whether pulling an image fails. O(1)."""
        return image in self._lost

    def lose(self, image: str) -> None:
        """Pulling an image fails from now on. O(1)."""
        self._lost[image] = None

    def put_back(self, image: str) -> None:
        """An image can be pulled again. O(1)."""
        self._lost.pop(image, None)
