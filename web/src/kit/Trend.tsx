import { LineChart } from "echarts/charts";
import { AriaComponent, DataZoomComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { theme } from "antd";
import { useEffect, useRef } from "react";
import type { CapacityPoint } from "../api/generated";
import { usePreferences } from "../app/preferences";
import { useTexts } from "../i18n";
import { palette } from "./colours";
import { formatNumber, formatTime } from "./format";

echarts.use([LineChart, GridComponent, TooltipComponent, LegendComponent, DataZoomComponent, AriaComponent, SVGRenderer]);

/** Used shares and counts over the last `seconds`. Loaded only where it is drawn. */
export default function Trend({ points, seconds }: { points: CapacityPoint[]; seconds: number }) {
  const { t, locale } = useTexts();
  const { theme: look } = usePreferences();
  const { token } = theme.useToken();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const chart = echarts.init(place.current, look === "dark" ? "dark" : undefined, { renderer: "svg" });
    const resize = new ResizeObserver(() => chart.resize());
    resize.observe(place.current!);
    const share = (used: number | null, total: number | null) => (used == null || !total ? null : Math.round((used / total) * 1000) / 10);
    const line = (name: string, axis: number, value: (point: CapacityPoint) => number | null, dash: "solid" | "dashed" | "dotted" = "solid") => ({
      name,
      type: "line" as const,
      yAxisIndex: axis,
      showSymbol: points.length < 3,
      connectNulls: true,
      lineStyle: { width: 2, type: dash },
      emphasis: { focus: "series" as const },
      data: points.map((point) => [point.at * 1000, value(point)] as [number, number | null]).filter(([, v]) => v != null),
    });
    // One point alone has no extent: the axis would go on into the future.
    const now = Date.now();
    const extent = points.length < 2 ? { min: now - seconds * 1000, max: now } : {};
    const text = { color: token.colorTextSecondary };
    chart.setOption({
      backgroundColor: "transparent",
      color: palette(look),
      animation: false,
      aria: { enabled: true },
      textStyle: { fontFamily: token.fontFamily },
      legend: { top: 0, textStyle: { color: token.colorText } },
      grid: { left: 44, right: 52, top: 36, bottom: 28 },
      tooltip: {
        trigger: "axis",
        backgroundColor: token.colorBgElevated,
        borderColor: token.colorBorder,
        textStyle: { color: token.colorText },
        axisPointer: { label: { formatter: ({ value }: { value: unknown }) => formatTime(Number(value) / 1000, locale) } },
      },
      dataZoom: [{ type: "inside", zoomOnMouseWheel: "ctrl" }],
      xAxis: { type: "time", ...extent, axisLabel: { ...text, hideOverlap: true }, axisLine: { lineStyle: { color: token.colorBorder } }, splitLine: { show: false } },
      yAxis: [
        { type: "value", min: 0, max: 100, axisLabel: { ...text, formatter: "{value} %" }, splitLine: { lineStyle: { color: token.colorBorderSecondary } } },
        { type: "value", axisLabel: { ...text, formatter: (value: number) => formatNumber(value, locale) }, splitLine: { show: false }, minInterval: 1 },
      ],
      series: [
        line(`${t("capacity.vcpus")} %`, 0, (p) => share(p.vcpus_used, p.vcpus_total)),
        line(`${t("capacity.memory")} %`, 0, (p) => share(p.memory_used_mib, p.memory_total_mib), "dashed"),
        line(`${t("capacity.disk")} %`, 0, (p) => share(p.local_disk_used_gb, p.local_disk_total_gb), "dotted"),
        line(t("dcs.vms"), 1, (p) => p.servers),
        line(t("trend.hostsDown"), 1, (p) => p.hosts_down, "dashed"),
      ],
    });
    return () => {
      resize.disconnect();
      chart.dispose();
    };
  }, [points, seconds, look, locale, t, token]);
  return <div ref={place} style={{ height: 280 }} role="img" aria-label={t("trend.title")} />;
}
