"""The stable codes of issues. Never changed in meaning, never used again; texts.py words them."""

from enum import StrEnum


class Level(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class IssueCode(StrEnum):
    """W workbook, U uniqueness, N networks, R references, C capacity, S secrets, G grouping, T templates, P packs."""

    SHEET_MISSING = "YG-W01"
    COLUMN_MISSING = "YG-W02"
    HEADER_DOUBLE = "YG-W03"
    HEADER_UNKNOWN = "YG-W04"
    MERGED = "YG-W05"
    CELL_INVALID = "YG-W06"
    CELL_UNUSABLE = "YG-W07"
    ACTIVE_CONTENT = "YG-W08"
    CELL_CHANGED = "YG-W09"
    HOSTNAME_DOUBLE = "YG-U01"
    ID_DOUBLE = "YG-U02"
    BMC_DOUBLE = "YG-U03"
    MAC_DOUBLE = "YG-U04"
    ADDRESS_DOUBLE = "YG-U05"
    VIP_DOUBLE = "YG-U06"
    ADDRESS_PLACE = "YG-N01"
    POOL = "YG-N02"
    SUBNET = "YG-N03"
    VLAN = "YG-N04"
    ROUTE = "YG-N05"
    POOL_FULL = "YG-N06"
    PROFILE_REF = "YG-R01"
    ASSIGNMENT_REF = "YG-R02"
    SCHEME_REF = "YG-R03"
    NETWORK_REF = "YG-R04"
    INTERFACE_REF = "YG-R05"
    SIBLING_REF = "YG-R06"
    HOST_REF = "YG-R07"
    INTERFACE_RULE = "YG-R08"
    CPUS = "YG-C01"
    HUGEPAGES = "YG-C02"
    VM_SUM = "YG-C03"
    SECRET_MISSING = "YG-S01"  # noqa: S105 - a code, not a secret
    SECRET_LITERAL = "YG-S02"  # noqa: S105 - a code, not a secret
    SECRET_DEFAULT = "YG-S03"  # noqa: S105 - a code, not a secret
    SECRET_SAME = "YG-S04"  # noqa: S105 - a code, not a secret
    MODULE_NETWORK = "YG-G01"
    CONTROLLERS = "YG-G02"
    SAME_SUBNET = "YG-G03"
    HOST_ORDER = "YG-G04"
    TEMPLATE_PARSE = "YG-T01"
    KEY_DOUBLE = "YG-T02"
    TOP_KEY = "YG-T03"
    NO_PATTERN = "YG-T04"
    UNDEFINED = "YG-T05"
    TAG = "YG-T06"
    ALIAS = "YG-T07"
    OUTPUT_CAP = "YG-T08"
    OUTPUT_UNREADABLE = "YG-T09"
    PACK = "YG-P01"
    UNNAMED = "YG-P02"
