"""Sockets that listen: for phones and portals, and for operators."""

from __future__ import annotations

import socket


def listen(host: str, port: int, *, reuse_port: bool = False) -> socket.socket:
    """Return a socket that listens there; port 0 takes a free one.

    Errors: OSError when the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024, reuse_port=reuse_port)
