export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" style={{ flex: "none" }}>
      <rect width="32" height="32" rx="7" fill="#2f7fd6" />
      <g fill="#fff">
        <rect x="7" y="7" width="8" height="8" rx="1.5" />
        <rect x="17" y="7" width="8" height="8" rx="1.5" opacity=".55" />
        <rect x="7" y="17" width="8" height="8" rx="1.5" opacity=".55" />
        <rect x="17" y="17" width="8" height="8" rx="1.5" opacity=".85" />
      </g>
    </svg>
  );
}
