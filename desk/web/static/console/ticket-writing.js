/** Writing replies and notes: sent in place, kept as drafts, begun from macros and articles. */

import { say } from "./shortcuts.js";

const SETTLE_MS = 400;

/**
 * Send the forms of replies and notes without leaving the page, and keep what is typed.
 *
 * sent(document) gets the page that came as the answer.
 */
export function write(page, { address, sent }) {
  const reply = document.getElementById("reply-text");
  for (const area of [reply, document.getElementById("note-text")]) {
    if (area) {
      keepDraft(page, area);
      area.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          area.form.requestSubmit();
        }
      });
      area.form.addEventListener("submit", (event) => {
        event.preventDefault();
        send(area, event.submitter);
      });
    }
  }
  return { composing: () => Boolean(reply?.value.trim()) };

  async function send(area, submitter) {
    const { form } = area;
    if (form.ariaBusy === "true") {
      return;
    }
    form.ariaBusy = "true";
    const body = new URLSearchParams(new FormData(form, submitter));
    try {
      const response = await fetch(form.action, { method: "POST", body });
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
      if (!fresh.getElementById("ticket")) {
        throw new Error("not the ticket's page");
      }
      if (response.ok) {
        area.value = "";
        area.dispatchEvent(new Event("input", { bubbles: true }));
      }
      sent(fresh);
      if (response.ok) {
        area.focus();
      }
    } catch {
      // The words stay in the box, and the key keeps them from being said twice.
      document.getElementById("offline").hidden = false;
      say(document.getElementById("offline").textContent);
    } finally {
      form.ariaBusy = null;
    }
  }
}

function keepDraft(page, area) {
  const place = `acedesk.draft.${document.body.dataset.user}.${page.dataset.number}.${area.id}`;
  try {
    if (!area.value.trim()) {
      area.value = sessionStorage.getItem(place) ?? "";
    }
    area.addEventListener("input", () => {
      if (area.value) {
        sessionStorage.setItem(place, area.value);
      } else {
        sessionStorage.removeItem(place);
      }
    });
  } catch {
    // Storage can be forbidden; then a draft lasts as long as the page.
  }
}

function insert(text) {
  const area = document.getElementById("reply-text");
  const before = area.value.slice(0, area.selectionStart);
  const gap = before && !before.endsWith("\n") ? "\n\n" : "";
  area.setRangeText(gap + text, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.closest("details").open = true;
  area.focus();
}

/** Macros that fit the ticket, filled in, with a preview; where there are none, nothing shows. */
export async function offerMacros() {
  const box = document.getElementById("macros");
  if (!box) {
    return;
  }
  const found = await macros(box.dataset.address);
  if (!found.length) {
    return;
  }
  const select = box.querySelector("select");
  const preview = box.querySelector(".preview");
  const [text, gaps] = preview.querySelectorAll("p");
  select.append(...found.map(({ name }, index) => new Option(name, index)));
  select.addEventListener("change", () => {
    const macro = found[select.value];
    preview.hidden = !macro;
    text.textContent = macro?.text ?? "";
    gaps.textContent = macro?.gaps.length ? box.dataset.gaps : "";
  });
  preview.querySelector("button").addEventListener("click", () => {
    insert(found[select.value].text);
    select.value = "";
    preview.hidden = true;
  });
  box.hidden = false;
}

async function macros(address) {
  try {
    const response = await fetch(address, { headers: { "X-Background": "1" } });
    return response.ok ? (await response.json()).macros : [];
  } catch {
    return [];
  }
}

/** Let articles be inserted, and look for others while somebody types. */
export function offerArticles(page, { address }) {
  const field = document.getElementById("about");
  if (!field) {
    return;
  }
  addButtons();
  let settle;
  let asked = 0;
  field.addEventListener("input", () => {
    clearTimeout(settle);
    settle = setTimeout(look, SETTLE_MS);
  });
  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    look();
  });

  async function look() {
    const turn = ++asked;
    const query = new URLSearchParams({ about: field.value, lang: page.dataset.lang });
    try {
      const response = await fetch(`${address}/articles?${query}`);
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
      const found = fresh.getElementById("found");
      if (turn === asked && response.ok && found) {
        document.getElementById("found").replaceWith(document.adoptNode(found));
        addButtons();
      }
    } catch {
      // What was found before stays.
    }
  }

  function addButtons() {
    for (const [index, item] of document.querySelectorAll("#found [data-title]").entries()) {
      const { title, url, short } = item.dataset;
      const row = document.createElement("p");
      row.className = "inserts";
      if (url) {
        row.append(button(page.dataset.title, () => insert(`${title}: ${url}`)));
      }
      row.append(button(page.dataset.short, () => insert(short)));
      // One key inserts what the first of its buttons does.
      row.firstChild.dataset.shortcut = `insert_${index + 1}`;
      item.append(row);
    }
  }
}

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "outline small";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}
