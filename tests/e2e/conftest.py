"""End-to-end tests: the program from outside, over real TLS, with clients that are not ours."""

from fixtures import a, authority, b, gateway, gateways, kafka, ledger_settings, number, rotating  # noqa: F401
