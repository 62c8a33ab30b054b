import { start } from "./widget/main.js";

/*
 * The one tag of the support desk: <script src="https://desk.example/widget.js" async></script>
 *
 * Its data attributes are described in docs/site-owners.md. window.acedesk has open(), close(),
 * setLanguage("en" | "es") and ask(text). They may be called at once: each returns a promise that waits until the
 * widget stands.
 *
 * The desk serves this file joined with the modules that it imports, as one classic script.
 */
const CALLS = ["open", "close", "setLanguage", "ask"];

if (!window.acedesk) {
  const { src, dataset } = document.currentScript;
  const parsed = new Promise((resolve) => {
    if (document.body) resolve();
    else addEventListener("DOMContentLoaded", resolve, { once: true });
  });
  const widget = parsed.then(() => start({ ...dataset, desk: dataset.desk ?? new URL(".", src).href }));
  const call = (name) => async (...values) => (await widget)[name](...values);
  window.acedesk = Object.fromEntries(CALLS.map((name) => [name, call(name)]));
}
