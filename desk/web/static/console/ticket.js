/** A ticket that stays up to date while it is worked on. Without this file it is a plain page. */

import { tick } from "./clocks.js";
import { beHere } from "./ticket-presence.js";
import { offerArticles, offerMacros, write } from "./ticket-writing.js";
import { onShortcut } from "./shortcuts.js";
import { follow } from "./stream.js";

const NEAR_PX = 40;

const page = document.getElementById("ticket");
const pane = document.getElementById("pane");
const list = document.getElementById("messages");
const address = `/console/tickets/${page.dataset.number}`;

let fetching = false;
let wanted = false;

const { composing } = write(page, { address, sent: showPage });
const presence = beHere(page, { address, composing });
offerMacros(page);
offerArticles(page, { address });
stayLive();
openByKeyboard();
showOthers();
tellOfNewBelow();

/* Live */

function stayLive() {
  const offline = document.getElementById("offline");
  const lang = new URLSearchParams({ lang: page.dataset.lang });
  follow(`${address}/stream?${lang}`, {
    open: () => (offline.hidden = true),
    lost: () => (offline.hidden = false),
    news: (data) => isNews(JSON.parse(data)) && catchUp(),
    // Who writes decides what the reply's button says.
    people: (data) => presence.show(JSON.parse(data).said) && catchUp(),
    typing: () => presence.visitorTypes(),
  });
}

function isNews({ seq, epoch, version }) {
  const { dataset } = page;
  return seq > dataset.seq || String(epoch) !== dataset.epoch || String(version) !== dataset.version;
}

/** Fetch what this page lacks, one time after the other, so that messages come in order. */
async function catchUp() {
  wanted = true;
  if (fetching) {
    return;
  }
  fetching = true;
  try {
    while (wanted) {
      wanted = false;
      const query = new URLSearchParams({ after: page.dataset.seq, lang: page.dataset.lang });
      const response = await fetch(`${address}/conversation?${query}`, {
        headers: { "X-Background": "1" },
      });
      if (response.redirected) {
        location.reload();
      } else if (response.ok) {
        show(new DOMParser().parseFromString(await response.text(), "text/html"));
      }
    }
  } catch {
    // The network is away; the stream says so and asks again once it is back.
  } finally {
    fetching = false;
  }
}

function show(fresh) {
  const live = fresh.getElementById("live");
  append(live.querySelectorAll("[data-live='messages'] > li"));
  const { epoch, version, seq } = live.dataset;
  const changed = version !== page.dataset.version;
  Object.assign(page.dataset, { epoch, version, seq: String(Math.max(seq, page.dataset.seq)) });
  swap(live);
  if (changed) {
    swapActs(live);
  }
  for (const form of document.querySelectorAll("form[data-act]")) {
    // Of what has been shown the reply may speak; what changes a ticket says what it was drawn for.
    setHidden(form, "epoch", epoch);
    setHidden(form, "seen", page.dataset.seq);
  }
  tick();
}

/** The page that came as the answer to a reply or a note: everything in it is fresh. */
function showPage(fresh) {
  const next = fresh.getElementById("ticket");
  append(fresh.querySelectorAll("#messages > li"));
  Object.assign(page.dataset, {
    epoch: next.dataset.epoch,
    version: next.dataset.version,
    seq: next.dataset.seq,
  });
  swap(fresh);
  swapActs(fresh);
  for (const form of document.querySelectorAll("form[data-act]")) {
    const twin = fresh.querySelector(`form[data-act="${form.dataset.act}"]`);
    for (const name of twin ? ["key", "version", "epoch", "seen"] : []) {
      setHidden(form, name, twin.elements[name]?.value);
    }
  }
  for (const id of ["refusal", "done"]) {
    document.getElementById(id)?.remove();
    const news = fresh.getElementById(id);
    if (news) {
      document.getElementById("offline").after(document.adoptNode(news));
    }
  }
  document.getElementById("refusal")?.focus();
  tick();
}

function append(items) {
  const atEnd = isAtEnd();
  for (const item of items) {
    if (Number(item.dataset.seq) > lastShown()) {
      list.append(document.adoptNode(item));
    }
  }
  if (atEnd) {
    goToEnd();
  }
}

function lastShown() {
  return Number(list.lastElementChild?.dataset.seq ?? 0);
}

/** Put fresh parts into the place of those that are shown, except where somebody is at work. */
function swap(fresh) {
  for (const part of document.querySelectorAll("[data-live]:not([data-live='acts'])")) {
    const twin = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (twin && differs(part, twin)) {
      const held = part.contains(document.activeElement);
      part.replaceChildren(...document.adoptNode(twin).childNodes);
      if (held) {
        part.querySelector("button, summary, a")?.focus();
      }
    }
  }
}

function swapActs(fresh) {
  const part = document.querySelector("[data-live='acts']");
  const twin = fresh.querySelector("[data-live='acts']");
  if (!part || !twin) {
    return;
  }
  const busy = part.contains(document.activeElement) || part.querySelector("details[open]");
  document.getElementById("changed").hidden = !busy;
  if (!busy) {
    part.replaceChildren(...document.adoptNode(twin).childNodes);
  }
}

/** Whether two parts differ in more than the keys of their forms, which do at each look. */
function differs(part, twin) {
  const bare = (element) => {
    const copy = element.cloneNode(true);
    copy.querySelectorAll("input[type='hidden']").forEach((input) => input.remove());
    return copy.innerHTML;
  };
  return bare(part) !== bare(twin);
}

function setHidden(form, name, value) {
  if (form.elements[name]?.type === "hidden" && value !== undefined) {
    form.elements[name].value = value;
  }
}

/* Scrolling */

function isAtEnd() {
  // The pane runs from its end upwards, so that it begins there without a script as well.
  return Math.abs(pane.scrollTop) < NEAR_PX;
}

function goToEnd() {
  pane.scrollTop = 0;
}

function tellOfNewBelow() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "below small";
  button.textContent = page.dataset.below;
  button.hidden = true;
  button.addEventListener("click", goToEnd);
  pane.after(button);
  new MutationObserver(() => (button.hidden = isAtEnd())).observe(list, { childList: true });
  pane.addEventListener("scroll", () => isAtEnd() && (button.hidden = true), { passive: true });
}

/* What else the requester has brought: looked for once the page stands. */

async function showOthers() {
  const place = document.getElementById("requester-others");
  try {
    const response = await fetch(place.querySelector("a").href, {
      headers: { "X-Background": "1" },
    });
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    const found = fresh.getElementById("found-others");
    if (response.ok && found) {
      place.replaceChildren(document.adoptNode(found));
    }
  } catch {
    // The link stays.
  }
}

/* Keyboard */

function openByKeyboard() {
  const fields = {
    reply: "reply-text",
    note: "note-text",
    articles: "about",
    macros: "macro",
    resolve: "resolve-notes",
  };
  for (const [act, id] of Object.entries(fields)) {
    onShortcut(act, () => goTo(id));
  }
}

function goTo(id) {
  const field = document.getElementById(id);
  for (let box = field?.closest("details"); box; box = box.parentElement.closest("details")) {
    box.open = true;
  }
  field?.focus();
}
