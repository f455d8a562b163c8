"""Every URL of Optimus, in one table: method, path, function, role, what it answers and how it can fail."""

from typing import Any

from optimus.accounts import endpoints as accounts
from optimus.accounts.schemas import LoginData, Me, PageSession, RefreshData, SessionItem, UserItem
from optimus.audit import endpoints as audit
from optimus.audit.schemas import AuditItem
from optimus.datacenters import endpoints as datacenters
from optimus.datacenters.schemas import DataCenterItem
from optimus.errors import Kind
from optimus.facts.roles import Role
from optimus.http.routing import Route, Transaction, envelope
from optimus.http.uploads import UploadField
from optimus.installation import endpoints as installation
from optimus.installation.schemas import About, SettingItem
from optimus.inventory import endpoints as inventory
from optimus.inventory.host_schemas import CpuLayout, Interfaces, PortItem
from optimus.inventory.queries.parts import PartItem
from optimus.inventory.schemas import (
    Capacity,
    CapacityPoint,
    HostCapacity,
    HostChoices,
    HostDetail,
    HostItem,
    Infrastructure,
    ServerChoices,
    ServerDetail,
    ServerItem,
    ServiceItem,
    StackItem,
    TenantQuota,
)
from optimus.records import endpoints as records
from optimus.records.schemas import ChangeItem, NotCompared, RecordItem
from optimus.schedules.schemas import RunItem, ScheduleItem
from optimus.workflows import endpoints as workflows
from optimus.workflows import host_endpoints as hosts
from optimus.workflows.overview import OverviewItem
from optimus.yamlgen import endpoints as yamlgen
from optimus.yamlgen.schemas import Checked, Counts, FileDiff, FilePreview, JobItem, Packs, Reversed, Started

SYSTEM = "/api/v1"
ERICIC = "/api/ericic/v1"
YAML = f"{SYSTEM}/config/yaml_gen"

_BAD_INPUT = (Kind.MALFORMED, Kind.INVALID)
_UNKNOWN = (Kind.NOT_FOUND,)
_MISSING_OR_UNKNOWN = (Kind.MALFORMED, Kind.NOT_FOUND)  # of a mandatory parameter
_AGE: dict[str, Any] = {"collected_at": int | None, "parts": dict[str, PartItem]}
_LIVE: dict[str, Any] = {
    "collected_at": int | None,
    "age": int | None,
    "stale": bool,
    "stale_reason": str | None,
    "host": str | None,
}
_SAMPLE: dict[str, Any] = {"sample": str | None, "since": str | None, "seconds": int | None}
_NEXT_RUNS: dict[str, Any] = {"static_job": int, "dynamic_job": int}
_CHECK: dict[str, Any] = {"message": str | None, "reason": str | None, "host_key_fingerprint": str | None}


def _get(path: str, endpoint: Any, answer: Any, summary: str, **more: Any) -> Route:
    fails = (Kind.INVALID, *more.pop("fails", _MISSING_OR_UNKNOWN))
    role = more.pop("role", Role.VIEWER)
    return Route("GET", path, endpoint, role, answer, summary, fails=fails, **more)


def _kept(path: str, endpoint: Any, answer: Any, summary: str, **more: Any) -> Route:
    """A read of what a YAML job left: it holds secrets, or shows what a workbook says."""
    fails = (*_MISSING_OR_UNKNOWN, Kind.CONFLICT, Kind.UNAVAILABLE)
    return _get(f"{YAML}/{path}", endpoint, answer, summary, role=Role.OPERATOR, fails=fails, **more)


def _look(path: str, endpoint: Any, answer: Any, summary: str) -> Route:
    """A live read of a compute host."""
    fails = (Kind.NOT_FOUND, Kind.CONFLICT, Kind.UNAVAILABLE, Kind.CLOUD_TIMEOUT)
    return _get(path, endpoint, answer, summary, transaction=Transaction.OWN, fails=fails)


def _change(method: str, path: str, endpoint: Any, answer: Any, summary: str, **more: Any) -> Route:
    fails = (*_BAD_INPUT, *more.pop("fails", ()))
    transaction = more.pop("transaction", Transaction.WRITE)
    return Route(method, path, endpoint, Role.OPERATOR, answer, summary, transaction=transaction, fails=fails, **more)


