import { ConfigProvider } from "antd";
import type { Locale } from "antd/es/locale";
import enGB from "antd/es/locale/en_GB";
import { type ReactNode, useEffect, useState } from "react";
import { type Language } from "./preferences";
import { usePreferences } from "./preferences";
import { loadMessages, type Messages, TextsProvider } from "../i18n";
import { themeConfig } from "./theme";

interface Loaded {
  language: Language;
  messages: Messages;
  widgets: Locale;
}

async function load(language: Language): Promise<Loaded> {
  const widgets = language === "zh" ? (await import("antd/es/locale/zh_CN")).default : enGB;
  return { language, messages: await loadMessages(language), widgets };
}

/** Language and colours for everything inside; nothing is shown before the language is there. */
export function Looks({ children }: { children: ReactNode }) {
  const { language, theme } = usePreferences();
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  useEffect(() => {
    let wanted = true;
    void load(language).then((found) => wanted && setLoaded(found));
    return () => {
      wanted = false;
    };
  }, [language]);
  if (!loaded) return null;
  return (
    <ConfigProvider locale={loaded.widgets} theme={themeConfig(theme)} button={{ autoInsertSpace: false }} componentSize="middle">
      <TextsProvider language={loaded.language} messages={loaded.messages}>
        {children}
      </TextsProvider>
    </ConfigProvider>
  );
}
