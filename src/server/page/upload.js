import { upload } from "/gatepass.js";
import { bytes, duration, say } from "./format.js";
import { explain } from "./signed.js";

/** One file on its way, and its place in the list. */
export class Upload {
  state = "waiting";
  bytesPerSecond = 0;
  /** Whether it only failed because the endpoint wants to know who uploads. */
  wantsToken = false;

  constructor(file, { maxSize, token, onChange, onUnknown }) {
    Object.assign(this, { file, maxSize, token, onChange, onUnknown });
    this.item = document.getElementById("upload").content.firstElementChild.cloneNode(true);
    this.part(".name").textContent = file.name;
    this.part(".name").title = file.name;
    this.part(".size").textContent = bytes(file.size);
    this.part("progress").setAttribute("aria-label", `Progress of ${file.name}`);
    const buttons = { ".cancel": ["Cancel", this.cancel], ".again": ["Try again with", this.queue], ".copy": ["Copy the key of", this.copy] };
    for (const [selector, [doing, act]] of Object.entries(buttons)) {
      this.part(selector).setAttribute("aria-label", `${doing} ${file.name}`);
      this.part(selector).addEventListener("click", () => act.call(this));
    }
    this.show("waiting", "Waiting for its turn");
  }

  part(selector) {
    return this.item.querySelector(selector);
  }

  get isUnderWay() {
    return this.state === "waiting" || this.state === "sending";
  }

  /** Waits for its turn, again. */
  queue() {
    this.show("waiting", "Waiting for its turn");
    this.part(".cancel").focus();
    this.onChange();
  }

  async start() {
    const { file } = this;
    this.cancelled = new AbortController();
    this.wantsToken = false;
    this.explained = undefined;
    this.show("sending", "Asking for a grant");
    if (file.size > this.maxSize) return this.fail(`The file is larger than ${bytes(this.maxSize)}.`);
    const started = performance.now();
    try {
      const { key, receipt } = await upload(file, {
        token: this.token,
        signal: this.cancelled.signal,
        onGrant: (grant) => this.granted(grant),
        onProgress: (progress) => this.progress(progress),
        onRetry: ({ error, seconds }) => this.show("sending", `${error.message} Trying again in ${duration(seconds)}`, error.hint),
      });
      const seconds = Math.max((performance.now() - started) / 1000, 0.001);
      this.key = key;
      this.part("progress").value = 1;
      say(`${file.name} is uploaded`);
      const confirmed = receipt ? " · confirmed" : "";
      this.end("done", `Uploaded in ${duration(seconds)}, ${bytes(file.size / seconds)}/s${confirmed}`, key);
    } catch (error) {
      if (this.cancelled.signal.aborted) return this.fail("Cancelled.");
      this.wantsToken = error.status === 401;
      this.fail(error.message, error.hint);
      if (this.wantsToken) this.onUnknown();
    }
  }

  granted(grant) {
    // of a file in parts the first one, whichever is signed first
    if (grant.part_number > this.explained) return;
    this.explained = grant.part_number;
    explain(grant, this.part("details"));
  }

  progress({ phase, sent, total, bytesPerSecond = 0 }) {
    this.bytesPerSecond = bytesPerSecond;
    this.part("progress").value = total ? sent / total : 0;
    const rest = bytesPerSecond && sent < total ? ` · ${duration((total - sent) / bytesPerSecond)} left` : "";
    const speed = bytesPerSecond ? ` · ${bytes(bytesPerSecond)}/s` : "";
    const doing = phase === "hashing" ? "Computing the checksum" : `${Math.floor((100 * sent) / (total || 1))} % · ${bytes(sent)}${speed}${rest}`;
    this.show("sending", doing);
    this.onChange();
  }

  cancel() {
    if (this.state === "sending") this.cancelled.abort();
    else this.fail("Cancelled.");
  }

  async copy() {
    await navigator.clipboard.writeText(this.key);
    say(`The key of ${this.file.name} is copied`);
  }

  fail(message, hint) {
    say(`${this.file.name}: ${message}`);
    this.end("failed", message, hint);
  }

  end(state, note, hint) {
    this.bytesPerSecond = 0;
    // what had the focus goes: it must not fall back to the top of the page
    const hadFocus = this.item.contains(document.activeElement);
    this.show(state, note, hint);
    if (hadFocus) this.part(state === "done" ? ".copy" : ".again").focus();
    this.onChange();
  }

  show(state, note, hint = "") {
    this.state = state;
    this.item.dataset.state = state;
    this.part(".note").textContent = note;
    this.part(".hint").textContent = hint;
    this.part(".hint").hidden = !hint;
    this.part(".cancel").hidden = !this.isUnderWay;
    this.part(".again").hidden = state !== "failed";
    // browsers give the clipboard to pages from HTTPS or from localhost only
    this.part(".copy").hidden = state !== "done" || !navigator.clipboard;
    if (state === "waiting") {
      this.part("progress").value = 0;
      this.part("details").hidden = true;
    }
  }
}
