/** Counting on: what a VM's ports gained since a sample, and per second. */
import type { PortIncrease, PortItem } from "../api/generated";

export const COUNTERS = ["rx_packets", "rx_errors", "rx_dropped", "tx_packets", "tx_errors", "tx_dropped"] as const;
export type Counter = (typeof COUNTERS)[number];

/** A counter as a number; null for OVS's "?". Counters may be larger than a double holds exactly: shown, not added. */
export function counterOf(port: PortItem, counter: Counter): bigint | null {
  return /^\d+$/.test(port[counter]) ? BigInt(port[counter]) : null;
}

export function perSecond(increase: PortIncrease | undefined, counter: Counter, seconds: number | null): number | null {
  const gained = increase?.[counter];
  return gained == null || !seconds ? null : gained / seconds;
}
