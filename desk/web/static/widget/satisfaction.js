import { action, h } from "./dom.js";
import { STRINGS } from "./strings.js";

const LONGEST_COMMENT = 1000;

/**
 * Asks how the help with a ticket was: five words, a comment, and a way back when it is not solved.
 *
 * The handlers are rate(ticket, score, comment) and reopen(ticket), which resolve to null or to the sentence that says
 * what is wrong, and rated(ticket), the score that was given before.
 */
export function satisfactionForm({ seq, language, custom: { ticket } }, { rate, reopen, rated }) {
  const t = STRINGS[language];
  const form = h("form", { class: "satisfaction", novalidate: true });
  const status = h("p", { role: "status", id: `status-${seq}` });
  const radios = t.scores.map((_, index) =>
    h("input", { type: "radio", name: `score-${seq}`, value: index + 1, "aria-describedby": status.id }),
  );

  const [before, after] = t.rate(ticket).split(ticket);
  const legend = h("legend", {}, before, h("span", { class: "number" }, ticket), after);

  function ask() {
    const labels = radios.map((radio, index) => h("label", {}, radio, h("span", {}, `${index + 1} · ${t.scores[index]}`)));
    const comment = h("textarea", { rows: "2", maxlength: LONGEST_COMMENT, id: `comment-${seq}` });
    status.textContent = "";
    form.onsubmit = async (event) => {
      event.preventDefault();
      const chosen = radios.find((radio) => radio.checked);
      if (!chosen) {
        status.textContent = t.chooseScore;
        radios[0].focus();
        return;
      }
      const problem = await rate(ticket, Number(chosen.value), comment.value.trim());
      if (problem) status.textContent = problem;
      else thank(Number(chosen.value)).focus();
    };
    form.replaceChildren(
      h("fieldset", {}, legend, status, ...labels),
      h("label", { for: comment.id }, t.comment),
      comment,
      h("button", { type: "submit", class: "primary" }, t.sendRating),
      again,
    );
  }

  function thank(score) {
    const thanks = h("p", { tabindex: "-1" }, t.rated(t.scores[score - 1]));
    const change = action(t.changeRating, () => {
      ask();
      (radios.find((radio) => radio.checked) ?? radios[0]).focus();
    });
    status.textContent = "";
    form.replaceChildren(thanks, status, change, again);
    return thanks;
  }

  const again = action(t.reopen, async () => {
    const problem = await reopen(ticket);
    status.textContent = problem ?? t.reopened;
    status.classList.toggle("done", !problem);
    again.hidden = !problem;
  });
  const given = rated(ticket);
  if (given) thank(given);
  else ask();
  return form;
}
