import { describe, expect, it } from "vitest";
import { cut, listSearch, parseSearch, stringifySearch } from "../src/app/search";

const read = (address: string) => listSearch(parseSearch(address), ["memory", "time"] as const, ["nova_name"] as const);

describe("a list's state in the address", () => {
  it("comes back as it was written", () => {
    const state = { page: 3, size: 200, sort: "memory", order: "asc", query: "nova_name", filter: "a b&c=%中 100" } as const;
    expect(read(stringifySearch(state))).toEqual(state);
  });

  it("leaves defaults out", () => {
    expect(stringifySearch({ ...read("?page=1&size=50") })).toBe("");
  });

  it("ignores nonsense", () => {
    const nothing = { page: undefined, size: undefined, sort: undefined, order: undefined, query: undefined, filter: undefined };
    expect(read("?page=-1&size=7&sort=name;drop&order=up&query=x&filter=")).toEqual(nothing);
    expect(read("?page=1e99&size=NaN")).toEqual(nothing);
  });

  it("becomes the API's limit and offset", () => {
    expect(cut({ page: 3, size: 20 })).toEqual({ limit: 20, offset: 40 });
    expect(cut({})).toEqual({ limit: 50, offset: 0 });
  });
});
