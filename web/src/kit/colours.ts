/** Colours for things that are told apart by them, chosen to differ for colour-blind eyes too (after Okabe and Ito). */
import type { Theme } from "../app/preferences";

const LIGHT = ["#0072b2", "#d55e00", "#007a5a", "#b0518c", "#8a6d00", "#3a86c8", "#6a4fa3", "#a13d2d", "#4d7c0f", "#00708a"];
const DARK = ["#56b4e9", "#e69f00", "#3fc49a", "#d98fc0", "#f0e442", "#8ab8ff", "#b59ce6", "#f08a75", "#a3cf5f", "#5fd0e0"];

export function palette(theme: Theme): string[] {
  return theme === "dark" ? DARK : LIGHT;
}

export function colourOf(index: number, theme: Theme): string {
  const colours = palette(theme);
  return colours[index % colours.length]!;
}
