const SVG = "http://www.w3.org/2000/svg";

/** A new element. Attributes that are null or false are left out; so are such children. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter(Boolean));
  return element;
}

/** A button of a plain kind. */
export function action(label, act, attributes = {}) {
  const button = h("button", { type: "button", class: "action", ...attributes }, label);
  button.addEventListener("click", act);
  return button;
}

const ICONS = {
  chat: "M4 4h16v12H9l-5 4z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zm-8 8c0-4 4-6 8-6s8 2 8 6z",
  minimise: "M5 9l7 7 7-7",
  send: "M4 12l16-8-6 16-3-7z",
  down: "M12 5v14m-6-6l6 6 6-6",
  menu: "M5 6h14M5 12h14M5 18h14",
  attach: "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7l-8.5 8.5a1.7 1.7 0 0 1-2.4-2.4L14.5 7",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
};

/** A decorative drawing; the control around it carries the name. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Changes a text only if it differs: writing the same again would announce it again. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
