/** Handing a file to the person: from base64, or fetched with the session's token. */
import { failureOf } from "../api/errors";
import { fetchWithToken } from "../api/ask";

export function saveBase64(base64: string, name: string): void {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  save(new Blob([bytes]), name);
}

/** A file that the API answers as it is; its name is in the answer's headers. */
export async function saveFrom(address: string, fallbackName: string): Promise<void> {
  const response = await fetchWithToken(address);
  if (!response.ok) throw await failureOf(response);
  save(await response.blob(), nameIn(response.headers.get("content-disposition")) ?? fallbackName);
}

export function nameIn(disposition: string | null): string | null {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? "")?.[1];
  if (encoded) return decodeURIComponent(encoded);
  return /filename="([^"]+)"/.exec(disposition ?? "")?.[1] ?? null;
}

function save(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

