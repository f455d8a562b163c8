import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { sentenceOf } from "../api/sentence";
import { useTexts } from "../i18n";

interface Change<V> {
  run: (values: V) => Promise<unknown>;
  /** Said when it is done. */
  done: string;
  after?: () => void;
}

/** A change: what came of it is said, and everything shown is asked for again. */
export function useChange<V = void>({ run, done, after }: Change<V>) {
  const { message } = App.useApp();
  const { t } = useTexts();
  const client = useQueryClient();
  return useMutation<unknown, unknown, V>({
    mutationFn: run,
    onSuccess: async () => {
      void message.success(done);
      after?.();
      await client.invalidateQueries();
    },
    onError: (error) => void message.error({ content: sentenceOf(error, t), duration: 8 }),
  });
}

interface Question {
  title: string;
  text: string;
  action: string;
  run: () => Promise<unknown>;
}

/** Asks before something is lost. */
export function useConfirm() {
  const { modal } = App.useApp();
  const { t } = useTexts();
  return ({ title, text, action, run }: Question) =>
    modal.confirm({
      title,
      content: text,
      okText: action,
      cancelText: t("action.cancel"),
      okButtonProps: { danger: true },
      autoFocusButton: "cancel",
      // A failure is said by the change itself; the question stays open so that nothing is taken for done.
      onOk: () => run(),
    });
}
