const contract = document.getElementById("contract").dataset;
const maxSize = Number(contract.maxSize);
const list = document.getElementById("uploads");
const drop = document.getElementById("drop");
const input = document.getElementById("files");

input.accept = contract.contentTypes;
document.getElementById("types").textContent = contract.contentTypes.split(",").join(", ");
document.getElementById("max-size").textContent = bytes(maxSize);

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

function take(files) {
  for (const file of files) {
    const item = document.getElementById("upload").content.firstElementChild.cloneNode(true);
    list.prepend(item);
    const part = (selector) => item.querySelector(selector);
    part(".name").textContent = file.name;
    part(".name").title = file.name;
    part(".size").textContent = bytes(file.size);
    part("progress").setAttribute("aria-label", `Progress of ${file.name}`);
    part(".cancel").setAttribute("aria-label", `Cancel ${file.name}`);
    part(".again").setAttribute("aria-label", `Try ${file.name} again`);
    part(".again").addEventListener("click", () => upload(file, item));
    upload(file, item);
  }
}

/** What went wrong, in words, with the way out where one is known. */
class Failure extends Error {
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}

async function upload(file, item) {
  const part = (selector) => item.querySelector(selector);
  const show = (state, note, hint = "") => {
    item.dataset.state = state;
    part(".note").textContent = note;
    part(".hint").textContent = hint;
    part(".hint").hidden = !hint;
    part(".cancel").hidden = state === "done" || state === "failed";
    part(".again").hidden = state !== "failed";
  };
  const cancelled = new AbortController();
  part(".cancel").onclick = () => cancelled.abort();
  part("progress").value = 0;
  part("details").hidden = true;

  try {
    if (file.size > maxSize) throw new Failure(`The file is larger than ${bytes(maxSize)}.`);
    show("waiting", "Asking for a grant…");
    const grant = await ask(file, cancelled.signal);
    explain(grant, part("details"));
    const start = performance.now();
    await put(file, grant, cancelled.signal, (sent) => {
      const speed = sent / Math.max((performance.now() - start) / 1000, 0.001);
      part("progress").value = sent / file.size;
      show("sending", `${Math.floor((100 * sent) / file.size)} % · ${bytes(sent)} · ${bytes(speed)}/s`);
    });
    const seconds = Math.max((performance.now() - start) / 1000, 0.001);
    part("progress").value = 1;
    show("done", `Uploaded in ${seconds.toFixed(1)} s, ${bytes(file.size / seconds)}/s`, grant.key);
    tell(`${file.name} is uploaded`);
  } catch (error) {
    const isCancelled = cancelled.signal.aborted;
    show("failed", isCancelled ? "Cancelled." : error.message, isCancelled ? "" : error.hint);
    tell(isCancelled ? `${file.name} is cancelled` : `${file.name} failed: ${error.message}`);
  }
}

async function ask(file, signal) {
  const wanted = { content_type: file.type || "application/octet-stream", size: file.size, filename: file.name };
  if (contract.checksum === "required") wanted.checksum_sha256 = await sha256(file);
  const response = await fetch("/api/upload-url", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(wanted),
    signal,
  }).catch((error) => {
    throw new Failure("The endpoint does not answer.", error.message);
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const { message = `The endpoint answered ${response.status}.`, hint } = answer.error ?? {};
  throw new Failure(message, hint);
}

async function sha256(file) {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}

/** XMLHttpRequest, for fetch tells no progress of what it sends. */
function put(file, grant, signal, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(grant.method, grant.upload_url);
    for (const [name, value] of Object.entries(grant.headers)) {
      // browsers send the length themselves, and let no script do it
      if (name.toLowerCase() !== "content-length") request.setRequestHeader(name, value);
    }
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () => (request.status === 200 ? resolve() : reject(refusal(request)));
    request.onerror = () =>
      reject(
        new Failure(
          "S3 did not answer, or not for this page.",
          `The bucket's CORS rule must allow ${location.origin}: is it among the contract's allowed_origins, and applied?`,
        ),
      );
    request.onabort = () => reject(new Failure("Cancelled."));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

const meanings = {
  AccessDenied: "The bucket or the role does not allow this, or the grant has expired.",
  PreconditionFailed: "This grant was used before: in strict mode it is good for one upload.",
  SignatureDoesNotMatch: "What was sent is not what was signed: type, length or a header differs.",
};

function refusal(request) {
  const xml = new DOMParser().parseFromString(request.responseText, "application/xml");
  const text = (name) => xml.querySelector(name)?.textContent;
  const code = text("Code");
  return new Failure(`S3 answered ${request.status}${code ? ` ${code}: ${text("Message")}` : "."}`, meanings[code]);
}

const secret = ["X-Amz-Signature", "X-Amz-Security-Token", "X-Amz-Credential"];

function explain(grant, details) {
  const url = new URL(grant.upload_url);
  const rows = [
    ["Method", grant.method],
    ["Where", url.origin + decodeURIComponent(url.pathname)],
    ["Until", new Date(grant.expires_at).toLocaleTimeString()],
    ...Object.entries(grant.headers),
    ...[...url.searchParams].map(([name, value]) => [name, secret.includes(name) ? "•••" : value]),
  ];
  details.querySelector("dl").replaceChildren(
    ...rows.flatMap(([name, value]) => [element("dt", name), element("dd", value)]),
  );
  details.hidden = false;
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function tell(text) {
  document.getElementById("status").textContent = text;
}

function bytes(count) {
  const units = ["B", "KiB", "MiB", "GiB"];
  let unit = 0;
  while (count >= 1024 && unit < units.length - 1) {
    count /= 1024;
    unit += 1;
  }
  return `${count.toFixed(unit === 0 || Number.isInteger(count) ? 0 : 1)} ${units[unit]}`;
}
