/** Who else is here: this page says that it is open, and shows who has it open too. */

const BEAT_MS = 10_000;
const TYPING_MS = 3000;
const SHOWN_MS = 6000;

/**
 * Say every few seconds that this page is open, until it is closed.
 *
 * composing() tells whether a reply is being written.
 */
export function beHere(page, { address, composing }) {
  const line = document.getElementById("presence");
  const typing = document.getElementById("typing");
  let said;
  let told = 0;
  let fade;

  const beat = () => {
    said = composing();
    post("presence", said ? { composing: "on" } : {});
  };
  beat();
  setInterval(beat, BEAT_MS);
  window.addEventListener("pagehide", () => {
    navigator.sendBeacon(`${address}/presence`, fields({ gone: "on" }));
  });
  // Browsers keep a page for the way back, and then it is open again.
  window.addEventListener("pageshow", ({ persisted }) => persisted && beat());
  document.getElementById("reply-text")?.addEventListener("input", () => {
    if (composing() !== said) {
      beat();
    }
    if (composing() && performance.now() - told > TYPING_MS) {
      told = performance.now();
      post("typing", {});
    }
  });

  return {
    /** Say who is here; whether that is news. */
    show(sentences) {
      const text = sentences.join(" ");
      const isNews = line.textContent.trim() !== text;
      if (isNews) {
        line.textContent = text;
      }
      return isNews;
    },
    visitorTypes() {
      typing.textContent = page.dataset.typing;
      clearTimeout(fade);
      fade = setTimeout(() => (typing.textContent = ""), SHOWN_MS);
    },
  };

  function post(what, values) {
    // What a page does by itself is no sign that somebody sits there.
    fetch(`${address}/${what}`, {
      method: "POST",
      body: fields(values),
      headers: { "X-Background": "1" },
    }).catch(() => {});
  }

  function fields(values) {
    return new URLSearchParams({ csrf: document.body.dataset.csrf, ...values });
  }
}
