"""Filling plain templates: what is kept, where clones go, what is refused."""

import pytest
from tests.unit.yamlgen.books import (
    HOSTS,
    HOSTS_YAML,
    NETWORKS,
    at,
    codes,
    example_rows,
    example_templates,
    hosts_only,
    run_job,
)

from optimus.yamlgen import commands

NEW = ["c1", "physicalHosts", "compute", "gz1", "192.0.2.7"]
PATTERN = b"""\
# top
physicalHosts: # the list
- id: x   # first
  hostname: a1
  hostProfile: controller
# optimus: pattern when type=compute
- id: y
  hostname: P
  hostProfile: compute # kind
  oobm:
    oobmAddress: ""
# after
- id: z
  hostname: a3
  hostProfile: lcm
virtualHosts: []   # none
"""


def filled(template: bytes, *rows: list[str], header: list[str] = HOSTS) -> str:
    done = run_job(hosts_only(*rows, header=header), {"hosts.yaml": template})
    assert done.ok, [one.message for one in done.issues]
    return done.files["hosts.yaml"].decode()


def test_a_marked_pattern_is_replaced_where_it_stands() -> None:
    text = filled(PATTERN, NEW)
    assert "# optimus" not in text
    assert "hostname: P" not in text
    assert text.index("hostname: a1") < text.index("hostname: c1") < text.index("# after") < text.index("hostname: a3")
    assert "  hostProfile: compute_gz1 # kind\n  oobm:\n    oobmAddress: 192.0.2.7\n" in text


def test_a_pattern_without_rows_only_goes_away() -> None:
    text = filled(PATTERN)
    kept = PATTERN.decode()
    start, end = kept.index("# optimus"), kept.index("# after")
    assert text == kept[:start] + kept[end:]


def test_a_list_that_loses_its_only_pattern_is_written_empty() -> None:
    template = b"physicalHosts:\n  # optimus: pattern\n  - hostname: P\n    hostProfile: compute\nvirtualHosts: []\n"
    assert filled(template) == "physicalHosts: []\nvirtualHosts: []\n"


def test_a_pattern_of_another_type_is_not_taken() -> None:
    done = run_job(hosts_only(["m1", "physicalHosts", "monitor"]), {"hosts.yaml": PATTERN})
    found = next(one for one in done.issues if one.code == "YG-T04")
    assert found.where is not None
    assert found.where.cell == "hosts!A2"
    assert found.template is not None
    assert (found.template.file, found.template.line) == ("hosts.yaml", 2)


def test_clones_of_a_kept_item_stand_behind_it_in_workbook_order() -> None:
    text = filled(PATTERN.replace(b"# optimus: pattern when type=compute\n", b""), NEW, ["b9", *NEW[1:4], "192.0.2.8"])
    assert text.index("hostname: P") < text.index("hostname: c1") < text.index("hostname: b9") < text.index("# after")


def test_insert_here_says_where() -> None:
    text = filled(PATTERN.replace(b"virtualHosts", b"# optimus: insert here\nvirtualHosts"), NEW)
    assert text.index("hostname: a3") < text.index("hostname: c1") < text.index("virtualHosts")
    assert "optimus" not in text


def test_line_breaks_of_windows_stay() -> None:
    template = PATTERN.replace(b"\n", b"\r\n")
    text = filled(template, NEW, header=[*HOSTS, "x.more.key"])
    assert text.count("\n") == text.count("\r\n")
    assert text.replace("\r\n", "\n") == filled(PATTERN, NEW, header=[*HOSTS, "x.more.key"])


def test_byte_order_marks_are_dropped_and_utf_16_is_read() -> None:
    plain = filled(HOSTS_YAML, ["a1", "physicalHosts", "controller", "", "192.0.2.9"])
    for data in (b"\xef\xbb\xbf" + HOSTS_YAML, HOSTS_YAML.decode().encode("utf-16")):
        assert filled(data, ["a1", "physicalHosts", "controller", "", "192.0.2.9"]) == plain


def test_anchors_and_merge_keys_are_read_but_not_edited_through() -> None:
    template = b"""\
base: &base {oobmAddress: 192.0.2.1}
physicalHosts:
  - hostname: a1
    oobm: *base
  - hostname: a2
    oobm: {<<: *base}
"""
    for name in ("a1", "a2"):
        done = run_job(hosts_only([name, "physicalHosts", "x", "", "192.0.2.2"]), {"hosts.yaml": template})
        assert codes(done) == ["YG-T07"]
        assert at(done, "YG-T07") == ["hosts!E2"]
    same = run_job(hosts_only(["a1", "physicalHosts", "x", "", "192.0.2.1"]), {"hosts.yaml": template})
    assert same.files["hosts.yaml"] == template


