import { MoonOutlined, SunOutlined, TranslationOutlined } from "@ant-design/icons";
import { Button, Tooltip } from "antd";
import { useTexts } from "../i18n";
import { setLanguage, setTheme, usePreferences } from "./preferences";

/** Language and colours: on the log-in page as well as inside. */
export function Switches() {
  const { t } = useTexts();
  const { language, theme } = usePreferences();
  const other = language === "en" ? "中文" : "English";
  const look = theme === "light" ? t("look.dark") : t("look.light");
  return (
    <>
      <Button type="text" icon={<TranslationOutlined />} lang={language === "en" ? "zh-CN" : "en"} onClick={() => setLanguage(language === "en" ? "zh" : "en")}>
        {other}
      </Button>
      <Tooltip title={look}>
        <Button type="text" aria-label={look} icon={theme === "light" ? <MoonOutlined /> : <SunOutlined />} onClick={() => setTheme(theme === "light" ? "dark" : "light")} />
      </Tooltip>
    </>
  );
}
