import { action, h } from "./dom.js";
import { link } from "./markdown.js";
import { day } from "./moments.js";
import { STRINGS } from "./strings.js";

/** The text without the lines that repeat its sources and the day of the review, for which there is a card. */
export function withoutSources(text, sources) {
  const addresses = new Set(sources.map(({ url }) => url));
  const review = new RegExp(`^[^.]{0,12}${sources[0].reviewed}\\.? ?`);
  return text
    .split("\n")
    .filter((line) => !addresses.has(line.match(/^- \[.*?\]\((.*)\)$/)?.[1]))
    .map((line) => line.replace(review, ""))
    .join("\n");
}

/** Where an answer comes from and when it was looked at last. */
export function sourceCard(sources, language) {
  const t = STRINGS[language];
  const links = sources.map(({ title, url }) => h("li", {}, link(url, title, t.newTab) ?? title));
  const reviewed = h("p", {}, t.reviewed(day(sources[0].reviewed, language)));
  return h("div", { class: "card" }, h("p", {}, t.sources), h("ul", {}, ...links), reviewed);
}

/**
 * "Was this helpful?" under an answer. send(seq, helpful) resolves to null, or to the sentence that says what is wrong.
 */
export function helpfulBar({ seq, language, helpful }, send) {
  const t = STRINGS[language];
  const id = `helpful-${seq}`;
  const status = h("span", { role: "status" });
  const choices = new Map([[true, t.yes], [false, t.no]]);
  const press = (value) => {
    for (const [choice, button] of buttons) button.setAttribute("aria-pressed", String(choice === value));
  };
  const buttons = Array.from(choices, ([choice, label]) => {
    const choose = async () => {
      const problem = await send(seq, choice);
      if (!problem) press(choice);
      status.textContent = problem ?? t.thanks;
    };
    return [choice, action(label, choose)];
  });
  press(helpful);
  return h(
    "div",
    { class: "helpful", role: "group", "aria-labelledby": id },
    h("span", { id }, t.helpful),
    ...buttons.map(([, button]) => button),
    status,
  );
}
