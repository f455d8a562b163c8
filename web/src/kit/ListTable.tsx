import { Card, Flex, Input, Select, Table, type TableProps } from "antd";
import type { ReactNode } from "react";
import { DEFAULT_SIZE, type ListSearch, SIZES } from "../app/search";
import { useTexts } from "../i18n";
import { formatNumber } from "./format";

type Change = (search: ListSearch) => void;

interface ListTableProps<T> {
  search: ListSearch;
  onChange: Change;
  /** Rows of this page when the server cuts; all rows when it does not. */
  rows: readonly T[];
  /** How many there are in all; leave it out when `rows` holds all. */
  total?: number;
  rowKey: keyof T & string;
  columns: NonNullable<TableProps<T>["columns"]>;
  empty: ReactNode;
  expandable?: TableProps<T>["expandable"];
  loading?: boolean;
  label: string;
}

/** A table whose page, size and sort are in the page's address. */
export function ListTable<T extends object>({ search, onChange, rows, total, rowKey, columns, empty, expandable, loading, label }: ListTableProps<T>) {
  const { t, locale } = useTexts();
  const count = total ?? rows.length;
  return (
    <Card size="small" styles={{ body: { padding: 0 } }}>
      <Table<T>
        aria-label={label}
        size="small"
        rowKey={rowKey}
        dataSource={rows as T[]}
        loading={loading ? { spinning: true, delay: 200 } : false}
        columns={columns.map((column) => withSort(column, search))}
        locale={{ emptyText: empty }}
        scroll={{ x: "max-content" }}
        showSorterTooltip={false}
        {...(expandable ? { expandable } : {})}
        pagination={{
          current: search.page ?? 1,
          pageSize: search.size ?? DEFAULT_SIZE,
          total: count,
          size: "small",
          showSizeChanger: true,
          pageSizeOptions: [...SIZES],
          showTotal: (all, [from, to]) => t("list.range", { from: formatNumber(from, locale), to: formatNumber(to, locale), all: formatNumber(all, locale) }),
          style: { paddingInline: 12 },
        }}
        onChange={(page, _, sorter, { action }) => {
          const one = Array.isArray(sorter) ? sorter[0] : sorter;
          const size = page.pageSize === DEFAULT_SIZE ? undefined : page.pageSize;
          onChange({
            ...search,
            page: action === "sort" || size !== search.size || page.current === 1 ? undefined : page.current,
            size,
            sort: one?.order ? String(one.columnKey) : undefined,
            order: one?.order ? (one.order === "ascend" ? "asc" : "desc") : undefined,
          });
        }}
      />
    </Card>
  );
}

type Column<T> = NonNullable<TableProps<T>["columns"]>[number];

function withSort<T>(column: Column<T>, search: ListSearch): Column<T> {
  if (!("sorter" in column) || !column.sorter) return column;
  const order = search.sort === column.key ? (search.order === "asc" ? "ascend" : "descend") : null;
  return { ...column, sortOrder: order, sortDirections: ["descend", "ascend"] };
}

interface FilterProps {
  search: ListSearch;
  onChange: Change;
  fields: { value: string; label: string; choices?: { value: string; label: string }[] | undefined }[];
}

/** One field to look in and what to look for, as the API's lists have it. */
export function FilterBar({ search, onChange, fields }: FilterProps) {
  const { t } = useTexts();
  const chosen = fields.find((field) => field.value === search.query) ?? fields[0]!;
  const apply = (query: string, filter: string | undefined) =>
    onChange({ ...search, query: filter ? query : query === fields[0]!.value ? undefined : query, filter: filter || undefined, page: undefined });
  return (
    <Flex gap={8} wrap role="search">
      <Select
        aria-label={t("list.field")}
        value={chosen.value}
        onChange={(query) => apply(query, undefined)}
        options={fields.map(({ value, label }) => ({ value, label }))}
        popupMatchSelectWidth={false}
        style={{ minWidth: 140 }}
      />
      {chosen.choices ? (
        <Select
          key={chosen.value}
          aria-label={chosen.label}
          showSearch={{ optionFilterProp: "label" }}
          allowClear
          placeholder={t("list.choose")}
          value={search.query === chosen.value ? (search.filter ?? null) : null}
          onChange={(filter) => apply(chosen.value, filter ?? undefined)}
          options={chosen.choices}
          popupMatchSelectWidth={false}
          style={{ minWidth: 220 }}
        />
      ) : (
        <Input.Search
          key={`${chosen.value} ${search.filter ?? ""}`}
          aria-label={chosen.label}
          allowClear
          maxLength={255}
          placeholder={t("list.contains")}
          defaultValue={search.filter ?? ""}
          onSearch={(filter) => apply(chosen.value, filter.trim())}
          style={{ width: 260 }}
        />
      )}
    </Flex>
  );
}
