import type { Translate } from "../i18n";
import { ApiError } from "./errors";

/** A failure in words: the server's own, which say what to do, or ours where there is no server. */
export function sentenceOf(error: unknown, t: Translate): string {
  if (error instanceof ApiError) return error.status === 0 ? t("error.unreachable") : error.message;
  return t("error.page");
}
