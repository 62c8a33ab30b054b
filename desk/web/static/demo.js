for (const question of document.querySelectorAll(".questions button")) {
  question.addEventListener("click", () => acedesk.ask(question.textContent));
}

// Who followed the link to the other language has chosen it, also for the chat.
const chosen = new URLSearchParams(location.search).get("lang");
if (chosen === document.documentElement.lang) {
  const widget = document.querySelector('script[src="/widget.js"]');
  if (window.acedesk) acedesk.setLanguage(chosen);
  else widget.addEventListener("load", () => acedesk.setLanguage(chosen));
}

document.querySelector("[data-origin]").textContent = location.origin;
const copy = document.querySelector(".code button");
copy.hidden = !navigator.clipboard;
copy.addEventListener("click", async () => {
  await navigator.clipboard.writeText(document.querySelector(".code code").textContent);
  copy.textContent = copy.dataset.copied;
});
