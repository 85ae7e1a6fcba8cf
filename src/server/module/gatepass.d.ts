/** How the endpoint is asked. All of it can be left out. */
export interface EndpointOptions {
  /** The endpoint's address. Default: where this module came from. */
  endpoint?: string | URL;
  /** Sent as `Authorization: Bearer …` to the endpoint, never to S3. A function is called before each request. */
  token?: string | (() => string | Promise<string>);
  /** More headers for the endpoint, never for S3. A function is called before each request. */
  headers?: Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>);
  /** Whether cookies go to an endpoint of another origin. Default: as `fetch` does it, to the same origin only. */
  credentials?: RequestCredentials;
  /** How often what may pass (no network, a busy S3) is tried again, for each request. Default: 5. */
  retries?: number;
  /** Told what went wrong before it is tried again. */
  onRetry?: (retry: { error: UploadError; attempt: number; seconds: number }) => void;
}

/** What an upload may be told. All of it can be left out. */
export interface UploadOptions extends EndpointOptions {
  /** The file's media type. Default: what the browser knows, else the type of the name's extension, else `application/octet-stream`. */
  contentType?: string;
  /** The name to tell the endpoint. Default: the file's own. */
  filename?: string;
  /**
   * Whether the file's SHA-256 is computed and signed, so that S3 refuses any other bytes. The whole file is read into
   * memory for it. Default: only where the contract requires it.
   */
  checksum?: boolean;
  /**
   * From this size on, in bytes, the file goes in parts, where the contract has them: several at a time, and what S3 has
   * already is not sent again. Default: 64 MiB.
   */
  partsFrom?: number;
  /** How many parts go at a time. Default: 4. */
  partsAtOnce?: number;
  /**
   * Where uploads in parts are remembered, so that the same file given again goes on where it stopped. `localStorage`
   * outlives the page; what is kept is a right to go on with that one upload. Default: as long as the page lives.
   */
  store?: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  /** Cancels the upload, which then fails with the signal's reason. Of one in parts, what S3 has stays: see `discard`. */
  signal?: AbortSignal;
  /** Told how far it is, many times a second. */
  onProgress?: (progress: Progress) => void;
  /** Told each grant before it is used: that of the file, or that of one of its parts. Its URL is a right: do not log it. */
  onGrant?: (grant: Grant) => void;
}

/** How far an upload is. */
export interface Progress {
  phase: "hashing" | "sending";
  /** In bytes. */
  sent: number;
  /** In bytes. */
  total: number;
  /** Over the last seconds; not known at first. */
  bytesPerSecond?: number;
}

/** What the endpoint answers: the right to one PUT. */
export interface Grant {
  upload_url: string;
  key: string;
  method: string;
  headers: Record<string, string>;
  /** RFC 3339. */
  expires_at: string;
  /** In seconds; not said of a part. */
  expires_in?: number;
  /** Which part this is for, counted from 1. */
  part_number?: number;
  /** How many parts there are. */
  parts?: number;
}

/** What was uploaded. */
export interface Uploaded {
  /** The object's key: what an app stores. */
  key: string;
  /** As S3 answered; undefined where its answer was lost and the object is there. */
  etag?: string;
  /** In bytes. */
  size: number;
  /** As signed and sent. */
  contentType: string;
  /** The base64 form of the content's SHA-256, where it was computed: S3 knows none of a whole that came in parts. */
  checksumSha256?: string;
  /**
   * What the endpoint signed of the object that it saw, where the contract has uploads confirmed: for the app's back end to
   * check.
   */
  receipt?: string;
}

/** What a download may be told. All of it can be left out. */
export interface DownloadOptions extends EndpointOptions {
  /** What a browser calls the file. */
  filename?: string;
  /** Whether a browser saves the file, which is the default, or shows it. */
  disposition?: "attachment" | "inline";
  /** The type that S3 says in its answer; has to be given for `inline`. Default: the object's own. */
  contentType?: string;
  /** Cancels the question, which then fails with the signal's reason. */
  signal?: AbortSignal;
}

/** What the endpoint answers: the right to read one object until it expires, as often as one likes. */
export interface DownloadGrant {
  /** A right: do not log it. */
  download_url: string;
  key: string;
  method: string;
  /** RFC 3339. */
  expires_at: string;
  /** In seconds. */
  expires_in: number;
}

/** Why a file was not uploaded, or not given to read, in words for people. */
export class UploadError extends Error {
  /**
   * Stable: a code of the endpoint (`content_type_not_allowed`, `too_large`, …), a code of S3 (`AccessDenied`, …), or
   * one of `endpoint_unreachable`, `not_an_endpoint`, `s3_unreachable`, `stalled`, `expired`, `etag_hidden`,
   * `checksum_unavailable`, `file_unreadable`.
   */
  readonly code: string;
  /** The way out, where one is known. */
  readonly hint?: string;
  /** The HTTP status, where there was an answer. */
  readonly status?: number;
  /** Whether the same upload can go through later. */
  readonly isPassing: boolean;
  /** In seconds, where the endpoint said when to come back. */
  readonly retryAfter?: number;
  /** The object's key, where the file was sent and only not confirmed. */
  readonly key?: string;
}

/**
 * Uploads one file straight to S3.
 *
 * @throws {UploadError} in words; or the reason of `options.signal`, when that cancelled it.
 */
export function upload(file: Blob | File, options?: UploadOptions): Promise<Uploaded>;

/**
 * Gives up an upload in parts that was begun and not completed, and has S3 remove its parts. The file and the options have
 * to be those it was begun with. Nothing to give up is no error; and what nobody gives up S3 removes after a while.
 */
export function discard(file: Blob | File, options?: UploadOptions): Promise<void>;

/**
 * Asks for a URL that reads one upload, where the contract has downloads: for a link, an `<img>` or `fetch`.
 *
 * @throws {UploadError} in words; or the reason of `options.signal`, when that cancelled it.
 */
export function downloadUrl(key: string, options?: DownloadOptions): Promise<DownloadGrant>;
