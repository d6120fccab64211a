"""Random faults on a whole exchange: three brokers, two gateways, five cities, clients that remember. See ../README.md."""
