import { bytes, say } from "./format.js";
import { Upload } from "./upload.js";

/** More at once would only share the same line. */
const AT_ONCE = 4;

const contract = document.getElementById("contract").dataset;
const maxSize = Number(contract.maxSize);
const list = document.getElementById("uploads");
const drop = document.getElementById("drop");
const input = document.getElementById("files");
const signIn = document.getElementById("sign-in");
const clear = document.getElementById("clear");

/** All uploads of this page, the newest first. */
let uploads = [];
/** Who uploads; asked for where the endpoint wants to know. Nowhere but here. */
let token;

input.accept = contract.contentTypes;
const types = contract.contentTypes.split(",").join(", ");
document.getElementById("limits").textContent = `${types} · up to ${bytes(maxSize)} each`;

input.addEventListener("change", () => {
  take(input.files);
  input.value = ""; // the same file can be chosen again
});
for (const type of ["dragover", "dragleave", "drop"]) {
  // dropped beside the zone, the browser would leave the page to show the file
  window.addEventListener(type, (event) => event.preventDefault());
  drop.addEventListener(type, () => drop.classList.toggle("over", type === "dragover"));
}
window.addEventListener("drop", (event) => take(event.dataTransfer.files));
window.addEventListener("paste", (event) => take(event.clipboardData.files));
window.addEventListener("beforeunload", (event) => {
  if (uploads.some((upload) => upload.isUnderWay)) event.preventDefault();
});
clear.addEventListener("click", () => {
  for (const upload of uploads) if (!upload.isUnderWay) upload.item.remove();
  uploads = uploads.filter((upload) => upload.isUnderWay);
  changed();
  input.focus();
});
signIn.addEventListener("submit", (event) => {
  event.preventDefault();
  token = document.getElementById("token").value.trim();
  signIn.hidden = true;
  for (const upload of uploads) if (upload.wantsToken) upload.queue();
  input.focus();
});

function take(files) {
  for (const file of files) {
    const upload = new Upload(file, { maxSize, token: () => token, onChange: changed, onUnknown: askWho });
    uploads.unshift(upload);
    list.prepend(upload.item);
  }
  changed();
}

/** The endpoint does not know who uploads. */
function askWho() {
  if (!signIn.hidden) return;
  signIn.hidden = false;
  document.getElementById("token").focus();
}

/** Starts what has room to run, and tells how it goes in all. */
function changed() {
  const waiting = uploads.filter((upload) => upload.state === "waiting").reverse();
  const room = AT_ONCE - uploads.filter((upload) => upload.state === "sending").length;
  for (const upload of waiting.slice(0, Math.max(0, room))) upload.start();

  const count = (state) => uploads.filter((upload) => upload.state === state).length;
  const [done, failed] = [count("done"), count("failed")];
  const speed = uploads.reduce((sum, upload) => sum + upload.bytesPerSecond, 0);
  const parts = [`${done} of ${uploads.length} done`];
  if (failed) parts.push(`${failed} failed`);
  if (speed) parts.push(`${bytes(speed)}/s`);
  document.getElementById("overall").textContent = parts.join(" · ");
  document.getElementById("uploads-section").hidden = uploads.length === 0;
  clear.hidden = done + failed === 0;
  if (uploads.length > 1 && done + failed === uploads.length) say(`All uploads have ended: ${parts.slice(0, 2).join(", ")}`);
}
