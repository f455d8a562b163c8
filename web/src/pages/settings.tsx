import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Input, Tag, Typography } from "antd";
import { ask } from "../api/ask";
import { getSettings, type SettingItem } from "../api/generated";
import { useTexts } from "../i18n";
import { settingsZh } from "../i18n/settings.zh";
import { Asked, Nothing } from "../kit/Failure";
import { ListTable } from "../kit/ListTable";
import { Page } from "../kit/Page";

const route = getRouteApi("/app/admin/settings");

export function SettingsPage() {
  const { t, language } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const result = useQuery({ queryKey: ["settings"], queryFn: () => ask(getSettings()) });
  const purpose = ({ name, description }: SettingItem) => (language === "zh" && settingsZh[name]) || description;
  const needle = (search.filter ?? "").toLowerCase();
  return (
    <Page
      title={t("nav.settings")}
      below={<Typography.Text type="secondary">{t("setting.about")}</Typography.Text>}
      actions={
        <Input.Search
          key={search.filter ?? ""}
          allowClear
          aria-label={t("setting.find")}
          placeholder={t("setting.find")}
          defaultValue={search.filter ?? ""}
          onSearch={(filter) => void navigate({ search: { filter: filter.trim() || undefined, page: undefined } })}
          style={{ width: 260 }}
        />
      }
    >
      <Asked result={result} rows={10}>
        {({ data }) => (
          <ListTable<SettingItem>
            label={t("nav.settings")}
            search={search}
            onChange={({ page }) => void navigate({ search: { ...search, page } })}
            rows={data.filter((setting) => `${setting.name} ${purpose(setting)}`.toLowerCase().includes(needle))}
            rowKey="name"
            empty={<Nothing text={t("list.nothingMatches")} />}
            columns={[
              { key: "name", title: t("setting.name"), render: (_, setting) => <span className="mono">{setting.name}</span> },
              {
                key: "value",
                title: t("setting.value"),
                render: (_, setting) => (
                  <span style={{ display: "inline-block", maxWidth: 320, whiteSpace: "normal" }}>
                    <span className="mono">{setting.value || "–"}</span> {setting.is_default && <Tag>{t("setting.default")}</Tag>}
                  </span>
                ),
              },
              { key: "description", title: t("setting.description"), render: (_, setting) => <span style={{ display: "inline-block", maxWidth: 560, whiteSpace: "normal" }}>{purpose(setting)}</span> },
            ]}
          />
        )}
      </Asked>
    </Page>
  );
}
