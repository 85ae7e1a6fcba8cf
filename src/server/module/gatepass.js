// Uploads files from a browser straight to S3, through a gatepass endpoint. Types and the meaning of every option:
// gatepass.d.ts, beside this file.
//
//   import { upload } from "https://uploads.example.com/gatepass.js";
//   const { key } = await upload(file, { onProgress: ({ sent, total }) => … });

/** The endpoint that served this module. */
const HERE = new URL(".", import.meta.url).href;

/** Statuses after which the same request can go through. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);
/** Codes of S3 after which it can, whatever the status. */
const PASSING_CODES = new Set(["ConditionalRequestConflict", "InternalError", "OperationAborted", "RequestTimeout", "SlowDown"]);

const MEANINGS = {
  AccessDenied: "The bucket or the signer's role does not allow this upload.",
  BadDigest: "The bytes are not those whose checksum was declared: did the file change meanwhile?",
  EntityTooLarge: "The file is larger than S3 takes in one request.",
  InvalidAccessKeyId: "The endpoint signs with credentials that S3 does not know (any more).",
  NoSuchBucket: "The bucket is not there: has the contract been applied?",
  PreconditionFailed: "There is an object with this key already: the grant was used before, and is good for one upload.",
  SignatureDoesNotMatch: "What was sent is not what was signed: the type, the length or a header differs.",
};

export class UploadError extends Error {
  name = "UploadError";

  constructor(code, message, { hint, status, isPassing = false, retryAfter, cause } = {}) {
    super(message, { cause });
    this.code = code;
    this.hint = hint;
    this.status = status;
    this.isPassing = isPassing;
    this.retryAfter = retryAfter;
  }
}

/** From this size on a file goes in parts, where the contract has them: in bytes. */
const PARTS_FROM = 64 * 2 ** 20;
const PARTS_AT_ONCE = 4;

/** Where uploads in parts are remembered unless `store` says otherwise: as long as the page lives. */
const memory = new Map();
const MEMORY = {
  getItem: (name) => memory.get(name) ?? null,
  setItem: (name, value) => memory.set(name, value),
  removeItem: (name) => memory.delete(name),
};

export async function upload(file, options = {}) {
  const run = new Run(file, options);
  options.signal?.throwIfAborted();
  try {
    return (await run.isForParts()) ? await run.parts() : await run.put();
  } catch (error) {
    // whatever broke because of it: who cancelled hears the own reason
    options.signal?.throwIfAborted();
    throw error;
  }
}

export async function discard(file, options = {}) {
  const run = new Run(file, options);
  const begun = run.remembered();
  if (!begun) return;
  await run.ask("api/multipart/abort", { ticket: begun.ticket });
  run.store.removeItem(run.name);
}

export async function downloadUrl(key, options = {}) {
  const { filename, disposition, contentType, signal } = options;
  signal?.throwIfAborted();
  return new Client(options).ask("api/download-url", { key, filename, disposition, content_type: contentType });
}

