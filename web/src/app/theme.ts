/** Ant Design's tokens, chosen so that text and marks have the contrast of WCAG AA in both themes. */
import { type ThemeConfig, theme as antd } from "antd";
import type { Theme } from "./preferences";

const shared: ThemeConfig["token"] = {
  borderRadius: 6,
  fontSize: 14,
  fontFamily:
    "Inter, 'Segoe UI', system-ui, -apple-system, 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif",
  fontFamilyCode: "'JetBrains Mono', 'Cascadia Mono', ui-monospace, 'Noto Sans Mono', monospace",
  wireframe: false,
};

const light: ThemeConfig["token"] = {
  colorPrimary: "#0b5cad",
  colorLink: "#0b5cad",
  colorInfo: "#0b5cad",
  colorSuccess: "#1a7f37",
  colorWarning: "#9a6700",
  colorError: "#c0202e",
  colorSuccessBg: "#eaf6ec",
  colorSuccessBorder: "#a5d6ae",
  colorWarningBg: "#fff6dd",
  colorWarningBorder: "#e3c36d",
  colorErrorBg: "#fdeeee",
  colorErrorBorder: "#f0b4b8",
  colorInfoBg: "#eaf3fc",
  colorInfoBorder: "#a9cdf0",
  colorText: "#1b2430",
  colorTextSecondary: "#4b5766",
  colorTextTertiary: "#5b6674",
  colorTextQuaternary: "#636e7b",
  colorTextPlaceholder: "#636e7b",
  colorTextDescription: "#4b5766",
  colorBgLayout: "#f3f5f8",
  colorBorderSecondary: "#e3e8ee",
};

const dark: ThemeConfig["token"] = {
  colorPrimary: "#2f7fd6",
  colorLink: "#79b8ff",
  colorInfo: "#58a6ff",
  colorSuccess: "#3fb950",
  colorWarning: "#d29922",
  colorError: "#ff7b72",
  colorSuccessBg: "#12271a",
  colorSuccessBorder: "#2c5f3c",
  colorWarningBg: "#2b2310",
  colorWarningBorder: "#6b5518",
  colorErrorBg: "#331a1b",
  colorErrorBorder: "#7a3634",
  colorInfoBg: "#14263a",
  colorInfoBorder: "#2f5a86",
  colorText: "#e6ebf1",
  colorTextSecondary: "#b3bdc9",
  colorTextTertiary: "#a2adba",
  colorTextQuaternary: "#98a4b3",
  colorTextPlaceholder: "#98a4b3",
  colorTextDescription: "#b3bdc9",
  colorBgBase: "#12171e",
  colorBgContainer: "#171d26",
  colorBgElevated: "#1e2530",
  colorBgLayout: "#0e1319",
  colorBorder: "#3a4553",
  colorBorderSecondary: "#28313c",
};

export function themeConfig(theme: Theme): ThemeConfig {
  const isDark = theme === "dark";
  return {
    algorithm: isDark ? antd.darkAlgorithm : antd.defaultAlgorithm,
    token: { ...shared, ...(isDark ? dark : light) },
    components: {
      Layout: isDark
        ? { headerBg: "#171d26", siderBg: "#12171e", bodyBg: "#0e1319" }
        : { headerBg: "#ffffff", siderBg: "#0b2239", bodyBg: "#f3f5f8" },
      Table: { cellPaddingBlockSM: 6, headerBg: isDark ? "#1e2530" : "#f0f3f7" },
      Card: { bodyPaddingSM: 14 },
    },
    cssVar: { key: "optimus" },
  };
}
