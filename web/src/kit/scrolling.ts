import { useEffect } from "react";

/** Tables that are wider than their place scroll by keyboard too: the part that scrolls takes the focus. */
export function useScrollingByKeyboard(): void {
  useEffect(() => {
    let planned = 0;
    const look = () => {
      planned = 0;
      for (const place of document.querySelectorAll<HTMLElement>(".ant-table-content")) {
        if (place.scrollWidth > place.clientWidth) place.tabIndex = 0;
        else place.removeAttribute("tabindex");
      }
    };
    const plan = () => {
      planned ||= requestAnimationFrame(look);
    };
    const changes = new MutationObserver(plan);
    changes.observe(document.body, { childList: true, subtree: true });
    window.addEventListener("resize", plan);
    return () => {
      changes.disconnect();
      window.removeEventListener("resize", plan);
      cancelAnimationFrame(planned);
    };
  }, []);
}
