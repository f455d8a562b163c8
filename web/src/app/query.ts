/** How the page asks and asks again: few retries, polling that slows down while the server does not answer. */
import { keepPreviousData, type Query, QueryClient } from "@tanstack/react-query";
import { ApiError } from "../api/errors";

const LONGEST_PAUSE_MS = 5 * 60_000;

/** Worth trying again: the server was out of reach or busy; what it refused it will refuse again. */
function passing(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status === 503 || error.status === 504);
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) => passing(error) && count < 2,
      retryDelay: (count) => 500 * 2 ** count,
      placeholderData: keepPreviousData,
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
});

type AnyQuery = Query<any, any, any, any>;

/** Ask again every so many seconds; twice as rarely after each failure; never in a tab that nobody sees. */
export function every(seconds: number) {
  return {
    refetchInterval: (query: AnyQuery) => pause(seconds, failuresInARow(query)),
    refetchIntervalInBackground: false,
  } as const;
}

export function pause(seconds: number, failures: number): number {
  return Math.min(seconds * 1000 * 2 ** Math.min(failures, 10), LONGEST_PAUSE_MS);
}

/** The query counts its failures since it began; those before the last success are taken off. */
const atLastSuccess = new WeakMap<AnyQuery, { successes: number; failures: number }>();

function failuresInARow(query: AnyQuery): number {
  const { dataUpdateCount: successes, errorUpdateCount: failures, error } = query.state;
  let seen = atLastSuccess.get(query);
  if (seen?.successes !== successes) {
    seen = { successes, failures: error ? failures - 1 : failures };
    atLastSuccess.set(query, seen);
  }
  return failures - seen.failures;
}
