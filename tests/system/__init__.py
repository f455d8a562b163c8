"""Whole processes: workers and servers as users start them, against simulated clouds."""
