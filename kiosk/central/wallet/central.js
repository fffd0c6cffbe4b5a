// The calls of central that a phone may make with its wallet token (docs/protocol.md).

const PATIENCE_MS = 8_000;

/** Central's answer was no; `code` is its word for programs. */
export class Refused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** No usable answer: no network, or a central that is in trouble. */
export class Unreachable extends Error {}

export class Central {
  /** voucher: its id, 32 hex digits; token: the wallet token. */
  constructor(voucher, token, clock) {
    this.identity = { voucher: toBase64(fromHex(voucher)), wallet_token: token };
    this.clock = clock;
  }

  /** The order and what became of it. */
  order() {
    return this.#ask("/v1/wallet", {});
  }

  /** A fresh V2 code: {text, refresh_in_s}. */
  code() {
    return this.#ask("/v1/codes", { tier: 2 });
  }

  /** Bind the key (its COSE_Key bytes) or renew its binding. */
  bind(publicKey) {
    return this.#ask("/v1/wallet/binding", { holder_key: toBase64(publicKey) });
  }

  async #ask(path, more) {
    const sentMs = Date.now();
    let answer;
    let body;
    try {
      answer = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ...this.identity, ...more }),
        cache: "no-store",
        credentials: "omit",
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      body = await answer.json();
    } catch (error) {
      throw new Unreachable("no answer", { cause: error });
    }
    if (answer.status >= 500 || answer.status === 429) throw new Unreachable(body.code);
    if (!answer.ok) throw new Refused(body.code ?? "");
    if (typeof body.time_s === "number") this.clock.hear(body.time_s, sentMs);
    return body;
  }
}

export function fromHex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function toBase64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}
