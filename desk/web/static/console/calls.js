// The page of a call: what stands beside the form follows what is typed. Without this script the
// same comes with the buttons.

const form = document.getElementById("call");
const beside = document.getElementById("beside");
const WATCHED = ["q", "story", "email", "phone", "spoken_language"];
const QUIET_MS = 500;
let waiting = 0;
let asked = 0;

form.addEventListener("input", (event) => {
  if (WATCHED.includes(event.target.name)) {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, QUIET_MS);
  }
});
form.addEventListener("change", showPriority);
form.addEventListener("change", showCourse);
showCourse();

async function refresh() {
  const mine = ++asked;
  try {
    const answer = await fetch(beside.dataset.from, {
      method: "POST",
      body: new FormData(form),
      signal: AbortSignal.timeout(10_000),
    });
    // Only the newest question is answered, and a refusal leaves what is there.
    if (answer.ok && mine === asked) beside.innerHTML = await answer.text();
  } catch {
    // The buttons still work.
  }
}

function showPriority() {
  const output = document.getElementById("priority");
  const pair = `${form.elements.impact.value}-${form.elements.urgency.value}`;
  const priorities = output.dataset.matrix.split(";").map((entry) => entry.split("|"));
  const [, code, word] = priorities.find(([key]) => key === pair) ?? ["", "", ""];
  const badge = document.createElement("span");
  badge.className = `badge ${code}`;
  badge.textContent = word;
  output.replaceChildren(badge);
}

function showCourse() {
  form.querySelector(".answered").hidden = form.elements.course.value !== "answered";
}
