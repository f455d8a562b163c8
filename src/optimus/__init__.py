"""Optimus: a registry, collector and JSON API for many telco OpenStack clouds."""

__version__ = "0.1.0"
