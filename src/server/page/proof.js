import { element, say } from "./format.js";

/** How often it is looked at while it is being made. */
const INTERVAL_MS = 300;

const ENFORCED_BY = {
  signature: "signature",
  bucket_policy: "bucket policy",
  role: "role",
  cors: "CORS",
  bucket: "bucket",
  endpoint: "endpoint",
};
/** What matters most comes first. */
const OUTCOMES = { broken: "broken", not_enforced: "not enforced", held: "held", not_tested: "not tested" };

const section = document.getElementById("proof");
const note = document.getElementById("proof-note");
const progress = document.getElementById("proof-progress");
const again = document.getElementById("prove");
const outcomes = document.getElementById("outcomes");
const card = document.getElementById("proof-card");
const rows = card.querySelector("tbody");

/** The one outcome whose rows are shown; none for all. */
let only;

again.addEventListener("click", () => follow("POST"));
const first = await ask("GET");
await follow(first?.state === "not_begun" ? "POST" : "GET");

/** Looks at the proof until it has ended. */
async function follow(method) {
  again.disabled = true;
  section.setAttribute("aria-busy", "true");
  let proof = await ask(method);
  while (proof?.state === "running") {
    show(proof);
    await new Promise((done) => setTimeout(done, INTERVAL_MS));
    proof = await ask("GET");
  }
  section.setAttribute("aria-busy", "false");
  progress.hidden = true;
  again.disabled = false;
  if (!proof) return fail("The endpoint does not answer.");
  if (proof.state === "failed") return fail(proof.error);
  show(proof);
  const broken = proof.probes.filter(({ outcome }) => outcome === "broken").length;
  say(`The proof has ended: ${broken ? `${broken} guardrails are broken` : "no guardrail is broken"}`);
}

async function ask(method) {
  const response = await fetch("/page/proof.json", { method }).catch(() => undefined);
  return response?.ok ? response.json() : undefined;
}

function fail(why) {
  note.textContent = why;
  say(`The proof failed: ${why}`);
}

function show({ state, done, of, probes }) {
  progress.hidden = state !== "running";
  progress.value = of ? done / of : 0;
  note.textContent =
    state === "running"
      ? `Attacking what runs here: ${done} of ${of || "…"} attempts have ended`
      : "Every promise of the contract was attacked on what runs here, as gatepass verify does it.";
  const order = Object.keys(OUTCOMES);
  const sorted = probes.toSorted((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome));
  rows.replaceChildren(...sorted.map(row));
  card.hidden = probes.length === 0;
  outcomes.replaceChildren(...order.map((outcome) => filter(outcome, probes)).filter(Boolean));
  hideOthers();
}

function row({ guardrail, enforced_by, outcome, detail }) {
  const made = document.createElement("tr");
  made.dataset.outcome = outcome;
  const badge = document.createElement("td");
  badge.append(element("span", OUTCOMES[outcome], { class: `badge ${outcome}` }));
  made.append(element("th", guardrail, { scope: "row" }), element("td", ENFORCED_BY[enforced_by] ?? enforced_by), badge, element("td", detail));
  return made;
}

/** How many rows have an outcome, and a way to see only those. */
function filter(outcome, probes) {
  const count = probes.filter((probe) => probe.outcome === outcome).length;
  if (!count) return undefined;
  const button = element("button", `${count} ${OUTCOMES[outcome]}`, { type: "button", class: outcome, "aria-pressed": only === outcome });
  button.addEventListener("click", () => {
    only = only === outcome ? undefined : outcome;
    hideOthers();
  });
  return button;
}

function hideOthers() {
  for (const row of rows.children) row.hidden = Boolean(only) && row.dataset.outcome !== only;
  for (const button of outcomes.children) button.setAttribute("aria-pressed", button.classList.contains(only));
}
