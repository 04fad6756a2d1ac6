"""Who in this process wants to hear what, and telling them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from token_server.database.engine import ANYTHING

Hear = Callable[[str], None]


class Listeners:
    """Those who listen, by topic."""

    def __init__(self) -> None:
        self._by_topic: dict[str, dict[object, Hear]] = {}

    def add(self, topic: str, hear: Hear) -> Callable[[], None]:
        """Let `hear` be called for the topic, until what is returned is called."""
        place = object()
        self._by_topic.setdefault(topic, {})[place] = hear

        def stop() -> None:
            listeners = self._by_topic.get(topic, {})
            listeners.pop(place, None)
            if not listeners:
                self._by_topic.pop(topic, None)

        return stop

    def tell(self, topic: str, key: str) -> None:
        """Call everybody who listens to the topic, soon; nobody's failure keeps the others from hearing."""
        listeners = self._by_topic.get(topic)
        if listeners:
            loop = asyncio.get_running_loop()
            for hear in listeners.values():
                loop.call_soon(hear, key)

    def tell_everybody(self) -> None:
        """Call everybody who listens to anything: something may have been announced that was not heard."""
        for topic in tuple(self._by_topic):
            self.tell(topic, ANYTHING)