def _own(method: str, path: str, endpoint: Any, answer: Any, summary: str, **more: Any) -> Route:
    """A change of the caller's own account, which needs no role but being logged in."""
    fails = (*_BAD_INPUT, *more.pop("fails", ()))
    transaction = more.pop("transaction", Transaction.WRITE)
    return Route(method, path, endpoint, Role.VIEWER, answer, summary, transaction=transaction, fails=fails, **more)


def _admin(method: str, path: str, endpoint: Any, answer: Any, summary: str, **more: Any) -> Route:
    return Route(method, path, endpoint, Role.ADMIN, answer, summary, **more)


def _public(path: str, endpoint: Any, answer: Any, summary: str, **more: Any) -> Route:
    fails = (*_BAD_INPUT, *more.pop("fails", ()))
    transaction = more.pop("transaction", Transaction.OWN)
    return Route("POST", path, endpoint, None, answer, summary, transaction=transaction, fails=fails, **more)


ROUTES: tuple[Route, ...] = (
    _public(
        f"{SYSTEM}/login",
        accounts.login,
        envelope("LoginAnswer", LoginData),
        "Log in",
        fails=(Kind.UNAUTHENTICATED, Kind.LIMITED),
    ),
    _public(
        f"{SYSTEM}/refresh",
        accounts.refresh,
        envelope("RefreshAnswer", RefreshData),
        "Refresh an access token",
        fails=(Kind.UNAUTHENTICATED,),
        audited=False,
    ),
    _public(
        f"{SYSTEM}/sign",
        accounts.sign,
        envelope("SignAnswer", list[str]),
        "Sign up",
        fails=(Kind.FORBIDDEN, Kind.CONFLICT),
        status=201,
    ),
    _public(
        f"{SYSTEM}/logout",
        accounts.logout,
        envelope("LogoutAnswer"),
        "Log out",
        transaction=Transaction.WRITE,
    ),
    _public(
        f"{SYSTEM}/session",
        accounts.open_session,
        envelope("PageSessionOpened", PageSession),
        "Log in from the web page",
        fails=(Kind.UNAUTHENTICATED, Kind.FORBIDDEN, Kind.LIMITED),
        status=201,
    ),
    Route(
        "POST",
        f"{SYSTEM}/session/refresh",
        accounts.renew_session,
        None,
        envelope("PageSessionRenewed", PageSession),
        "Refresh the web page's access token",
        transaction=Transaction.OWN,
        fails=(Kind.MALFORMED, Kind.UNAUTHENTICATED, Kind.FORBIDDEN),
        audited=False,
    ),
    Route(
        "DELETE",
        f"{SYSTEM}/session",
        accounts.close_session,
        None,
        envelope("PageSessionClosed"),
        "Log out from the web page",
        transaction=Transaction.WRITE,
        fails=(Kind.MALFORMED, Kind.FORBIDDEN),
    ),
    Route("GET", f"{SYSTEM}/about", installation.about, None, envelope("AboutAnswer", About), "About this Optimus"),
    Route("GET", f"{SYSTEM}/me", accounts.me, Role.VIEWER, envelope("MeAnswer", Me), "Who is logged in"),
    _own(
        "PUT",
        f"{SYSTEM}/password",
        accounts.change_password,
        envelope("PasswordChanged", message=str),
        "Change the own password",
        transaction=Transaction.OWN,
    ),
    Route(
        "GET",
        f"{SYSTEM}/sessions",
        accounts.list_sessions,
        Role.VIEWER,
        envelope("SessionsAnswer", list[SessionItem], total=int),
        "List the own sessions",
    ),
    _own(
        "DELETE",
        f"{SYSTEM}/sessions",
        accounts.end_session,
        envelope("SessionEnded", message=str),
        "End one of the own sessions",
        fails=_UNKNOWN,
    ),
    _admin(
        "GET",
        f"{SYSTEM}/users",
        accounts.list_users,
        envelope("UsersAnswer", list[UserItem], total=int),
        "List users",
    ),
    _admin(
        "POST",
        f"{SYSTEM}/users",
        accounts.add_user,
        envelope("UserAdded", str, message=str),
        "Make a user",
        transaction=Transaction.OWN,
        fails=(*_BAD_INPUT, Kind.CONFLICT),
        status=201,
    ),
    _admin(
        "PUT",
        f"{SYSTEM}/users",
        accounts.change_user,
        envelope("UserChanged", message=str),
        "Change a user's role or password",
        transaction=Transaction.OWN,
        fails=(*_BAD_INPUT, Kind.NOT_FOUND, Kind.CONFLICT),
    ),
    _admin(
        "DELETE",
        f"{SYSTEM}/users",
        accounts.delete_user,
        envelope("UserDeleted", str, message=str),
        "Delete a user",
        transaction=Transaction.WRITE,
        fails=(*_BAD_INPUT, Kind.NOT_FOUND, Kind.CONFLICT),
    ),
    _admin(
        "GET",
        f"{SYSTEM}/audit",
        audit.list_events,
        envelope("AuditAnswer", list[AuditItem], total=int),
        "Read the audit trail",
        fails=(Kind.INVALID,),
    ),
    _admin(
        "GET",
        f"{SYSTEM}/settings",
        installation.list_settings,
        envelope("SettingsAnswer", list[SettingItem], total=int),
        "Show the settings, without secrets",
    ),
    Route(
        "GET",
        f"{ERICIC}/overview",
        workflows.overview,
        Role.VIEWER,
        envelope("OverviewAnswer", list[OverviewItem], total=int),
        "All data centers at a glance",
    ),
    _get(
        f"{ERICIC}/{{cid}}/capacity",
        inventory.capacity_of,
        envelope("CapacityAnswer", Capacity, **_AGE),
        "Capacity of a data center by tenant and volume type",
        fails=_UNKNOWN,
    ),
    _get(
        f"{ERICIC}/{{cid}}/capacity/series",
        inventory.capacity_series,
        envelope("CapacitySeriesAnswer", list[CapacityPoint], step=int),
        "Capacity of a data center over time",
        fails=_UNKNOWN,
    ),
    _get(
        f"{ERICIC}/{{cid}}/host/{{hid}}",
        inventory.host,
        envelope("HostAnswer", HostDetail, **_AGE),
        "One host",
        fails=_UNKNOWN,
    ),
    _get(
        f"{ERICIC}/{{cid}}/server/{{vid}}",
        inventory.server,
        envelope("ServerAnswer", ServerDetail, **_AGE),
        "One VM",
        fails=_UNKNOWN,
    ),
    _get(
        f"{ERICIC}/{{cid}}/stacks",
        inventory.stacks,
        envelope("StacksAnswer", list[StackItem], total=int, **_AGE),
        "List stacks",
        fails=_UNKNOWN,
    ),
    _get(
        f"{ERICIC}/data_center",
        datacenters.list_or_get,
        envelope("DataCentersAnswer", DataCenterItem | list[DataCenterItem], sometimes={"total": int}),
        "List data centers, or get one",
        fails=_UNKNOWN,
    ),
    _change(
        "POST",
        f"{ERICIC}/data_center",
        workflows.add_datacenter,
        envelope("DataCenterAdded", str, message=str, sometimes=_NEXT_RUNS),
        "Register a data center",
        fails=(Kind.CONFLICT,),
    ),
    _change(
        "PUT",
        f"{ERICIC}/data_center",
        datacenters.change,
        envelope("DataCenterChanged", message=str),
        "Change a data center",
        fails=(Kind.NOT_FOUND,),
    ),
    _change(
        "DELETE",
        f"{ERICIC}/data_center",
        workflows.delete_datacenter,
        envelope("DataCenterDeleted", str, message=str),
        "Delete a data center",
        fails=(Kind.NOT_FOUND,),
    ),
    _change(
        "POST",
        f"{ERICIC}/data_center/host_key",
        workflows.trust_host_key,
        envelope("HostKeyTrusted", message=str),
        "Trust an LCM's new host key",
        transaction=Transaction.OWN,
        fails=(Kind.NOT_FOUND, Kind.CONFLICT, Kind.CLOUD_FAULT, Kind.UNAVAILABLE, Kind.CLOUD_TIMEOUT),
    ),
    _change(
        "POST",
        f"{ERICIC}/data_center/refresh",
        workflows.refresh_now,
        envelope("RefreshStarted", message=str, sometimes=_NEXT_RUNS),
        "Collect a data center now",
        fails=(Kind.NOT_FOUND, Kind.CONFLICT),
        status=201,
    ),
    _get(
        f"{ERICIC}/infrastructure",
        inventory.infrastructure,
        envelope("InfrastructureAnswer", Infrastructure, **_AGE),
        "Capacity of a data center",
    ),
    _get(
        f"{ERICIC}/{{cid}}/infra_resource/{{hid}}",
        inventory.infra_resource,
        envelope("HostCapacityAnswer", HostCapacity, **_AGE),
        "Capacity of a host",
        fails=_UNKNOWN,
    ),
    _look(
        f"{ERICIC}/{{cid}}/cpu_layout/{{hid}}",
        hosts.cpu_layout,
        envelope("CpuLayoutAnswer", CpuLayout, **_LIVE),
        "CPUs of a host and the guests on them, live",
    ),
    _look(
        f"{ERICIC}/{{cid}}/interface_driver/{{hid}}",
        hosts.interface_driver,
        envelope("InterfacesAnswer", Interfaces, **_LIVE),
        "Network interfaces of a host, live",
    ),
    _look(
        f"{ERICIC}/{{cid}}/{{vid}}/network_port",
        hosts.network_port,
        envelope("PortsAnswer", list[PortItem], **_LIVE, **_SAMPLE),
        "Ports of a VM with their counters, live",
    ),
    _get(
        f"{ERICIC}/{{cid}}/{{tid}}/tenant_quota",
        inventory.tenant_quota,
        envelope("TenantQuotaAnswer", TenantQuota, **_AGE),
        "Quota of a tenant",
        fails=_UNKNOWN,
    ),
    _get(
        f"{ERICIC}/{{cid}}/nova_service/{{state}}",
        inventory.nova_service,
        envelope("ServicesAnswer", list[ServiceItem], **_AGE),
        "Hosts that are up or down",
        fails=_UNKNOWN,
    ),
    _get(
        f"{ERICIC}/scheduler/task/history",
        workflows.run_history,
        envelope("RunsAnswer", list[RunItem], total_num=int),
        "History of a data center's tasks",
    ),
    _get(
        f"{ERICIC}/scheduler/task",
        workflows.list_schedules,
        envelope("SchedulesAnswer", list[ScheduleItem]),
        "Planned tasks",
        fails=_UNKNOWN,
    ),
    _change(
        "POST",
        f"{ERICIC}/scheduler/task",
        workflows.resume_or_pause,
        envelope("ScheduleResumed"),
        "Resume or pause a task",
        fails=(Kind.NOT_FOUND, Kind.CONFLICT),
        status=201,
    ),
    _change(
        "PUT",
        f"{ERICIC}/scheduler/task",
        workflows.change_task,
        envelope("ScheduleChanged"),
        "Change a task",
        fails=(Kind.NOT_FOUND, Kind.CONFLICT),
    ),
    _get(
        f"{ERICIC}/connect_status",
        workflows.connect_status,
        envelope("ConnectionAnswer", bool, **_CHECK),
        "Try the log-in to a data center",
        transaction=Transaction.OWN,
        fails=(*_MISSING_OR_UNKNOWN, Kind.CONFLICT, Kind.UNAVAILABLE),
    ),
    _change(
        "POST",
        f"{ERICIC}/connect_status",
        workflows.try_connection,
        envelope("ConnectionTried", bool, **_CHECK),
        "Try a log-in with given values",
        transaction=Transaction.OWN,
        audited=False,
    ),
    _get(
        f"{ERICIC}/config_data",
        inventory.config_data,
        envelope("ServerChoicesAnswer", list[ServerChoices], **_AGE),
        "What VMs can be filtered by",
    ),
    _get(
        f"{ERICIC}/nova_data",
        inventory.nova_data,
        envelope("ServersAnswer", list[ServerItem], total=int, **_AGE),
        "List VMs",
    ),
    _get(
        f"{ERICIC}/host_config_data",
        inventory.host_config_data,
        envelope("HostChoicesAnswer", list[HostChoices], **_AGE),
        "What hosts can be filtered by",
    ),
    _get(
        f"{ERICIC}/host_data",
        inventory.host_data,
        envelope("HostsAnswer", list[HostItem], total=int, **_AGE),
        "List hosts",
    ),
    _change(
        "POST",
        YAML,
        yamlgen.generate,
        envelope("YamlMade", Started, message=str, counts=Counts),
        "Make YAML files from a workbook and templates",
        transaction=Transaction.OWN,
        fails=(Kind.UNAVAILABLE,),
        status=201,
        also={200: envelope("YamlChecked", Checked)},
        uploads=(
            UploadField("excel"),
            UploadField("yaml", many=True),
            UploadField("rules", required=False),
            UploadField("inventory", required=False),
        ),
    ),
    _get(
        f"{YAML}/history",
        yamlgen.history,
        envelope("YamlJobsAnswer", list[JobItem], total=int),
        "YAML jobs",
        body_code=201,
        fails=(),
    ),
    _change(
        "DELETE",
        f"{YAML}/history",
        yamlgen.delete_history,
        envelope("YamlJobsDeleted", message=str),
        "Delete YAML jobs and all that is kept of them",
        fails=(Kind.NOT_FOUND, Kind.CONFLICT),
    ),
    _kept("result", yamlgen.result, envelope("YamlResultAnswer", str, file_name=str), "Download a YAML job's zip"),
    _kept(
        "report",
        yamlgen.report,
        envelope("YamlReportAnswer", dict[str, Any] | str),
        "A YAML job's report of all issues",
    ),
    _kept(
        "preview", yamlgen.preview, envelope("YamlPreviewAnswer", list[FilePreview]), "A YAML job's files, line by line"
    ),
    _kept("diff", yamlgen.diff, envelope("YamlDiffAnswer", list[FileDiff]), "What a YAML job changed"),
    _kept(
        "annotated",
        yamlgen.annotated,
        envelope("YamlAnnotatedAnswer", str, file_name=str),
        "A YAML job's workbook with notes at the bad cells",
    ),
    _get(
        f"{YAML}/example",
        yamlgen.example,
        envelope("YamlExampleAnswer", str, file_name=str),
        "An example workbook and templates of a drop and site",
        transaction=Transaction.OWN,
        fails=(Kind.MALFORMED,),
    ),
    _change(
        "POST",
        f"{YAML}/reverse",
        yamlgen.reverse,
        envelope("YamlReversed", Reversed),
        "Make a workbook from YAML files",
        transaction=Transaction.OWN,
        fails=(Kind.UNAVAILABLE,),
        uploads=(UploadField("yaml", many=True),),
        audited=False,
    ),
    _get(
        f"{YAML}/packs",
        yamlgen.packs,
        envelope("YamlPacksAnswer", Packs),
        "Installed drops and sites, and their rules",
        transaction=Transaction.OWN,
        fails=(Kind.MALFORMED,),
    ),
    Route(
        "GET",
        f"{YAML}/packs/schema",
        yamlgen.pack_schema,
        Role.VIEWER,
        envelope("YamlPackSchemaAnswer", dict[str, Any]),
        "The schema of a rule pack",
        transaction=Transaction.OWN,
    ),
    _change(
        "POST",
        f"{ERICIC}/data_center/upload",
        workflows.upload_picture,
        envelope("PictureImported", str, message=str, counts=dict[str, int]),
        "Make an exported record the picture of an offline data center",
        transaction=Transaction.OWN,
        fails=(Kind.NOT_FOUND, Kind.CONFLICT, Kind.UNAVAILABLE),
        status=201,
        uploads=(UploadField("json_file"),),
    ),
    _get(
        f"{ERICIC}/record",
        workflows.list_records,
        envelope("RecordsAnswer", list[RecordItem], total=int),
        "List records",
        fails=_UNKNOWN,
    ),
    _change(
        "POST",
        f"{ERICIC}/record",
        workflows.add_record,
        envelope("RecordAdded", str, id=str),
        "Make a record",
        fails=(Kind.NOT_FOUND, Kind.CONFLICT),
        status=201,
    ),
    _change(
        "DELETE",
        f"{ERICIC}/record",
        records.delete,
        envelope("RecordDeleted", message=str),
        "Delete a record",
        fails=(Kind.NOT_FOUND, Kind.CONFLICT),
    ),
    _get(
        f"{ERICIC}/record/download",
        records.download,
        envelope("RecordFile", str | None),
        "Download a record",
        transaction=Transaction.OWN,
        fails=(Kind.NOT_FOUND, Kind.CONFLICT, Kind.UNAVAILABLE),
    ),
    _get(
        f"{ERICIC}/record/diff",
        records.diff,
        envelope(
            "RecordsCompared",
            list[ChangeItem],
            total=int,
            counts=dict[str, dict[str, int]],
            not_compared=list[NotCompared],
            a=dict[str, Any],
            b=dict[str, Any],
        ),
        "Compare two records",
        transaction=Transaction.OWN,
        fails=(Kind.MALFORMED, Kind.NOT_FOUND, Kind.CONFLICT, Kind.UNAVAILABLE),
    ),
)
