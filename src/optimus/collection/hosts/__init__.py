"""Visiting compute hosts through a data center's LCM: what is asked, how, and what it means."""
