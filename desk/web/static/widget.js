/*
 * The one tag of the support desk: <script src="https://desk.example/widget.js" async></script>
 *
 * data-desk      address of the desk, when it is not where this file comes from
 * data-language  "en" or "es", for a visitor who has not chosen yet
 *
 * window.acedesk has open(), close(), setLanguage("en" | "es") and ask(text). They may be called at once: each returns
 * a promise that waits until the widget stands.
 */
(() => {
  if (window.acedesk) return;
  const { src, dataset } = document.currentScript;
  const parsed = new Promise((resolve) => {
    if (document.body) resolve();
    else addEventListener("DOMContentLoaded", resolve, { once: true });
  });
  const widget = Promise.all([import(new URL("static/widget/main.js", src).href), parsed]).then(([{ start }]) =>
    start({ desk: dataset.desk ?? new URL(".", src).href, language: dataset.language }),
  );
  const call = (name) => async (...values) => (await widget)[name](...values);
  window.acedesk = Object.fromEntries(["open", "close", "setLanguage", "ask"].map((name) => [name, call(name)]));
})();
