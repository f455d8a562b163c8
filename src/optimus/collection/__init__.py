"""Visiting a data center over SSH and its OpenStack APIs; never stores anything, never answers HTTP."""
