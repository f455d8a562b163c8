"""Simulated clouds for the demo, load and fault tests: a real SSH server and real HTTP OpenStack APIs over
made-up facts. Imports nothing of optimus.
"""

from optimus_simcloud.cloud import SimulatedCloud
from optimus_simcloud.errors import SimError
from optimus_simcloud.options import SimOptions
from optimus_simcloud.running import RunningCloud

__all__ = ["RunningCloud", "SimError", "SimOptions", "SimulatedCloud"]
