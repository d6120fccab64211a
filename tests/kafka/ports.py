"""Ports of 127.0.0.1 for who has to listen on the same one again."""

import pathlib
import random
import socket


def free_ports(count):
    """Ports nobody listens on now, different from each other. None of those that the kernel gives to whoever calls out: they stay
    free while who is to listen there is not started yet, or again."""
    given_out = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    sockets = []
    try:
        for port in random.SystemRandom().sample(range(given_out // 2, given_out), given_out // 4):
            if len(sockets) == count:
                break
            sockets.append(socket.socket())
            try:
                sockets[-1].bind(("127.0.0.1", port))
            except OSError:
                sockets.pop().close()
        if len(sockets) < count:
            raise RuntimeError(f"no {count} free ports below {given_out}")
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