def test_a_pattern_with_an_anchor_is_not_cloned() -> None:
    template = PATTERN.replace(b"oobmAddress", b"oobmUser: &u admin\n    oobmAddress")
    assert codes(run_job(hosts_only(NEW), {"hosts.yaml": template})) == ["YG-T07"]


def test_a_host_in_the_other_list_is_an_error() -> None:
    done = run_job(hosts_only(["a1", "virtualHosts", "controller"]), {"hosts.yaml": HOSTS_YAML})
    assert at(done, "YG-W06") == ["hosts!B2"]


def test_lists_and_keys_that_are_missing_are_added() -> None:
    rows = example_rows()
    rows["networks"][0] += ["网关 gateway", "vip1 address", "vip1 name"]
    rows["networks"][1] += ["2001:db8:a::1", "2001:db8:a::2", "api"]
    rows["networks"][1][4] = "2001:db8:a::20-2001:db8:a::2f; 2001:db8:a::40-2001:db8:a::4f"
    text = run_job(rows, example_templates()).files["networks.yaml"].decode()
    assert "        cidr: 2001:db8:a::/64\n        gateway: 2001:db8:a::1\n" in text
    assert "          - 2001:db8:a::20-2001:db8:a::2f\n          - 2001:db8:a::40-2001:db8:a::4f\n" in text
    assert "        vips:\n          - address: 2001:db8:a::2\n            name: api\n" in text


def test_more_subnets_of_one_network() -> None:
    rows = example_rows()
    rows["networks"][0].insert(1, "subnet name")
    for row in rows["networks"][1:]:
        row.insert(1, "")
    rows["networks"].append(["sdnc_vtep_sp_gz1", "v4", "", "", "192.0.2.0/24", "192.0.2.10-192.0.2.20", "", "", "", ""])
    text = run_job(rows, example_templates()).files["networks.yaml"].decode()
    assert "      - name: v4\n        cidr: 192.0.2.0/24\n        ipAllocationPools:\n          - 192.0.2.10-" in text


def test_sheets_of_profiles_schemes_assignments_and_routes() -> None:
    rows = example_rows()
    rows["host_profiles"] = [
        ["name", "based_on", "hostSoftware", "cpu", "memGiB"],
        ["vm", "controller", "v2", "4", "8"],
    ]
    rows["interfaces"] = [["scheme", "name", "type", "mtu", "network"], ["om", "om0", "vlan", "1500", "cee_om_sp"],
                          ["om", "om1", "vlan", "1500", "cee_om_sp"]]  # fmt: skip
    rows["assignments"] = [["name", "networkScheme"], ["special", "control; om"], ["controller", "control"]]
    rows["routes"] = [["assignment", "destination", "nexthop"], ["controller", "2001:db8:f3::/48", "2001:db8:a::1"]]
    files = run_job(rows, example_templates()).files
    profile, assignment = files["host_profile.yaml"].decode(), files["interface_assignment.yaml"].decode()
    assert "  - name: vm\n    interfaceAssignment: controller\n" in profile
    assert "    vmResources:\n      cpu: 4\n      memGiB: 8\n" in profile
    assert "  - name: om\n    interfaceList:\n      - name: om0\n        type: vlan\n        mtu: 1500\n" in assignment
    assert "  - name: special\n    networkScheme:\n      - control\n      - om\n" in assignment
    assert "    routes:\n      - destination: 2001:db8:f3::/48\n        nexthop: 2001:db8:a::1\n" in assignment


@pytest.mark.parametrize("drop", ["drop22", "drop25", "drop35"])
def test_drops_without_rules_update_only_and_say_so(drop: str) -> None:
    rows = hosts_only(["a1", "physicalHosts", "controller", "", "192.0.2.9"], NEW)
    done = run_job(rows, {"hosts.yaml": HOSTS_YAML}, drop=drop)
    assert done.files["hosts.yaml"] == HOSTS_YAML.replace(b"192.0.2.1,", b"192.0.2.9,")
    assert "YG-P01" in codes(done, "warning")
    assert at(done, "YG-T04") == ["hosts!A3"]


def test_drop_28_has_its_patterns_built_in() -> None:
    templates = commands.example(site="GZ", drop="drop28").templates
    assert b"vtep" not in templates["networks.yaml"]
    done = run_job(example_rows(), templates, drop="drop28")
    text = done.files["networks.yaml"].decode()
    assert "  - name: sdnc_vtep_sp_gz2\n    segmentationId: 1102\n    taggedVlan: true\n" in text


def test_an_unknown_network_is_told_with_the_nearest_name() -> None:
    rows = {"hosts": [HOSTS], "networks": [NETWORKS, ["lcm_ctrl_ps", "5"]]}
    done = run_job(rows, example_templates())
    found = next(one for one in done.issues if one.code == "YG-T04")
    assert "lcm_ctrl_sp" in found.hint
