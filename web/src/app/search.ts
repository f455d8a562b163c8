/** The state of lists in the page's address: plain words, defaults left out, nonsense ignored. */

export type Raw = Record<string, unknown>;

export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: Raw): string {
  const found = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== "") found.set(key, String(value));
  }
  const text = found.toString();
  return text ? `?${text}` : "";
}

export function text(raw: Raw, key: string): string | undefined {
  const value = raw[key];
  return value === undefined || value === null || value === "" ? undefined : String(value).slice(0, 255);
}

export function oneOf<T extends string>(raw: Raw, key: string, allowed: readonly T[]): T | undefined {
  const value = text(raw, key);
  return allowed.find((each) => each === value);
}

export function positive(raw: Raw, key: string): number | undefined {
  const value = Number(raw[key]);
  return Number.isInteger(value) && value >= 1 && value <= 1_000_000 ? value : undefined;
}

export const SIZES = [20, 50, 100, 200] as const;
export const DEFAULT_SIZE = 50;

export interface ListSearch<Sort extends string = string, Query extends string = string> {
  page?: number | undefined;
  size?: number | undefined;
  sort?: Sort | undefined;
  order?: "asc" | "desc" | undefined;
  query?: Query | undefined;
  filter?: string | undefined;
}

/** Reads a list's part of the address. */
export function listSearch<Sort extends string, Query extends string>(
  raw: Raw,
  sorts: readonly Sort[],
  queries: readonly Query[],
): ListSearch<Sort, Query> {
  const size = positive(raw, "size");
  const page = positive(raw, "page");
  return {
    page: page === 1 ? undefined : page,
    size: size !== DEFAULT_SIZE && SIZES.some((each) => each === size) ? size : undefined,
    sort: oneOf(raw, "sort", sorts),
    order: oneOf(raw, "order", ["asc", "desc"] as const),
    query: oneOf(raw, "query", queries),
    filter: text(raw, "filter"),
  };
}

/** The page of rows that a list's address asks for, as the API's limit and offset. */
export function cut(search: ListSearch): { limit: number; offset: number } {
  const limit = search.size ?? DEFAULT_SIZE;
  return { limit, offset: ((search.page ?? 1) - 1) * limit };
}
