"""The simulator's own endpoint `/_sim/`: no real cloud has it, and no fault touches it."""

import json

from optimus_simcloud.calls import Calls
from optimus_simcloud.errors import SimError
from optimus_simcloud.faults import Faults
from optimus_simcloud.serve.call import Answer, Request, as_json


def answer_admin(request: Request, faults: Faults, calls: Calls) -> Answer:
    """`POST {"fault": kind, ...}` sets one fault; DELETE clears all, or the one of `?fault=`."""
    match request.method, request.path:
        case "POST", "/_sim/faults":
            if problem := _set(request.body, faults):
                return as_json({"error": problem}, 400)
        case "DELETE", "/_sim/faults":
            faults.clear(request.query.get("fault"))
        case "DELETE", "/_sim/calls":
            calls.reset()
        case "GET", "/_sim/faults" | "/_sim/calls":
            pass
        case _:
            hint = "there are GET, POST, DELETE /_sim/faults and GET, DELETE /_sim/calls"
            return as_json({"error": hint}, 404)
    return as_json(calls.as_json() if request.path == "/_sim/calls" else faults.as_json())


def _set(body: bytes, faults: Faults) -> str | None:
    """What is wrong with the fault that was asked for, if anything."""
    try:
        asked = json.loads(body)
        faults.set(asked.pop("fault"), **asked)
    except KeyError:
        return 'no fault named: {"fault": kind, ...}'
    except (SimError, ValueError, AttributeError, TypeError) as error:
        return str(error)
    return None
