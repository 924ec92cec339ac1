"""What the programs in a node's containers do when something is asked of them: a probe, a hook, or to end.

Unless told otherwise they answer every probe with success and at once, run every hook well, and end when asked to. What
was said of a container holds for all its instances, until something else is said or the pod is gone.
"""

from __future__ import annotations

from attrs import frozen

OBEYS, IGNORES, HANGS = "obeys", "ignores", "hangs"
"""How a container takes the wish that it ends: it ends, it waits to be killed, or it cannot even be killed."""

PRE_STOP, POST_START = "preStop", "postStart"


@frozen
class Answer:
    """What comes of a probe or a hook, and after how long; None: as long as such a thing takes."""

    outcome: str = "success"
    takes_ms: int | None = None


_WELL = Answer()


class Behaviour:
    """Owns what containers were told to do, by pod UID and container."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str, str], Answer] = {}
        self._endings: dict[tuple[str, str], str] = {}

    def answer(self, uid: str, container: str, to: str) -> Answer:
        """What comes of a kind of probe, or of a hook. O(1)."""
        return self._answers.get((uid, container, to), _WELL)

    def set_answer(self, uid: str, container: str, to: str, answer: Answer) -> bool:
        """Answer like that from now on; says whether that is news. O(1)."""
        if self.answer(uid, container, to) == answer:
            return False
        self._answers[uid, container, to] = answer
        return True

    def ending(self, uid: str, container: str) -> str:
        """How a container takes the wish that it ends. O(1)."""
        return self._endings.get((uid, container), OBEYS)

    def set_ending(self, uid: str, container: str, manner: str) -> bool:
        """Take it like that from now on; says whether that is news. O(1)."""
        if self.ending(uid, container) == manner:
            return False
        self._endings[uid, container] = manner
        return True

    def forget(self, uid: str) -> None:
        """The pod is gone. O(what was ever said)."""
        if self._answers:
            self._answers = {key: each for key, each in self._answers.items() if key[0] != uid}
        if self._endings:
            self._endings = {key: each for key, each in self._endings.items() if key[0] != uid}
