import { Flex, Typography } from "antd";
import { type ReactNode, useEffect } from "react";

interface PageProps {
  title: string;
  /** Beside the title: marks of state. */
  marks?: ReactNode;
  /** Below the title: age of the data. */
  below?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  level?: 1 | 2;
}

/** A page, or a page within a data center: its heading is also the browser's title. */
export function Page({ title, marks, below, actions, children, level = 1 }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Optimus`;
  }, [title]);
  return (
    <Flex vertical gap={16}>
      <Flex justify="space-between" align="center" gap={12} wrap>
        <Flex vertical gap={2}>
          <Flex gap={10} align="center" wrap>
            <Typography.Title level={level} style={{ margin: 0, fontSize: level === 1 ? 22 : 18 }}>
              {title}
            </Typography.Title>
            {marks}
          </Flex>
          {below}
        </Flex>
        {actions && (
          <Flex gap={8} wrap>
            {actions}
          </Flex>
        )}
      </Flex>
      {children}
    </Flex>
  );
}
