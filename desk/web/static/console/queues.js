/** A queue that updates itself, and its rows by keyboard. Without this file it is a plain page. */

import { tick } from "./clocks.js";
import { onShortcut } from "./shortcuts.js";
import { follow } from "./stream.js";

const SETTLE_MS = 300;
const EVERY_MS = 60_000;

const list = document.getElementById("list");
const work = document.getElementById("work");

let refreshing = false;
let wanted = false;

stayLive();
moveByKeyboard();
if (work) {
  selectRows();
}

/* Live */

function stayLive() {
  const state = document.getElementById("live-state");
  follow("/console/stream", {
    open: () => (state.textContent = state.dataset.liveOn),
    lost: () => (state.textContent = state.dataset.liveOff),
    version: (data) => data !== list.dataset.version && setTimeout(refresh, SETTLE_MS),
  });
  // Time passes also while nothing is written: what falls due soon moves to another queue.
  setInterval(refresh, EVERY_MS);
  onShortcut("refresh", refresh);
  document.querySelector("[data-shortcut='refresh']").addEventListener("click", (event) => {
    event.preventDefault();
    refresh();
  });
}

/** Fetch this very page and put its live parts into the place of those that are shown. */
async function refresh() {
  wanted = true;
  if (refreshing) {
    return;
  }
  refreshing = true;
  while (wanted) {
    wanted = false;
    const fresh = await fetchAgain();
    if (fresh) {
      show(fresh);
    }
  }
  refreshing = false;
}

/** This page as it is now, or undefined while the desk is out of reach: the next change or minute
 * tries again. */
async function fetchAgain() {
  try {
    const response = await fetch(location.href, { headers: { "X-Background": "1" } });
    if (response.redirected) {
      // Signed out.
      location.reload();
    }
    const text = await response.text();
    return response.ok ? new DOMParser().parseFromString(text, "text/html") : undefined;
  } catch {
    return undefined;
  }
}

function show(fresh) {
  const before = numbers();
  const size = Number(list.dataset.size);
  const picked = new Set(boxes().filter((box) => box.checked).map((box) => box.id));
  const held = document.activeElement?.closest("[data-live]") ? document.activeElement.id : "";
  const place = before.indexOf(held.replace(/^\w+-/, ""));
  for (const part of document.querySelectorAll("[data-live]")) {
    const twin = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (twin && twin.innerHTML !== part.innerHTML) {
      part.replaceChildren(...twin.childNodes);
    }
  }
  Object.assign(list.dataset, fresh.getElementById("list").dataset);
  document.title = fresh.title;
  for (const box of boxes()) {
    box.checked = picked.has(box.id);
  }
  keepFocus(held, place);
  tick(list);
  if (work) {
    addSelectAll();
    countPicked();
  }
  const added = numbers().filter((number) => !before.includes(number)).length;
  // Of a queue with several pages, rows come to this one from the others too.
  tellNews(list.querySelector(".pagination") ? list.dataset.size - size : added);
}

/** The focus stays on its row, or goes to the one that came into its place. */
function keepFocus(held, place) {
  if (!held) {
    return;
  }
  const same = document.getElementById(held);
  const near = place >= 0 ? rows()[Math.min(place, rows().length - 1)] : undefined;
  const beside = near && document.getElementById(`${held.split("-")[0]}-${near.dataset.number}`);
  (same ?? beside ?? document.getElementById("content")).focus({ preventScroll: true });
}

function tellNews(count) {
  const news = document.getElementById("news");
  if (count > 0) {
    const { one, many } = news.dataset;
    news.textContent = count === 1 ? one : many.replace("{number}", count);
  }
}

/* Rows */

function rows() {
  return [...list.querySelectorAll("tbody tr")];
}

function numbers() {
  return rows().map((row) => row.dataset.number);
}

function boxes() {
  return [...list.querySelectorAll("input[name='ticket']")];
}

function moveByKeyboard() {
  const current = () => document.activeElement?.closest("tbody tr");
  const move = (step) => {
    const all = rows();
    const at = all.indexOf(current());
    const next = at < 0 ? all[step > 0 ? 0 : all.length - 1] : all[at + step];
    next?.querySelector("th a").focus();
  };
  onShortcut("down", () => move(1));
  onShortcut("up", () => move(-1));
  onShortcut("enter", () => current()?.querySelector("th a").click());
  onShortcut("select", () => current()?.querySelector("input[name='ticket']")?.click());
}

/* Selecting */

let lastPicked;

function selectRows() {
  addSelectAll();
  work.addEventListener("click", (event) => {
    const box = event.target.closest("input[name='ticket']");
    if (!box) {
      return;
    }
    const all = boxes();
    const from = all.findIndex((one) => one.id === lastPicked);
    if (event.shiftKey && from >= 0) {
      const [first, last] = [from, all.indexOf(box)].sort((a, b) => a - b);
      for (const one of all.slice(first, last + 1)) {
        one.checked = box.checked;
      }
    }
    lastPicked = box.id;
    countPicked();
  });
  work.addEventListener("submit", (event) => {
    if (!boxes().some((box) => box.checked)) {
      event.preventDefault();
      countPicked();
      boxes()[0]?.focus();
    }
  });
  // Going back, browsers restore the boxes only after this has run.
  addEventListener("pageshow", countPicked);
}

function addSelectAll() {
  const head = list.querySelector("thead .pick");
  if (!head || head.querySelector("input")) {
    return;
  }
  const all = document.createElement("input");
  all.type = "checkbox";
  all.id = "pick-all";
  all.setAttribute("aria-label", head.dataset.all);
  all.addEventListener("change", () => {
    for (const box of boxes()) {
      box.checked = all.checked;
    }
    countPicked();
  });
  head.replaceChildren(all);
}

function countPicked() {
  const status = document.getElementById("picked");
  const count = boxes().filter((box) => box.checked).length;
  const { one, many } = status.dataset;
  status.textContent = count === 1 ? one : many.replace("{number}", count);
  for (const row of rows()) {
    row.classList.toggle("picked", row.querySelector("input[name='ticket']").checked);
  }
  const all = document.getElementById("pick-all");
  if (all) {
    all.checked = count > 0 && count === boxes().length;
    all.indeterminate = count > 0 && !all.checked;
  }
  work.querySelector(".acts").hidden = count === 0;
}
