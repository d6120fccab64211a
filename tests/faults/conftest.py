"""Faults: the same harness as the end-to-end tests, in tests/e2e."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from fixtures import authority, gateway, gateways, kafka, ledger_settings, number  # noqa: E402, F401
