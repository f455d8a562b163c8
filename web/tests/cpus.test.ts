import { describe, expect, it } from "vitest";
import type { CpuLayout, Instance } from "../src/api/generated";
import { cpuPicture, markOf, ranges } from "../src/kit/cpuModel";

function guest(vm: string, vcpu: number[], pinned = true): Instance {
  return { vm, vcpu, pinned, instance: `instance-${vm}`, uuid: vm, state: "running", emulator: null, numa_nodes: [0], tenant_id: null, tenant: null, in_nova: true };
}

function layout(over: Partial<CpuLayout> = {}): CpuLayout {
  return {
    socket_info: { "core 0": { "socket 0": [0, 4], "socket 1": [2, 6] }, "core 10": { "socket 0": [1, 5], "socket 1": [3, 7] } },
    instance_info: [guest("a", [5, 1]), guest("float", [2, 3, 6, 7], false), guest("b", [7])],
    cpu_free_info: { "socket 0": [], "socket 1": ["3", "6"] },
    ovs_info: { "socket 0": ["4"], "socket 1": [] },
    ovs_source: "pmd-cpu-mask",
    numa_info: { "node 0": [0, 1, 4, 5], "node 1": [2, 3, 6, 7] },
    memory_info: {},
    nova_info: { dedicated: [1, 3, 5, 7], shared: [6], source: "nova.conf" },
    kernel: null,
    offline_cpus: [],
    reasons: {},
    ...over,
  };
}

const kinds = (found: ReturnType<typeof cpuPicture>) => Object.fromEntries([...found.threads].map(([cpu, { thread }]) => [cpu, thread.kind]));

describe("who owns which CPU", () => {
  it("knows guests, OVS, what nova may give, and the host", () => {
    expect(kinds(cpuPicture(layout()))).toEqual({ 0: "host", 1: "vm", 2: "host", 3: "free", 4: "ovs", 5: "vm", 6: "shared", 7: "vm" });
  });

  it("groups by socket, node and core, in the order of their numbers", () => {
    const { sockets } = cpuPicture(layout());
    expect(sockets.map((s) => s.socket)).toEqual([0, 1]);
    expect(sockets[0]!.nodes.map((n) => n.node)).toEqual([0]);
    expect(sockets[0]!.nodes[0]!.cores.map((c) => [c.core, c.threads.map((x) => x.cpu)])).toEqual([[0, [0, 4]], [10, [1, 5]]]);
  });

  it("tells which virtual CPU it is", () => {
    const { threads } = cpuPicture(layout());
    expect(threads.get(5)!.thread).toMatchObject({ vcpu: 0, kind: "vm" });
    expect(threads.get(1)!.thread.vcpu).toBe(1);
  });

  it("marks a CPU that two pinned guests have", () => {
    const found = cpuPicture(layout({ instance_info: [guest("a", [1, 5]), guest("b", [5])] }));
    expect(found.threads.get(5)!.thread.kind).toBe("several");
    expect(found.counts.several).toBe(1);
  });

  it("says that it does not know what nobody told", () => {
    const found = cpuPicture(layout({ cpu_free_info: null, ovs_info: null, nova_info: null, numa_info: {} }));
    expect(kinds(found)).toMatchObject({ 0: "unknown", 4: "unknown", 1: "vm" });
    expect(found.sockets[0]!.nodes[0]!.node).toBeNull();
  });
});

it("names guests A to Z, then AA", () => {
  expect([0, 25, 26, 27, 52, 701, 702].map(markOf)).toEqual(["A", "Z", "AA", "AB", "BA", "ZZ", "AAA"]);
});

it("writes CPU numbers as ranges", () => {
  expect(ranges([53, 2, 3, 4, 50, 52, 3])).toBe("2-4, 50, 52-53");
  expect(ranges([])).toBe("");
});
