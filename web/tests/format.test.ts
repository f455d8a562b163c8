import { describe, expect, it } from "vitest";
import { en } from "../src/i18n/en";
import { zh } from "../src/i18n/zh";
import { clockOf, formatAge, formatDisk, formatMemory, formatSpan, percent, secondsOf } from "../src/kit/format";
import { nameIn } from "../src/kit/files";
import { counterOf, perSecond } from "../src/kit/ports";
import { pause } from "../src/app/query";

describe("sizes", () => {
  it("keep their units and never invent a number", () => {
    expect(formatMemory(512, "en")).toBe("512 MiB");
    expect(formatMemory(385401, "en")).toBe("376 GiB");
    expect(formatMemory(1536, "en")).toBe("1.5 GiB");
    expect(formatDisk(2048, "en")).toBe("2 TB");
    expect(formatMemory(null, "en")).toBe("–");
    expect(percent(1, 0)).toBeNull();
    expect(percent(null, 5)).toBeNull();
    expect(percent(2, 3)).toBe(67);
  });
});

describe("times", () => {
  it("are told as ages", () => {
    expect(formatAge(1000, 1130, "en-GB")).toBe("2 min ago");
    expect(formatAge(1000, 1000 + 3 * 86400, "en-GB")).toBe("3 days ago");
    expect(formatAge(1100, 1000, "en-GB")).toBe("in 1 min");
  });

  it("and spans and clocks come back", () => {
    expect([90, 600, 3600, 9000].map(formatSpan)).toEqual(["90 s", "10 min", "60 min", "2 h 30 min"]);
    expect(secondsOf(clockOf(81000))).toBe(81000);
  });
});

it("polls more and more rarely while the server fails, but at least every five minutes", () => {
  expect([0, 1, 3, 30].map((failures) => pause(10, failures))).toEqual([10_000, 20_000, 80_000, 300_000]);
});

it("reads a counter larger than a double holds, and OVS's question mark", () => {
  const port = { rx_packets: "18446744073709551615", tx_errors: "?" } as Parameters<typeof counterOf>[0];
  expect(counterOf(port, "rx_packets")).toBe(18446744073709551615n);
  expect(counterOf(port, "tx_errors")).toBeNull();
  expect(perSecond({ rx_packets: 60, rx_errors: null, rx_dropped: 0, tx_packets: 0, tx_errors: 0, tx_dropped: 0 }, "rx_packets", 6)).toBe(10);
});

it("reads a file's name from the answer's headers", () => {
  expect(nameIn(`attachment; filename="a.xlsx"; filename*=UTF-8''%E8%AE%B0%E5%BD%95.xlsx`)).toBe("记录.xlsx");
  expect(nameIn(null)).toBeNull();
});

it("has the same keys in both languages", () => {
  expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
});
