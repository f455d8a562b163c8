/** Numbers, sizes and times as people read them. Units as the API gives them: MiB, GB, epoch seconds. */

export function formatNumber(value: number | null | undefined, locale: string): string {
  return value == null ? "–" : new Intl.NumberFormat(locale).format(value);
}

const MEMORY_UNITS = ["MiB", "GiB", "TiB", "PiB"] as const;
const DISK_UNITS = ["GB", "TB", "PB"] as const;

function scaled(value: number | null | undefined, units: readonly string[], locale: string): string {
  if (value == null) return "–";
  let rest = value;
  let unit = 0;
  while (Math.abs(rest) >= 1024 && unit < units.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || Math.abs(rest) >= 100 ? 0 : 1;
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(rest)} ${units[unit]}`;
}

export function formatMemory(mebibytes: number | null | undefined, locale: string): string {
  return scaled(mebibytes, MEMORY_UNITS, locale);
}

export function formatDisk(gigabytes: number | null | undefined, locale: string): string {
  return scaled(gigabytes, DISK_UNITS, locale);
}

export function percent(used: number | null | undefined, total: number | null | undefined): number | null {
  if (used == null || total == null || total <= 0) return null;
  return Math.round((used / total) * 100);
}

export function formatTime(epochSeconds: number | null | undefined, locale: string): string {
  if (epochSeconds == null) return "–";
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" }).format(epochSeconds * 1000);
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["second", 60],
  ["minute", 60],
  ["hour", 24],
  ["day", 30],
  ["month", 12],
  ["year", Number.POSITIVE_INFINITY],
];

/** "3 minutes ago", "in 10 seconds"; both times in epoch seconds. */
export function formatAge(at: number, now: number, locale: string): string {
  let rest = at - now;
  for (const [unit, size] of STEPS) {
    if (Math.abs(rest) < size) {
      return new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" }).format(Math.trunc(rest), unit);
    }
    rest /= size;
  }
  return "";
}

/** A length of time: "90 s", "10 min", "1 h 30 min". */
export function formatSpan(seconds: number | null | undefined): string {
  if (seconds == null) return "–";
  if (seconds < 120) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 7200) return `${Math.round(seconds / 6) / 10} min`;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.round((seconds % 3600) / 60);
  return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
}

/** Seconds after midnight as HH:MM, and back. */
export function clockOf(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

export function secondsOf(clock: string): number {
  const [hours = "0", minutes = "0"] = clock.split(":");
  return Number(hours) * 3600 + Number(minutes) * 60;
}
