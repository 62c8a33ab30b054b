import { quantity } from "./moments.js";
import { STRINGS } from "./strings.js";

/** Minutes that a wait is rounded to: nobody plans by the second, and a line that ticks is read out at each tick. */
const STEPS = [0, 1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 120, 180, 240, 360, 480, 720, 1440];

/**
 * The expected wait as a pair of places in STEPS, or null when it is unknown.
 *
 * What was shown before stays as long as it is about right; only a wait longer than we said is told at once.
 */
export function spanOf({ wait_s, wait_low_s, wait_high_s }, before) {
  const shortest = (wait_low_s ?? wait_s) / 60;
  const longest = (wait_high_s ?? wait_s) / 60;
  if ((wait_high_s ?? wait_s) === null) return null;
  const low = STEPS.findLastIndex((step) => step <= shortest);
  const found = STEPS.findIndex((step) => step >= Math.max(longest, 1));
  const high = found < 0 ? STEPS.length - 1 : found;
  const holds = before && Math.abs(low - before[0]) <= 1 && (high === before[1] || high === before[1] - 1);
  return holds ? before : [low, high];
}

/** "You are number 2 in line. Expected wait: 5 to 15 minutes." */
export function queueLine(place, span, language) {
  const t = STRINGS[language];
  const said = [t.place(place)];
  if (span) {
    const [low, high] = span.map((step) => STEPS[step]);
    const words = (minutes) =>
      minutes < 60 ? quantity(minutes, "minute", language) : quantity(minutes / 60, "hour", language);
    const bare = low < 60 === high < 60 ? String(low < 60 ? low : low / 60) : words(low);
    if (low === 0) said.push(t.wait(t.upTo(words(high))));
    else said.push(t.wait(low === high ? t.about(words(high)) : t.between(bare, words(high))));
  }
  return said.join(" ");
}
