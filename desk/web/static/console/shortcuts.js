/** Keyboard shortcuts. Which keys do what is read from the help sheet, so that the two agree. */

const SEQUENCE_MS = 1500;

const handlers = new Map();
const sheet = document.getElementById("keyboard");
const place = `acedesk.shortcuts.${document.body.dataset.user}`;

/** Let a page do an act itself; otherwise what carries data-shortcut="<act>" is pressed. */
export function onShortcut(act, handler) {
  handlers.set(act, handler);
}

/** Say something to screen readers, once they have finished what they are saying. */
export function say(text) {
  document.getElementById("said").textContent = text;
}

/** Begin to listen. */
export function listen() {
  const entries = [...sheet.querySelectorAll("[data-act]")].map((entry) => ({ ...entry.dataset }));
  const box = document.getElementById("shortcuts-on");
  box.checked = areOn();
  box.addEventListener("change", () => {
    remember(box.checked);
    say(box.checked ? sheet.dataset.on : sheet.dataset.off);
  });
  for (const opener of document.querySelectorAll("[data-opens='keyboard']")) {
    opener.hidden = false;
    opener.addEventListener("click", () => sheet.showModal());
  }
  onShortcut("help", () => sheet.showModal());

  let typed = [];
  let last = 0;
  document.addEventListener("keydown", (event) => {
    if (!box.checked || isNotForUs(event)) {
      return;
    }
    typed = event.timeStamp - last > SEQUENCE_MS ? [event.key] : [...typed, event.key];
    last = event.timeStamp;
    const keys = typed.join(" ");
    const found = entries.find((entry) => entry.keys === keys);
    if (found) {
      typed = [];
      if (act(found)) {
        event.preventDefault();
      }
    } else if (!entries.some((entry) => entry.keys.startsWith(`${keys} `))) {
      typed = [];
    }
  });
}

function act({ act: name, to }) {
  const element = document.querySelector(`[data-shortcut="${name}"]`);
  if (handlers.has(name)) {
    handlers.get(name)(to);
  } else if (element?.matches("input, textarea, select, summary")) {
    element.focus();
    element.select?.();
  } else if (element) {
    element.click();
  } else if (to) {
    location.assign(to);
  } else {
    return false;
  }
  return true;
}

function isNotForUs(event) {
  const { target } = event;
  const typing =
    target.isContentEditable ||
    target.matches?.("textarea, select, input:not([type='checkbox'], [type='radio'])");
  return (
    typing ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    event.isComposing ||
    event.key === "Shift" ||
    document.querySelector("dialog[open]") !== null
  );
}

// Storage can be forbidden; then the choice lasts as long as the page.
function areOn() {
  try {
    return localStorage.getItem(place) !== "off";
  } catch {
    return true;
  }
}

function remember(on) {
  try {
    localStorage.setItem(place, on ? "on" : "off");
  } catch {
    // Nothing to be done.
  }
}
