/** What every page of the console has: the menu on phones, shortcuts, clocks, the idle warning. */

import { tick } from "./clocks.js";
import { watchIdle } from "./idle.js";
import { listen, onShortcut } from "./shortcuts.js";

foldMenu();
onShortcut("next", goToNext);
listen();
tick();
watchIdle();

function foldMenu() {
  const top = document.getElementById("top");
  const button = top.querySelector(".menu");
  button.hidden = false;
  top.classList.add("folds");
  button.addEventListener("click", () => {
    const unfolded = top.classList.toggle("unfolded");
    button.setAttribute("aria-expanded", String(unfolded));
  });
}

/** From a ticket, to the most pressing one behind it. */
function goToNext(to) {
  const [, here] = location.pathname.match(/^\/console\/tickets\/([^/]+)/) ?? [];
  const address = new URL(to, location.href);
  if (here) {
    address.searchParams.set("after", decodeURIComponent(here));
  }
  location.assign(address);
}
