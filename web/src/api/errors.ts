/** A failure in the API's own words, or word that the server could not be asked (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code: string | null = null,
    readonly fields: { field: string; message: string }[] = [],
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

interface FailureBody {
  message?: unknown;
  error?: unknown;
  errors?: unknown;
  [key: string]: unknown;
}

export function errorOfBody(status: number, body: unknown): ApiError {
  const found = (typeof body === "object" && body !== null ? body : {}) as FailureBody;
  const message = typeof found.message === "string" ? found.message : `HTTP ${status}`;
  const fields = Array.isArray(found.errors)
    ? found.errors.filter((e): e is { field: string; message: string } => typeof e?.field === "string")
    : [];
  return new ApiError(status, message, typeof found.error === "string" ? found.error : null, fields, found);
}

export async function failureOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  return errorOfBody(response.status, body);
}

export function unreachable(): ApiError {
  return new ApiError(0, "");
}
