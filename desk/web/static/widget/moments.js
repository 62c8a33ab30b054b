/** English and Spanish as they are written in the United States. */
const locale = (language) => `${language}-US`;

const FULL = {
  weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit", timeZoneName: "short",
};

/** The time of a message, with its date when that is not today. */
export function stamp(date, language) {
  const today = new Date().toDateString() === date.toDateString();
  return date.toLocaleString(locale(language), { dateStyle: today ? undefined : "medium", timeStyle: "short" });
}

/** A moment to come, in the visitor's own time zone, which is named. */
export function moment(date, language) {
  return date.toLocaleString(locale(language), FULL);
}

/** A day "2026-11-03" as people write it. */
export function day(iso, language) {
  return new Date(`${iso}T12:00`).toLocaleDateString(locale(language), { dateStyle: "medium" });
}

/** A number with its unit. */
export function quantity(number, unit, language, unitDisplay = "long") {
  const options = { style: "unit", unit, unitDisplay, maximumFractionDigits: 1 };
  return new Intl.NumberFormat(locale(language), options).format(number);
}
