"""Three real brokers, each with a listener of its own for every gateway, so that each path can be cut alone: Kafka tells
a client the addresses of the listener it came in by, and those are the proxy's."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "kafka"))

from cluster import Cluster  # noqa: E402  (beside the other tests on Kafka)
from ports import free_ports  # noqa: E402

NODES = 3
DURABLE = {"message_timestamp_type": "LogAppendTime", "cleanup_policy": "delete", "retention_ms": -1,
           "retention_bytes": -1, "min_insync_replicas": 2, "max_message_bytes": 4325376}


class Brokers(Cluster):
    """`gateways`: how many have paths here."""

    def __init__(self, directory, gateways):
        super().__init__(directory, nodes=NODES, heap_megabytes=320, settings={"num.network.threads": 2})
        ports = free_ports(2 * NODES * gateways)
        self.inner = [[ports.pop() for _ in range(NODES)] for _ in range(gateways)]
        self.outer = [[ports.pop() for _ in range(NODES)] for _ in range(gateways)]

    def paths(self):
        """What the proxy must lead where."""
        return [{"name": f"g{gateway}-b{node}", "port": self.outer[gateway][node], "backend": port}
                for gateway, nodes in enumerate(self.inner) for node, port in enumerate(nodes)]

    def bootstrap_of(self, gateway):
        return ",".join(f"127.0.0.1:{port}" for port in self.outer[gateway])

    def _write_node(self, node):
        super()._write_node(node)
        own = f"127.0.0.1:{self.broker_ports[node]}"
        listeners = [f"CLIENT://{own}", f"CONTROLLER://127.0.0.1:{self.controller_ports[node]}"]
        advertised, names = [f"CLIENT://{own}"], ["CLIENT", "CONTROLLER"]
        for gateway in range(len(self.inner)):
            listeners.append(f"GATEWAY{gateway}://127.0.0.1:{self.inner[gateway][node]}")
            advertised.append(f"GATEWAY{gateway}://127.0.0.1:{self.outer[gateway][node]}")
            names.append(f"GATEWAY{gateway}")
        # The last of two lines with one name counts.
        with open(self._folder(node) / "server.properties", "a") as file:
            file.write(f"listeners={','.join(listeners)}\nadvertised.listeners={','.join(advertised)}\n"
                       f"listener.security.protocol.map={','.join(name + ':PLAINTEXT' for name in names)}\n")