/** What asks the endpoint. */
class Client {
  constructor(options) {
    this.options = options;
    this.endpoint = new URL(options.endpoint ?? HERE, globalThis.location?.href ?? HERE).href.replace(/\/*$/, "/");
  }

  /** A question to the endpoint, again where that can help. */
  ask(path, question) {
    return this.again(() => this.askOnce(path, question));
  }

  /** The same, once; without a question it only wants to know what is there. */
  async askOnce(path, question) {
    const { signal, token, headers, credentials } = this.options;
    const bearer = typeof token === "function" ? await token() : token;
    const more = typeof headers === "function" ? await headers() : headers;
    const sent = { ...more, ...(bearer && { Authorization: `Bearer ${bearer}` }), ...(question && { "Content-Type": "application/json" }) };
    const body = question && JSON.stringify(question);
    const response = await fetch(this.endpoint + path, { method: question ? "POST" : "GET", headers: sent, body, credentials, signal }).catch((cause) => {
      const hint = "Is it running, and is this page among the contract's allowed_origins?";
      throw new UploadError("endpoint_unreachable", `The endpoint ${this.endpoint} does not answer.`, { hint, isPassing: true, cause });
    });
    const answer = await response.json().catch(() => undefined);
    if (response.ok && answer) return answer;
    const { code = "not_an_endpoint", message = `The endpoint answered ${response.status}.`, hint } = answer?.error ?? {};
    const retryAfter = Number(response.headers.get("Retry-After")) || undefined;
    throw new UploadError(code, message, { hint, status: response.status, isPassing: PASSING.has(response.status), retryAfter });
  }

  /** Tries until it works, it cannot, or it was tried often enough. */
  async again(attempt, signal = this.options.signal) {
    const { retries = 5, onRetry } = this.options;
    for (let failed = 0; ; failed += 1) {
      try {
        return await attempt();
      } catch (error) {
        signal?.throwIfAborted();
        if (!error.isPassing || failed >= retries) throw error;
        // half of it at random, so that many clients do not come back at the same moment
        const wait = error.retryAfter ?? Math.min(30, 0.5 * 2 ** failed) * (0.5 + Math.random() / 2);
        onRetry?.({ error, attempt: failed + 1, seconds: wait });
        await pause(wait, signal);
      }
    }
  }
}

/** One upload under way. */
class Run extends Client {
  constructor(file, options) {
    super(options);
    this.file = file;
    // where neither the page nor the browser knows the type, the endpoint takes that of the file's name
    const filename = options.filename ?? file.name;
    this.contentType = options.contentType || file.type || (filename ? "" : "application/octet-stream");
    this.meter = new Meter(file.size, options.onProgress);
    this.store = options.store ?? MEMORY;
    // the same file again goes on where it stopped
    this.name = `gatepass ${this.endpoint} ${file.name ?? ""} ${file.size} ${file.lastModified ?? ""} ${this.contentType}`;
  }

  /** Whether the file is large enough for parts, and the contract has them. */
  async isForParts() {
    const { partsFrom = PARTS_FROM } = this.options;
    if (this.file.size < partsFrom) return false;
    this.contract = await this.ask("api/contract");
    return this.contract.multipart;
  }

  /** What the endpoint is told of the file. */
  wanted() {
    const filename = this.options.filename ?? this.file.name;
    return { content_type: this.contentType, size: this.file.size, ...(filename && { filename }) };
  }

  /** One PUT; and another with a new grant, where the first one's time was over before S3 had the file. */
  async put() {
    const wanted = this.wanted();
    if (this.options.checksum) wanted.checksum_sha256 = await this.sha256();
    for (let isRenewed = false; ; isRenewed = true) {
      const grant = await this.grant(wanted);
      this.options.onGrant?.(grant);
      try {
        const etag = await this.send(grant);
        return {
          key: grant.key,
          etag,
          size: this.file.size,
          contentType: grant.headers["Content-Type"],
          checksumSha256: wanted.checksum_sha256,
          receipt: await this.confirmed(grant),
        };
      } catch (error) {
        if (error.code !== "expired" || isRenewed) throw error;
      }
    }
  }

  /** The endpoint's receipt of what was uploaded with this grant; none where the contract has none. */
  async confirmed({ ticket, key }) {
    if (!ticket) return undefined;
    try {
      return (await this.ask("api/confirm", { ticket })).receipt;
    } catch (error) {
      throw Object.assign(error, { key });
    }
  }

  /** In parts, several at a time; from where it stopped, if it was begun before. */
  async parts() {
    const checksums = this.options.checksum || this.contract.checksum === "required";
    const { begun, etags } = (await this.resumed()) ?? (await this.begun(checksums));
    const sent = new Map([...etags.keys()].map((number) => [number, this.range(begun, number).size]));
    const tell = (number, bytes) => {
      sent.set(number, bytes);
      this.meter.tell("sending", [...sent.values()].reduce((sum, part) => sum + part, 0));
    };
    this.meter.restart();
    const missing = [];
    for (let number = begun.parts; number > 0; number -= 1) if (!etags.has(number)) missing.push(number);
    // the first that fails for good stops the others
    const stop = new AbortController();
    const signal = this.options.signal ? AbortSignal.any([this.options.signal, stop.signal]) : stop.signal;
    const work = async () => {
      while (missing.length) {
        const number = missing.pop();
        etags.set(number, await this.part(begun, number, checksums, signal, tell));
      }
    };
    const workers = Array.from({ length: Math.max(1, this.options.partsAtOnce ?? PARTS_AT_ONCE) }, () =>
      work().catch((error) => {
        stop.abort(error);
        throw error;
      }),
    );
    await Promise.all(workers);
    const { etag, receipt } = await this.complete(begun, etags);
    this.store.removeItem(this.name);
    return { key: begun.key, etag, size: this.file.size, contentType: begun.content_type, receipt };
  }

  remembered() {
    return JSON.parse(this.store.getItem(this.name) ?? "null");
  }

  /** What was begun before, and which of its parts S3 has. */
  async resumed() {
    const begun = this.remembered();
    if (!begun) return undefined;
    try {
      const { parts } = await this.ask("api/multipart/list", { ticket: begun.ticket });
      const whole = parts.filter((part) => part.size === this.range(begun, part.part_number).size);
      return { begun, etags: new Map(whole.map((part) => [part.part_number, part.etag])) };
    } catch (error) {
      if (error.isPassing || !["ticket_invalid", "ticket_expired", "ticket_of_another", "upload_not_found"].includes(error.code)) throw error;
      this.store.removeItem(this.name);
      return undefined;
    }
  }

  async begun(checksums) {
    const wanted = { ...this.wanted(), ...(checksums && { part_checksums: true }) };
    const { ticket, key, content_type, part_size, parts } = await this.askFor("api/multipart", wanted);
    const begun = { ticket, key, content_type, part_size, parts };
    this.store.setItem(this.name, JSON.stringify(begun));
    return { begun, etags: new Map() };
  }

  range(begun, number) {
    const start = (number - 1) * begun.part_size;
    const end = Math.min(this.file.size, start + begun.part_size);
    return { start, end, size: Math.max(0, end - start) };
  }

  /** Signs and sends one part; gives its ETag. */
  async part(begun, number, checksums, signal, tell) {
    const { start, end } = this.range(begun, number);
    const content = this.file.slice(start, end);
    const question = { ticket: begun.ticket, part_numbers: [number] };
    if (checksums) question.checksums_sha256 = { [number]: await sha256(content) };
    return this.again(async () => {
      const signed = await this.ask("api/multipart/parts", question);
      const [{ url, method, headers, expires_at }] = signed.parts;
      this.options.onGrant?.({ upload_url: url, key: begun.key, method, headers, expires_at, part_number: number, parts: begun.parts });
      try {
        const answer = await request(method, url, headers, content, { signal, onSent: (bytes) => tell(number, bytes) });
        const etag = answer.getResponseHeader("ETag");
        if (etag) return etag;
        throw new UploadError("etag_hidden", "S3 does not let this page read ETags.", { hint: "Apply the contract: its CORS rule exposes them." });
      } catch (error) {
        tell(number, 0);
        // the next attempt has it signed anew
        if (hasExpired(error)) error.isPassing = true;
        throw error;
      }
    }, signal);
  }

  /** Makes an object of the parts; gives its ETag and receipt. */
  async complete(begun, etags) {
    const parts = [...etags].map(([part_number, etag]) => ({ part_number, etag })).sort((a, b) => a.part_number - b.part_number);
    let mayBeDone = false;
    return this.again(async () => {
      try {
        return await this.askOnce("api/multipart/complete", { ticket: begun.ticket, parts });
      } catch (error) {
        // the answer of an attempt before was lost, not what it did
        if (mayBeDone && (error.code === "upload_not_found" || error.code === "object_exists")) return {};
        mayBeDone ||= error.isPassing;
        throw error;
      }
    });
  }

  /** Asks for what `wanted` describes; as bytes of no known type, where the name of the file states none. */
  async askFor(path, wanted) {
    try {
      return await this.ask(path, wanted);
    } catch (error) {
      if (error.code !== "content_type_missing" || wanted.content_type) throw error;
      wanted.content_type = "application/octet-stream";
      return this.ask(path, wanted);
    }
  }

  /** Asks for a grant; with the checksum, where the contract turns out to want it. */
  async grant(wanted) {
    try {
      return await this.askFor("api/upload-url", wanted);
    } catch (error) {
      if (error.code !== "checksum_missing" || wanted.checksum_sha256 || this.options.checksum === false) throw error;
      wanted.checksum_sha256 = await this.sha256();
      return this.askFor("api/upload-url", wanted);
    }
  }

  async sha256() {
    this.meter.tell("hashing", 0);
    return sha256(this.file);
  }

  /** Sends the file under its grant, again where that can help, and gives its ETag. */
  async send(grant) {
    let mayHaveArrived = false;
    return this.again(async () => {
      this.meter.restart();
      try {
        const answer = await request(grant.method, grant.upload_url, grant.headers, this.file, {
          signal: this.options.signal,
          onSent: (sent) => this.meter.tell("sending", sent),
        });
        return answer.getResponseHeader("ETag") ?? undefined;
      } catch (error) {
        // its answer was lost, not the file: nobody else has this grant
        if (error.code === "PreconditionFailed" && mayHaveArrived) return undefined;
        if (!error.status) mayHaveArrived = true;
        if (hasExpired(error)) throw new UploadError("expired", "The grant expired before S3 had the file.", { cause: error });
        throw error;
      }
    });
  }
}

/** How far it is, and how fast over the last seconds. */
class Meter {
  static WINDOW_MS = 4000;

  constructor(total, onProgress) {
    this.total = total;
    this.onProgress = onProgress;
    this.restart();
  }

  restart() {
    this.marks = [];
  }

  tell(phase, sent) {
    if (!this.onProgress) return;
    const now = performance.now();
    this.marks.push([now, sent]);
    while (this.marks.length > 2 && this.marks[0][0] < now - Meter.WINDOW_MS) this.marks.shift();
    const [then, before] = this.marks[0];
    const bytesPerSecond = now > then ? Math.max(0, ((sent - before) * 1000) / (now - then)) : undefined;
    this.onProgress({ phase, sent, total: this.total, bytesPerSecond });
  }
}

/** A request to S3. XMLHttpRequest, for fetch tells no progress of what it sends. */
function request(method, url, headers, body, { signal, onSent, stallMs = 60_000 }) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    let stall;
    const cancel = () => xhr.abort();
    const watch = () => {
      clearTimeout(stall);
      stall = setTimeout(() => {
        end(reject, new UploadError("stalled", "Nothing moved for a minute.", { isPassing: true }));
        xhr.abort();
      }, stallMs);
    };
    const end = (settle, value) => {
      clearTimeout(stall);
      signal?.removeEventListener("abort", cancel);
      settle(value);
    };
    xhr.open(method, url);
    for (const [name, value] of Object.entries(headers ?? {})) {
      // browsers send the length themselves, and let no script do it
      if (name.toLowerCase() !== "content-length") xhr.setRequestHeader(name, value);
    }
    xhr.upload.onprogress = (event) => {
      watch();
      onSent?.(event.loaded);
    };
    xhr.onload = () => (xhr.status < 300 ? end(resolve, xhr) : end(reject, refusal(xhr)));
    xhr.onerror = () => {
      const { host } = new URL(url);
      const hint = `Is this page's origin, ${globalThis.location?.origin}, in the bucket's CORS rule?`;
      end(reject, new UploadError("s3_unreachable", `${host} did not answer, or not for this page.`, { hint, isPassing: true }));
    };
    xhr.onabort = () => end(reject, signal?.reason);
    signal?.addEventListener("abort", cancel);
    watch();
    xhr.send(body);
  });
}

