// An issuer of tokens with Node's own cryptography: it shares no code with what checks them.
//
// GET /keys is its key set. POST /token {signer, header, claims} gives a token: `header` and `claims` go over what is right, and
// null takes a name away. POST /publish ["rsa", …] changes what the key set holds.
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";

const rsa = () => generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const ed = () => generateKeyPairSync("ed25519");
const signers = {
  rsa: { alg: "RS256", kid: "rsa", ...rsa() },
  ec: { alg: "ES256", kid: "ec", ...ec() },
  ed: { alg: "EdDSA", kid: "ed", ...ed() },
  next: { alg: "EdDSA", kid: "next", ...ed() },
  // says that it is another
  stranger: { alg: "RS256", kid: "rsa", ...rsa() },
};
const digest = { RS256: "sha256", ES256: "sha256" };

const base64url = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const over = (right, changes = {}) =>
  Object.fromEntries(Object.entries({ ...right, ...changes }).filter(([, value]) => value !== null));

/** What signs: a signer's private key, nothing, or a public key that is taken for the secret of an HMAC. */
function signature(signer, message) {
  const [name, form] = signer.split(" as ");
  const { alg, privateKey, publicKey } = signers[name];
  switch (form) {
    case undefined:
      return sign(digest[alg] ?? null, message, { key: privateKey, dsaEncoding: "ieee-p1363" });
    case "nothing":
      return Buffer.alloc(0);
    case "pem":
      return createHmac("sha256", publicKey.export({ format: "pem", type: "spki" })).update(message).digest();
    case "der":
      return createHmac("sha256", publicKey.export({ format: "der", type: "spki" })).update(message).digest();
    case "pkcs1":
      return createHmac("sha256", publicKey.export({ format: "pem", type: "pkcs1" })).update(message).digest();
    case "jwk":
      return createHmac("sha256", JSON.stringify(publicKey.export({ format: "jwk" }))).update(message).digest();
  }
}

const jwk = ({ alg, kid, publicKey }) => ({ ...publicKey.export({ format: "jwk" }), alg, kid, use: "sig" });

function token({ signer, header, claims }) {
  const { alg, kid } = signers[signer.split(" ")[0]];
  const now = Math.floor(Date.now() / 1000);
  const right = { iss: "https://login.example.com/", aud: "uploads", sub: "alice", iat: now, exp: now + 3600 };
  const bringsItsKey = header?.jwk === true ? { jwk: jwk(signers[signer]) } : {};
  const message = [over({ alg, typ: "JWT", kid }, { ...header, ...bringsItsKey }), over(right, claims)].map(base64url).join(".");
  return `${message}.${signature(signer, Buffer.from(message)).toString("base64url")}`;
}

let published = ["rsa", "ec", "ed"];
const answers = {
  "GET /keys": () => ({ keys: published.map((name) => jwk(signers[name])) }),
  "POST /token": token,
  "POST /publish": (names) => (published = names),
};

createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  const answer = answers[`${request.method} ${request.url}`]?.(body.length ? JSON.parse(body) : undefined);
  response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" }).end(JSON.stringify(answer));
}).listen(0, "127.0.0.1", function () {
  console.log(`http://127.0.0.1:${this.address().port}`);
});
