import type { FormInstance } from "antd";
import { ApiError } from "../api/errors";

/** Puts the server's words about single fields to those fields; true when it had some for fields of this form. */
export function showFieldErrors(form: FormInstance, error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const known = error.fields.filter((each) => form.getFieldInstance(each.field) !== undefined);
  form.setFields(known.map((each) => ({ name: each.field, errors: [each.message] })));
  return known.length > 0;
}
