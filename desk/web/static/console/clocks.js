/** Deadlines that count down: only those that can be seen, and quietly. */

import { say } from "./shortcuts.js";

const SOON_S = 3600;
const { left, late, lateNow } = document.body.dataset;

const seen = new Set();
const watch = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting && target.isConnected) {
      seen.add(target);
      show(target);
    } else {
      seen.delete(target);
    }
  }
});

/** Let every clock within an element tick. */
export function tick(within = document) {
  for (const clock of seen) {
    if (!clock.isConnected) {
      watch.unobserve(clock);
      seen.delete(clock);
    }
  }
  for (const clock of within.querySelectorAll("[data-due]")) {
    watch.observe(clock);
  }
}

setInterval(() => seen.forEach(show), 1000);

function show(clock) {
  const seconds = Math.floor((Date.parse(clock.dataset.due) - Date.now()) / 1000);
  const before = clock.classList.contains("late") ? "late" : "in time";
  const now = seconds < 0 ? "late" : seconds <= SOON_S ? "soon" : "calm";
  const text = (seconds < 0 ? late : left).replace("{time}", span(Math.abs(seconds)));
  if (clock.textContent !== text) {
    clock.textContent = text;
  }
  for (const element of [clock, clock.closest("tr, .clock")]) {
    element?.classList.remove("late", "soon", "calm");
    element?.classList.add(now);
  }
  if (now === "late" && before !== "late") {
    say(lateNow.replace("{number}", clock.dataset.number));
  }
}

/** As the server says it, and to the second within the hour. */
function span(seconds) {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  const parts = days
    ? [[days, "d"], [hours % 24, "h"]]
    : hours
      ? [[hours, "h"], [minutes % 60, "min"]]
      : [[minutes, "min"], [seconds % 60, "s"]];
  const said = parts.filter(([number]) => number > 0);
  return (said.length ? said : parts.slice(-1))
    .map(([number, unit]) => `${number}\u00a0${unit}`)
    .join(" ");
}
