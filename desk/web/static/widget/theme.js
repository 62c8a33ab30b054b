const COLOR = /^#[0-9a-f]{6}$/i;

/** What WCAG 2.2 asks of text (success criterion 1.4.3). */
const ENOUGH = 4.5;

const DARK = "(prefers-color-scheme: dark)";

/** Relative luminance of "#rrggbb" (https://www.w3.org/TR/WCAG22/#dfn-relative-luminance). */
function luminance(color) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function usable(name, color) {
  if (!color || COLOR.test(color)) return color;
  console.warn(`acedesk: ${name} must look like #14375e`);
  return null;
}

/** The ink for text on the accent: the site's own if it can be read, else black or white, whichever stands out. */
function inkOn(accent, wanted) {
  const ink = usable("data-accent-ink", wanted);
  if (ink && contrast(accent, ink) >= ENOUGH) return ink;
  if (ink) console.warn("acedesk: data-accent-ink is too close to data-accent to be read");
  return contrast(accent, "#ffffff") >= ENOUGH ? "#ffffff" : "#000000";
}

/** Gives the widget's host the site's colours, its side of the page, and light or dark. */
export function dress(host, { theme, accent: wanted, accentInk, position }) {
  const accent = usable("data-accent", wanted);
  if (accent) {
    const ink = inkOn(accent, accentInk);
    for (const name of ["head", "visitor", "accent"]) {
      host.style.setProperty(`--${name}`, accent);
      host.style.setProperty(`--${name}-ink`, ink);
    }
    host.style.setProperty("--head-quiet", ink);
  }
  const rightToLeft = getComputedStyle(document.documentElement).direction === "rtl";
  host.toggleAttribute("left", position ? position === "left" : rightToLeft);
  const system = matchMedia(DARK);
  const shade = () => host.toggleAttribute("dark", theme === "dark" || (theme !== "light" && system.matches));
  system.addEventListener("change", shade);
  shade();
}
