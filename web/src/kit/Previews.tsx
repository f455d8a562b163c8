import { Card, Segmented, Tabs, theme } from "antd";
import { useMemo, useState } from "react";
import type { FilePreview } from "../api/generated";
import { useTexts } from "../i18n";

/** So many lines a browser shows without a stutter; the whole file is in the download. */
const SHOWN_LINES = 4000;

/** The generated files: text with the changed lines marked and the cell that a value came from, or the differences. */
export function Previews({ files }: { files: FilePreview[] }) {
  const { t } = useTexts();
  const [view, setView] = useState<"text" | "diff">("text");
  return (
    <Card
      size="small"
      title={<h2 style={{ margin: 0, fontSize: 14 }}>{t("yaml.preview")}</h2>}
      data-testid="previews"
      extra={
        <Segmented
          size="small"
          aria-label={t("dcs.view")}
          value={view}
          onChange={(value) => setView(value === "diff" ? "diff" : "text")}
          options={[
            { value: "text", label: t("yaml.text") },
            { value: "diff", label: t("yaml.diff") },
          ]}
        />
      }
    >
      <Tabs size="small" items={files.map((file) => ({ key: file.file, label: file.file, children: view === "text" ? <Text file={file} /> : <Diff text={file.diff} /> }))} />
    </Card>
  );
}

function Text({ file }: { file: FilePreview }) {
  const { t } = useTexts();
  const { token } = theme.useToken();
  const { lines, cells, changed } = useMemo(() => {
    const marked = new Set<number>();
    for (const [first, last] of file.changed) for (let n = first; n <= Math.min(last, SHOWN_LINES); n += 1) marked.add(n);
    return { lines: file.text.split("\n"), cells: new Map(file.cells), changed: marked };
  }, [file]);
  return (
    <>
      {/* biome-ignore lint/a11y: a text that scrolls takes the focus, so that the keyboard scrolls it */}
      <pre className="trace" tabIndex={0} role="region" aria-label={file.file} style={{ maxHeight: 520 }}>
        {lines.slice(0, SHOWN_LINES).map((line, index) => {
          const number = index + 1;
          const cell = cells.get(number);
          const isNew = changed.has(number);
          return (
            <div key={number} style={{ display: "flex", background: isNew ? token.colorSuccessBg : undefined }}>
              <span aria-hidden style={{ width: 52, flex: "none", color: token.colorTextSecondary, textAlign: "right", paddingInlineEnd: 8, userSelect: "none" }}>
                {number}
              </span>
              <span aria-hidden style={{ width: 14, flex: "none", color: token.colorSuccess, fontWeight: 700 }}>
                {isNew ? "+" : ""}
              </span>
              <span style={{ flex: 1, minWidth: 0 }}>{line || " "}</span>
              {cell && <span style={{ flex: "none", color: token.colorTextSecondary, paddingInline: 8 }}>{cell}</span>}
            </div>
          );
        })}
      </pre>
      {lines.length > SHOWN_LINES && <p>{t("yaml.cut", { shown: SHOWN_LINES, all: lines.length })}</p>}
    </>
  );
}

export function Diff({ text }: { text: string }) {
  const { t } = useTexts();
  const { token } = theme.useToken();
  if (!text) return <p>{t("yaml.noDiff")}</p>;
  const ground = (line: string) => (line.startsWith("+") ? token.colorSuccessBg : line.startsWith("-") ? token.colorErrorBg : line.startsWith("@") ? token.colorInfoBg : undefined);
  return (
    <pre className="trace" tabIndex={0} role="region" aria-label={t("yaml.diff")} style={{ maxHeight: 520 }}>
      {text
        .split("\n")
        .slice(0, SHOWN_LINES)
        .map((line, index) => (
          <div key={index} style={{ background: ground(line), paddingInline: 8 }}>
            {line || " "}
          </div>
        ))}
    </pre>
  );
}
