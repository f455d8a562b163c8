/** What a person chose to look at: language and colours. Kept in the browser; the browser's own wish otherwise. */
import { useSyncExternalStore } from "react";

export type Language = "en" | "zh";
export type Theme = "light" | "dark";

interface Preferences {
  language: Language;
  theme: Theme;
}

const LANGUAGE = "optimus.language";
const THEME = "optimus.theme";
const listeners = new Set<() => void>();

let current: Preferences = { language: firstLanguage(), theme: firstTheme() };
apply();

function firstLanguage(): Language {
  const chosen = localStorage.getItem(LANGUAGE);
  if (chosen === "en" || chosen === "zh") return chosen;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

function firstTheme(): Theme {
  const chosen = localStorage.getItem(THEME);
  if (chosen === "light" || chosen === "dark") return chosen;
  return window.matchMedia?.("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function apply(): void {
  document.documentElement.lang = current.language === "zh" ? "zh-CN" : "en";
  document.documentElement.dataset["theme"] = current.theme;
}

function change(wanted: Partial<Preferences>): void {
  current = { ...current, ...wanted };
  apply();
  for (const listener of listeners) listener();
}

export function setLanguage(language: Language): void {
  localStorage.setItem(LANGUAGE, language);
  change({ language });
}

export function setTheme(theme: Theme): void {
  localStorage.setItem(THEME, theme);
  change({ theme });
}

export function preferences(): Preferences {
  return current;
}

export function usePreferences(): Preferences {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, preferences);
}
