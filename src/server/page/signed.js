import { element } from "./format.js";

/** Rights: shown as having been there. */
const SECRET = new Set(["x-amz-signature", "x-amz-security-token", "x-amz-credential"]);

/** What S3 does with each part of a grant. */
const MEANINGS = {
  "content-type": "refuses any other type",
  "content-length": "refuses any other length",
  "if-none-match": "refuses a second upload with this grant",
  "x-amz-checksum-sha256": "compares it with what arrives",
  "x-amz-server-side-encryption": "encrypts the object in this way",
  "x-amz-server-side-encryption-aws-kms-key-id": "encrypts the object with this key",
  "x-amz-date": "counts the grant's life from here, in UTC",
  "x-amz-expires": "refuses an upload that begins later than so many seconds after that",
  "x-amz-signedheaders": "refuses an upload in which one of these was changed or left out",
  "x-amz-credential": "knows who signed",
  "x-amz-security-token": "knows the session of who signed",
  "x-amz-algorithm": "computes the signature in this way",
  "x-amz-signature": "refuses whatever differs from what was signed",
  partnumber: "keeps it as this part",
  uploadid: "knows the upload that the part is of",
  "x-id": "ignores it; it says which call this is",
};

/** Shows what a grant binds, with its secrets masked. The parts of a file are signed alike, so one of them stands for all. */
export function explain(grant, details) {
  const url = new URL(grant.upload_url);
  const until = new Date(grant.expires_at).toLocaleTimeString();
  const request = `${grant.method} ${url.origin}${decodeURIComponent(url.pathname)}, until ${until}`;
  const part = grant.part_number && `Part ${grant.part_number} of ${grant.parts}, each with a signature of its own: `;
  details.querySelector(".request").textContent = (part ?? "") + request;
  const parts = [...Object.entries(grant.headers), ...url.searchParams];
  details.querySelector("tbody").replaceChildren(
    ...parts.map(([name, value]) => {
      const isSecret = SECRET.has(name.toLowerCase());
      const row = document.createElement("tr");
      const shown = element("td", isSecret ? "••••••••" : value, { "data-label": "Value" });
      if (isSecret) shown.setAttribute("aria-label", "masked");
      row.append(element("th", name, { scope: "row" }), shown, element("td", MEANINGS[name.toLowerCase()] ?? "", { "data-label": "S3" }));
      return row;
    }),
  );
  details.hidden = false;
}
