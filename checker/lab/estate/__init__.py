"""A library catalogue behind a CDN, a bulk upload behind OpenID Connect, and reference data with its consumers."""

from checker.lab.estate.errors import EstateError, PortBusyError, UnknownNameError
from checker.lab.estate.estate import DEMO_BASE_PORT, Estate
from checker.lab.estate.faults import FAULTS, Fault

__all__ = ["DEMO_BASE_PORT", "FAULTS", "Estate", "EstateError", "Fault", "PortBusyError", "UnknownNameError"]
