/**
 * Texts in English and Chinese. Keys and placeholders are typed: a key that one language lacks, or a placeholder that
 * a caller forgets, does not compile.
 */
import { createContext, type ReactNode, useContext } from "react";
import type { Language } from "../app/preferences";
import { en } from "./en";

export type Key = keyof typeof en;
export type Messages = Record<Key, string>;

type Placeholders<S extends string> = S extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;
type Values<K extends Key> = [Placeholders<(typeof en)[K]>] extends [never]
  ? []
  : [values: Record<Placeholders<(typeof en)[K]>, string | number>];

/** Keys of texts without placeholders: for keys that are put together at run time. */
export type PlainKey = { [K in Key]: [Placeholders<(typeof en)[K]>] extends [never] ? K : never }[Key];

export type Translate = <K extends Key>(key: K, ...values: Values<K>) => string;

export function translator(messages: Messages): Translate {
  return (key, ...values) => {
    const given = (values[0] ?? {}) as Record<string, string | number>;
    return messages[key].replace(/\{(\w+)\}/g, (_, name: string) => String(given[name]));
  };
}

interface Texts {
  t: Translate;
  language: Language;
  /** For Intl. */
  locale: string;
}

const Context = createContext<Texts>({ t: translator(en), language: "en", locale: "en" });

export function TextsProvider({ language, messages, children }: { language: Language; messages: Messages; children: ReactNode }) {
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  return <Context value={{ t: translator(messages), language, locale }}>{children}</Context>;
}

export function useTexts(): Texts {
  return useContext(Context);
}

/** English comes with the page; Chinese is loaded when it is wanted. */
export async function loadMessages(language: Language): Promise<Messages> {
  return language === "zh" ? (await import("./zh")).zh : en;
}
