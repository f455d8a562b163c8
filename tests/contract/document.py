"""The API document's answers, typed from it by hand: which keys each call's answer has, and of which type.

A key that the document shows is always present; its value may be null where the cloud may not have said. A shape is
a type (null is fine), `Always(type)` (null is not), a list of one shape, a mapping of literal keys, or
`Each(shape)` for a mapping whose keys are names. This page knows nothing of the code: what it says is the contract.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SYSTEM = "/api/v1"
ERICIC = "/api/ericic/v1"


@dataclass(frozen=True)
class Always:
    """A value that is never null."""

    kind: type


@dataclass(frozen=True)
class Null:
    """Nothing else than null."""


@dataclass(frozen=True)
class Maybe:
    """An object that may be null as a whole."""

    shape: Any


@dataclass(frozen=True)
class Each:
    """A mapping from names to values of one shape."""

    shape: Any


def success(*, code: int = 200, **keys: Any) -> dict[str, Any]:
    return {"status": True, "code": code, **keys}


ID, TEXT, NUMBER, FLAG = Always(str), Always(str), Always(int), Always(bool)

DATA_CENTER = {
    "cee_version": str,
    "city": str,
    "country": str,
    "id": ID,
    "lcm_ip": str,
    "lcm_pwd": TEXT,
    "lcm_user": str,
    "lcmrc_dir": str,
    "mode": FLAG,
    "name": TEXT,
    "openstackrc_dir": str,
    "province": str,
    "system_name": str,
}
SHARE = {"in_use": int, "limit": int, "total": int, "other": int, "availability": int}
TASK = {"job_id": TEXT, "next_run_time": str, "interval": NUMBER, "start": NUMBER, "end": NUMBER, "status": FLAG}

# Each call with the shapes that its cases show; an answer has to fit one of them.
DOCUMENT: dict[tuple[str, str], tuple[dict[str, Any], ...]] = {
    ("POST", f"{SYSTEM}/login"): (
        success(data={"access_token": TEXT, "expires_in": NUMBER, "refresh_token": TEXT, "time": NUMBER}),
    ),
    ("POST", f"{SYSTEM}/refresh"): (success(data={"access_token": TEXT, "expires_in": NUMBER}),),
    ("POST", f"{SYSTEM}/sign"): (success(code=201, data=[]),),
    ("POST", f"{SYSTEM}/logout"): (success(),),
    ("POST", f"{SYSTEM}/config/yaml_gen"): (
        success(code=201, data={"id": ID}),
        success(code=200, data={"id": Null()}),  # a dry run, which the document does not have
    ),
    ("GET", f"{SYSTEM}/config/yaml_gen/history"): (
        success(
            code=201,  # as the document shows it; the HTTP status is 200
            data=[
                {
                    "id": ID,
                    "project_name": TEXT,
                    "cee_version": TEXT,
                    "timestamp": NUMBER,
                    "time": TEXT,
                    "task_status": TEXT,
                    "status": TEXT,
                }
            ],
        ),
    ),
    ("DELETE", f"{SYSTEM}/config/yaml_gen/history"): (success(),),
    ("GET", f"{SYSTEM}/config/yaml_gen/result"): (success(data=TEXT),),
    ("GET", f"{ERICIC}/data_center"): (success(data=DATA_CENTER), success(data=[DATA_CENTER], total=NUMBER)),
    ("POST", f"{ERICIC}/data_center"): (
        success(data=ID, static_job=int, dynamic_job=int, message=TEXT),  # online; must come before the wider case
        success(data=ID, message=TEXT),  # offline
    ),
    ("DELETE", f"{ERICIC}/data_center"): (success(data=ID, message=TEXT),),
    ("PUT", f"{ERICIC}/data_center"): (success(message=TEXT),),
    ("GET", f"{ERICIC}/infrastructure"): (
        success(
            data={
                "host_info": {"down": NUMBER, "total": NUMBER, "up": NUMBER},
                "tenant_info": [{"core_used": int, "id": ID, "name": TEXT, "ram_used": int}],
                "total_memory": int,
                "total_storage": int,
                "total_vcpus": int,
                "used_memory": int,
                "used_storage": int,
                "used_vcpus": int,
                "volume_info": [{"id": ID, "name": str}],
            }
        ),
    ),
    ("GET", f"{ERICIC}/{{cid}}/infra_resource/{{hid}}"): (
        success(
            data=dict.fromkeys(("total_cpu", "total_ram", "total_rom", "used_cpu", "used_ram", "used_rom"), int),
        ),
    ),
    ("GET", f"{ERICIC}/{{cid}}/{{tid}}/tenant_quota"): (
        success(data={"cores": SHARE, "ram": SHARE, "volume": Each({"in_use": int, "limit": int})}),
    ),
    ("GET", f"{ERICIC}/{{cid}}/nova_service/{{state}}"): (
        success(
            data=[{"availability_zone": str, "cid": ID, "host": TEXT, "id": ID, "state": TEXT, "status": TEXT}],
        ),
    ),
    ("GET", f"{ERICIC}/scheduler/task/history"): (
        success(
            data=[
                {
                    "id": ID,
                    "task_name": TEXT,
                    "dc_id": ID,
                    "dc_name": TEXT,
                    "status": bool,
                    "error_info": str,
                    "timestamp": NUMBER,
                }
            ],
            total_num=NUMBER,
        ),
    ),
    ("GET", f"{ERICIC}/scheduler/task"): (
        success(data=[{"cid": ID, "dynamic_task": Maybe(TASK), "static_task": Maybe(TASK)}]),
    ),
    ("POST", f"{ERICIC}/scheduler/task"): (success(code=201),),
    ("PUT", f"{ERICIC}/scheduler/task"): (success(),),
    ("GET", f"{ERICIC}/connect_status"): (success(data=FLAG),),
    ("POST", f"{ERICIC}/connect_status"): (success(data=FLAG, message=str),),
    ("GET", f"{ERICIC}/config_data"): (
        success(
            data=[
                {
                    "stack": [{"stack_id": ID, "stack_name": TEXT}],
                    "tenant": [{"tenant_id": ID, "tenant_name": TEXT}],
                }
            ]
        ),
    ),
    ("GET", f"{ERICIC}/nova_data"): (
        success(
            data=[
                {
                    "created_time": int,
                    "dc_id": ID,
                    "flavor_disk": int,
                    "flavor_memory": int,
                    "flavor_vcpu": int,
                    "host": str,
                    "networks": [{"id": str, "ip": TEXT, "name": str}],
                    "nova_name": TEXT,
                    "nova_power_state": TEXT,
                    "nova_status": TEXT,
                    "nova_uuid": ID,
                    "tenant": str,
                    "volume": [
                        {
                            "id": ID,
                            "volume_type": str,
                            "volume_status": TEXT,
                            "volume_size": NUMBER,
                            "volume_bootable": FLAG,
                        }
                    ],
                }
            ],
            total=NUMBER,
        ),
    ),
    ("GET", f"{ERICIC}/host_config_data"): (
        success(data=[{"host_az": [{"availability_zone": TEXT}], "host_ha": [{"aggregate_name": TEXT}]}]),
    ),
    ("GET", f"{ERICIC}/{{cid}}/cpu_layout/{{hid}}"): (
        success(
            data={
                "socket_info": Each(Each([NUMBER])),
                "instance_info": [{"vcpu": [NUMBER], "vm": str, "instance": TEXT}],
                # what clients in use read beside it
                "cpu_free_info": Maybe(Each([TEXT])),
                "ovs_info": Maybe(Each([TEXT])),
            }
        ),
        success(data={"socket_info": Each(Each([TEXT])), "instance_info": [{"vcpu": [NUMBER]}]}),  # by=socket
    ),
    ("GET", f"{ERICIC}/{{cid}}/interface_driver/{{hid}}"): (
        success(
            data={
                "firmware": Each(
                    {
                        "desc": str,
                        "driver": str,
                        "driver_info": str,
                        "firmware_version": str,
                        "interface": TEXT,
                        "mac": str,
                        "pci_number": str,
                    }
                ),
                "static": Each(
                    {
                        "interface": TEXT,
                        "mac": str,
                        "pci_number": str,
                        "rx_dropped": int,
                        "rx_errors": int,
                        "tx_dropped": int,
                        "tx_errors": int,
                        "tx_packets": int,
                    }
                ),
            }
        ),
    ),
    ("GET", f"{ERICIC}/{{cid}}/{{vid}}/network_port"): (
        success(
            data=[
                {
                    "id": ID,
                    "ip_address": TEXT,
                    "mac": TEXT,
                    "name": TEXT,
                    "rx_dropped": TEXT,
                    "rx_errors": TEXT,
                    "rx_packets": TEXT,
                    "tx_dropped": TEXT,
                    "tx_errors": TEXT,
                    "tx_packets": TEXT,
                    "vhostuser": str,
                    "vif_type": str,
                }
            ]
        ),
    ),
    ("GET", f"{ERICIC}/host_data"): (
        success(
            data=[
                {
                    "availability_zone": str,
                    "dc_id": ID,
                    "host": TEXT,
                    "host_aggregate": TEXT,
                    "id": ID,
                    "state": TEXT,
                    "status": TEXT,
                    "timestamp": int,
                    "update_at": int,
                    "vm_info": [
                        {"id": ID, "name": TEXT, "status": TEXT, "tenant_id": str, "tenant_name": str},
                    ],
                    "vm_num": NUMBER,
                }
            ],
            total=NUMBER,
        ),
    ),
}

RECORD = {
    "cee_version": str,
    "cid": ID,
    "data_center": TEXT,
    "host": str,
    "id": ID,
    "lcm_ip": str,
    "name": TEXT,
    "openrc_path": str,
    "pid": str,
    "status": TEXT,
    "system_name": str,
    "timestamp": NUMBER,
    "traceback": str,
}
DOCUMENT |= {
    ("GET", f"{ERICIC}/record"): (success(data=[RECORD], total=NUMBER),),
    ("POST", f"{ERICIC}/record"): (success(code=201, data=ID, id=ID),),
    ("DELETE", f"{ERICIC}/record"): (success(),),
    ("GET", f"{ERICIC}/record/download"): (success(data=str),),
}

# Documented calls that are not in the route table yet. Whoever adds one moves it up, with its keys.
NOT_YET: set[tuple[str, str]] = set()

# Calls that the document does not have.
ADDED: set[tuple[str, str]] = {
    ("GET", f"{ERICIC}/record/diff"),
    ("POST", f"{ERICIC}/data_center/upload"),
    ("POST", f"{SYSTEM}/session"),
    ("POST", f"{SYSTEM}/session/refresh"),
    ("DELETE", f"{SYSTEM}/session"),
    ("GET", f"{SYSTEM}/about"),
    ("GET", f"{SYSTEM}/me"),
    ("PUT", f"{SYSTEM}/password"),
    ("GET", f"{SYSTEM}/sessions"),
    ("DELETE", f"{SYSTEM}/sessions"),
    ("GET", f"{SYSTEM}/users"),
    ("POST", f"{SYSTEM}/users"),
    ("PUT", f"{SYSTEM}/users"),
    ("DELETE", f"{SYSTEM}/users"),
    ("GET", f"{SYSTEM}/audit"),
    ("GET", f"{SYSTEM}/settings"),
    ("GET", f"{ERICIC}/overview"),
    ("GET", f"{ERICIC}/{{cid}}/capacity"),
    ("GET", f"{ERICIC}/{{cid}}/capacity/series"),
    ("GET", f"{ERICIC}/{{cid}}/host/{{hid}}"),
    ("GET", f"{ERICIC}/{{cid}}/server/{{vid}}"),
    ("GET", f"{ERICIC}/{{cid}}/stacks"),
    ("POST", f"{ERICIC}/data_center/host_key"),
    ("POST", f"{ERICIC}/data_center/refresh"),
    ("GET", f"{SYSTEM}/config/yaml_gen/report"),
    ("GET", f"{SYSTEM}/config/yaml_gen/preview"),
    ("GET", f"{SYSTEM}/config/yaml_gen/diff"),
    ("GET", f"{SYSTEM}/config/yaml_gen/annotated"),
    ("GET", f"{SYSTEM}/config/yaml_gen/example"),
    ("POST", f"{SYSTEM}/config/yaml_gen/reverse"),
    ("GET", f"{SYSTEM}/config/yaml_gen/packs"),
    ("GET", f"{SYSTEM}/config/yaml_gen/packs/schema"),
}


def missing(shape: Any, value: Any, where: str = "") -> list[str]:
    """What an answer lacks of its shape: one sentence for each."""
    if isinstance(shape, Always):
        return [f"{where} is null"] if value is None else missing(shape.kind, value, where)
    if isinstance(shape, Null):
        return [] if value is None else [f"{where} is {value!r}, not null"]
    if isinstance(shape, Maybe):
        return [] if value is None else missing(shape.shape, value, where)
    if isinstance(shape, (Each, list, Mapping)):
        return _missing_inside(shape, value, where)
    if isinstance(shape, type):
        # type(): a bool is no integer here
        return [] if value is None or type(value) is shape else [f"{where} is {value!r}, no {shape.__name__}"]
    return [] if (type(value), value) == (type(shape), shape) else [f"{where} is {value!r}, not {shape!r}"]


def _missing_inside(shape: Any, value: Any, where: str) -> list[str]:
    kind = list if isinstance(shape, list) else dict
    if type(value) is not kind:
        return [f"{where} is {value!r}, no {kind.__name__}"]
    parts: list[tuple[Any, Any, str]]
    if isinstance(shape, Each):
        parts = [(shape.shape, value[key], f"{where}.{key}") for key in value]
    elif isinstance(shape, list):
        if value and not shape:
            return [f"{where} is not empty"]
        parts = [(shape[0], found, f"{where}[{n}]") for n, found in enumerate(value)]
    else:
        parts = [(part, value[key], f"{where}.{key}") for key, part in shape.items() if key in value]
    lacking = [f"{where}.{key} is missing" for key in shape if key not in value] if isinstance(shape, Mapping) else []
    return lacking + [why for part, found, place in parts for why in missing(part, found, place)]