/** What S3 says in XML. */
function refusal(xhr) {
  const entities = { amp: "&", apos: "'", gt: ">", lt: "<", quot: '"' };
  const part = (name) =>
    xhr.responseText.match(`<${name}>([^<]*)</${name}>`)?.[1].replace(/&(amp|apos|gt|lt|quot);/g, (_, entity) => entities[entity]);
  const code = part("Code");
  const message = code ? `S3 answered ${xhr.status} ${code}: ${part("Message") ?? "no reason given"}` : `S3 answered ${xhr.status}.`;
  const isPassing = PASSING.has(xhr.status) || PASSING_CODES.has(code);
  return new UploadError(code ?? `http_${xhr.status}`, message, { hint: MEANINGS[code], status: xhr.status, isPassing });
}

/** Its words are all that tells it from what else is AccessDenied. */
function hasExpired(error) {
  return error.code === "ExpiredToken" || (error.code === "AccessDenied" && /expired/i.test(error.message));
}

async function sha256(blob) {
  if (!globalThis.crypto?.subtle) {
    const hint = "Browsers hash on pages from HTTPS or from localhost only.";
    throw new UploadError("checksum_unavailable", "This page cannot compute the checksum that the contract requires.", { hint });
  }
  const content = await blob.arrayBuffer().catch((cause) => {
    throw new UploadError("file_unreadable", "The file cannot be read: was it changed, moved or removed?", { cause });
  });
  const digest = await crypto.subtle.digest("SHA-256", content);
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}

/** Waits so many seconds, or until the machine is online again, or fails with the reason to stop. */
function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const end = (settle, value) => {
      clearTimeout(timer);
      globalThis.removeEventListener?.("online", wake);
      signal?.removeEventListener("abort", stop);
      settle(value);
    };
    const wake = () => end(resolve);
    const stop = () => end(reject, signal.reason);
    const timer = setTimeout(wake, seconds * 1000);
    globalThis.addEventListener?.("online", wake);
    signal?.addEventListener("abort", stop);
  });
}
