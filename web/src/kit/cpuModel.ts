/** Who owns which CPU of a host: the API's answer about a host, turned into sockets, NUMA nodes, cores and threads. */
import type { CpuLayout, Instance } from "../api/generated";

/** `several`: more than one pinned guest on one CPU, which somebody should look at. */
export type OwnerKind = "vm" | "several" | "free" | "shared" | "ovs" | "host" | "unknown";

export interface Guest extends Instance {
  /** A short mark that stands on its CPUs and in the legend: A, B, … Z, AA. */
  mark: string;
  index: number;
}

export interface Thread {
  cpu: number;
  kind: OwnerKind;
  /** Pinned guests on it. */
  guests: Guest[];
  /** Which virtual CPU of the first of them it is. */
  vcpu: number | null;
}

export interface Core {
  core: number;
  threads: Thread[];
}

export interface Node {
  /** Null where the host's NUMA nodes could not be read. */
  node: number | null;
  cores: Core[];
}

export interface Socket {
  socket: number;
  nodes: Node[];
}

export interface CpuPictureModel {
  sockets: Socket[];
  guests: Guest[];
  counts: Record<OwnerKind, number>;
  threads: Map<number, { thread: Thread; core: number; socket: number; node: number | null }>;
}

export function markOf(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : markOf(Math.floor(index / 26) - 1) + letter;
}

export function cpuPicture(layout: CpuLayout): CpuPictureModel {
  const guests: Guest[] = layout.instance_info.map((instance, index) => ({ ...instance, mark: markOf(index), index }));
  const pinned = new Map<number, Guest[]>();
  for (const guest of guests.filter((each) => each.pinned)) {
    for (const cpu of new Set(guest.vcpu)) pinned.set(cpu, [...(pinned.get(cpu) ?? []), guest]);
  }
  const free = numbers(layout.cpu_free_info);
  const ovs = numbers(layout.ovs_info);
  const shared = new Set(layout.nova_info?.shared ?? []);
  const nodeOf = new Map<number, number>();
  for (const [name, cpus] of Object.entries(layout.numa_info)) for (const cpu of cpus) nodeOf.set(cpu, lastNumber(name));

  const kindOf = (cpu: number): OwnerKind => {
    const owners = pinned.get(cpu)?.length ?? 0;
    if (owners > 0) return owners > 1 ? "several" : "vm";
    if (ovs?.has(cpu)) return "ovs";
    if (shared.has(cpu)) return "shared";
    if (free?.has(cpu)) return "free";
    return free === null ? "unknown" : "host";
  };

  const sockets = new Map<number, Map<number | null, Map<number, Thread[]>>>();
  const counts: Record<OwnerKind, number> = { vm: 0, several: 0, free: 0, shared: 0, ovs: 0, host: 0, unknown: 0 };
  const threads: CpuPictureModel["threads"] = new Map();
  for (const [coreName, places] of Object.entries(layout.socket_info)) {
    for (const [socketName, cpus] of Object.entries(places)) {
      const core = lastNumber(coreName);
      const socket = lastNumber(socketName);
      for (const text of cpus) {
        const cpu = Number(text);
        const node = nodeOf.get(cpu) ?? null;
        const owners = pinned.get(cpu) ?? [];
        const thread: Thread = { cpu, kind: kindOf(cpu), guests: owners, vcpu: owners[0] ? owners[0].vcpu.indexOf(cpu) : null };
        counts[thread.kind] += 1;
        threads.set(cpu, { thread, core, socket, node });
        const nodes = getOr(sockets, socket, () => new Map<number | null, Map<number, Thread[]>>());
        const cores = getOr(nodes, node, () => new Map<number, Thread[]>());
        getOr(cores, core, (): Thread[] => []).push(thread);
      }
    }
  }
  return { sockets: [...sockets].sort(byFirst).map(([socket, nodes]) => ({ socket, nodes: sortedNodes(nodes) })), guests, counts, threads };
}

function sortedNodes(nodes: Map<number | null, Map<number, Thread[]>>): Node[] {
  return [...nodes].sort(([a], [b]) => (a ?? -1) - (b ?? -1)).map(([node, cores]) => ({
    node,
    cores: [...cores].sort(byFirst).map(([core, found]) => ({ core, threads: found.sort((a, b) => a.cpu - b.cpu) })),
  }));
}

function byFirst<T>([a]: [number, T], [b]: [number, T]): number {
  return a - b;
}

function getOr<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let found = map.get(key);
  if (found === undefined) {
    found = make();
    map.set(key, found);
  }
  return found;
}

function numbers(bySocket: Record<string, string[]> | null): Set<number> | null {
  return bySocket === null ? null : new Set(Object.values(bySocket).flat().map(Number));
}

function lastNumber(name: string): number {
  return Number(/\d+$/.exec(name)?.[0] ?? 0);
}

/** CPU numbers as people write them: "2-5, 50, 52-53". */
export function ranges(cpus: Iterable<number>): string {
  const sorted = [...new Set(cpus)].sort((a, b) => a - b);
  const found: string[] = [];
  for (let at = 0; at < sorted.length; at += 1) {
    const first = sorted[at]!;
    while (sorted[at + 1] === sorted[at]! + 1) at += 1;
    const last = sorted[at]!;
    found.push(first === last ? String(first) : `${first}-${last}`);
  }
  return found.join(", ");
}
