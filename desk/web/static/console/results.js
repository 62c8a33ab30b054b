/** The results of a search by keyboard. */

import { onShortcut } from "./shortcuts.js";

const links = [...document.querySelectorAll("#list h2 a")];

const move = (step) => {
  const at = links.indexOf(document.activeElement);
  const next = at < 0 ? links.at(step > 0 ? 0 : -1) : links[at + step];
  next?.focus();
};
onShortcut("down", () => move(1));
onShortcut("up", () => move(-1));
onShortcut("enter", () => links.find((link) => link === document.activeElement)?.click());
