/** A warning before a sign-in ends for want of activity, and a way to stay (WCAG 2.2.1). */

const WARNING_S = 120;
const LONGEST_WAIT_MS = 60 * 60 * 1000;
const ADDRESS = "/console/session";

const dialog = document.getElementById("idle");
const left = dialog.querySelector("[data-left]");

let ends;

/** Watch over this page's sign-in; where the desk does not say when it ends, nothing happens. */
export async function watchIdle() {
  dialog.querySelector("[data-stay]").addEventListener("click", stay);
  // Escape means "I am here" as well.
  dialog.addEventListener("cancel", stay);
  await look();
}

async function look() {
  // The header says that no person did this, so that it is no activity.
  const found = await ask({ headers: { "X-Background": "1" } });
  if (found) {
    ends = found;
    setTimeout(look, Math.min(Math.max(secondsLeft() - WARNING_S, 1) * 1000, LONGEST_WAIT_MS));
    if (secondsLeft() <= WARNING_S) {
      warn();
    }
  }
}

function warn() {
  if (!dialog.open) {
    dialog.showModal();
    countDown();
  }
}

function countDown() {
  if (!dialog.open) {
    return;
  }
  const seconds = secondsLeft();
  if (seconds > WARNING_S) {
    // Somebody stayed in another tab.
    dialog.close();
  } else if (seconds <= 0) {
    location.assign("/console/sign-in");
  } else {
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    left.textContent = left.dataset.left.replace("{time}", time);
    setTimeout(countDown, 1000);
  }
}

async function stay() {
  const found = await ask({
    method: "POST",
    headers: { "X-CSRF-Token": document.body.dataset.csrf },
  });
  if (found) {
    ends = found;
    dialog.close();
  } else {
    location.assign("/console/sign-in");
  }
}

/** When the sign-in ends, or undefined where that can't be learnt. */
async function ask(options) {
  try {
    const response = await fetch(ADDRESS, { ...options, redirect: "error" });
    const body = response.ok ? await response.json() : {};
    return body.expires_at && Date.parse(body.expires_at);
  } catch {
    return undefined;
  }
}

function secondsLeft() {
  return Math.ceil((ends - Date.now()) / 1000);
}
