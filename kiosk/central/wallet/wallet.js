// What the page knows and does: one voucher, from first look to handed over. No DOM in here.

import { Refused, Unreachable, fromBase64 } from "./central.js";
import { NoCryptography, newHolder, proofText } from "./holder.js";

const ORDER_EVERY_S = 4; // how soon "redeemed" appears while somebody looks
const REFUSED_EVERY_S = 15;
const RETRY_S = [2, 4, 8, 15];
const V2_SHOWN_S = 55; // a terminal takes it for 60
const PROOF_EVERY_S = 15;
const MARGIN_S = 60;

const UNKNOWN = new Set(["voucher_unknown", "invalid_request"]); // the latter: a link cut short

/** What the page shows first and foremost, from what is known. */
export function stageOf({ order, refusal, code, unsupported, online }, nowS) {
  if (UNKNOWN.has(refusal)) return "unknown";
  if (refusal === "bound_to_another_phone") return "elsewhere";
  if (!order && refusal) return "refused";
  if (!order) return online === false ? "unreachable" : "loading";
  if (order.state === "revoked" || order.state === "refunded") return order.state;
  if (order.items.every((item) => item.left === 0)) return "redeemed";
  if (order.expires_s <= nowS || refusal === "voucher_expired") return "expired";
  if (order.state === "held") return "held";
  if (order.not_before_s > nowS) return "not_yet";
  if (unsupported) return "unsupported";
  if (refusal) return "refused";
  if (code && code.untilS > nowS) return "code";
  return online === false ? "waiting" : "loading";
}

/** Stages in which nothing more may be shown to a terminal. */
const NO_CODE = new Set(
  ["unknown", "elsewhere", "revoked", "refunded", "redeemed", "expired", "held", "not_yet"],
);

export class Wallet {
  /** changed(): called whenever something that is shown has changed. */
  constructor({ voucher, central, memory, clock, changed }) {
    this.voucher = voucher;
    this.central = central;
    this.memory = memory;
    this.clock = clock;
    this.changed = changed;
    this.order = null;
    this.code = null; // {text, madeS, nextS, untilS}
    this.online = null; // not known yet
    this.refusal = "";
    this.unsupported = false;
    this.challenge = "";
    this.place = null;
    this.holder = null;
    this.binding = null; // {inner, renewS, endS}
    this.failures = 0;
    this.keeps = true;
    this.routines = [
      new Routine(() => this.#refreshOrder()),
      new Routine(() => this.#refreshCode()),
    ];
  }

  get stage() {
    return stageOf(this, this.clock.now());
  }

  /** Take up what this phone has kept; then tick() does the rest. */
  async wakeUp() {
    let kept = {};
    try {
      kept = await this.memory.read(this.voucher);
    } catch (error) {
      this.keeps = false; // a V2 code needs nothing kept, and V3 is refused below
      console.warn("nothing can be kept on this phone", error);
    }
    this.clock.offsetMs = kept.offsetMs ?? 0;
    this.order = kept.order ?? null;
    this.holder = kept.holder ?? null;
    this.binding = kept.binding ?? null;
    this.changed();
    if (this.keeps) await this.memory.forgetOld(this.clock.now());
  }

  /** Do what is due; call it a few times a second while the page is seen. */
  async tick() {
    await Promise.all(this.routines.map((routine) => routine.run()));
  }

  /** Do everything now: the page is seen again, or the network is back. */
  async hurry() {
    for (const routine of this.routines) routine.wake();
    await this.tick();
  }

  /** Sign the terminal's digits, or none, into the code. */
  async setChallenge(digits) {
    this.challenge = digits;
    await this.#proveAnew();
  }

  /** Tell where the phone is ([latitude, longitude]), or no longer. */
  async setPlace(place) {
    this.place = place;
    await this.#proveAnew();
  }

  async #proveAnew() {
    if (this.order?.tier !== 3) return;
    this.routines[1].wake();
    await this.tick();
  }

  async #refreshOrder() {
    try {
      this.order = await this.central.order();
      const { order, clock: { offsetMs } } = this;
      if (this.keeps) await this.memory.update(this.voucher, { order, offsetMs });
      const over = NO_CODE.has(stageOf({ ...this, refusal: "" }, this.#now));
      if (order.tier === 3 && !over) await this.#bindIfDue();
      this.refusal = "";
    } catch (error) {
      return this.#failed(error);
    }
    return this.#reached(ORDER_EVERY_S);
  }

  /** Seconds until the next attempt. */
  #failed(error) {
    if (error instanceof Refused) {
      this.refusal = error.code || "refused";
      if (NO_CODE.has(this.stage)) this.code = null;
      return this.#reached(REFUSED_EVERY_S);
    }
    if (error instanceof NoCryptography) {
      this.unsupported = true;
      return this.#reached(REFUSED_EVERY_S);
    }
    if (!(error instanceof Unreachable)) throw error;
    this.online = false;
    this.failures += 1;
    this.changed();
    return RETRY_S[Math.min(this.failures, RETRY_S.length) - 1];
  }

  #reached(nextS) {
    this.online = true;
    this.failures = 0;
    this.changed();
    return nextS;
  }

  /** Make sure that central has bound this phone's key lately. The key is kept before it is told. */
  async #bindIfDue() {
    if (!this.keeps) throw new NoCryptography("a key could not be kept");
    this.holder ??= await this.memory.keepHolder(this.voucher, await newHolder());
    if (this.binding && this.#now < this.binding.renewS) return;
    const answer = await this.central.bind(this.holder.publicKey);
    this.binding = {
      inner: fromBase64(answer.inner),
      renewS: answer.issued_s + answer.renew_in_s,
      endS: answer.expires_s,
    };
    await this.memory.update(this.voucher, { binding: this.binding });
    this.routines[1].wake();
  }

  async #refreshCode() {
    if (!this.order || NO_CODE.has(this.stage)) {
      this.code = null;
      return 0.5;
    }
    return this.order.tier === 3 ? this.#prove() : this.#fetchCode();
  }

  async #fetchCode() {
    try {
      const { text, refresh_in_s: refreshS } = await this.central.code();
      const nowS = this.#now;
      this.code = { text, madeS: nowS, nextS: nowS + refreshS, untilS: nowS + V2_SHOWN_S };
      return this.#reached(refreshS);
    } catch (error) {
      return this.#failed(error);
    }
  }

  async #prove() {
    const nowS = this.#now;
    if (!this.binding || nowS > this.binding.endS - MARGIN_S) {
      this.code = null;
      return 0.5; // until it is bound, or bound anew
    }
    const text = await proofText(this.holder, {
      inner: this.binding.inner,
      signedAtS: Math.floor(nowS),
      challenge: this.challenge,
      place: this.place,
    });
    const nextS = nowS + PROOF_EVERY_S;
    this.code = { text, madeS: nowS, nextS, untilS: nextS + MARGIN_S / 2 };
    this.changed();
    return PROOF_EVERY_S;
  }

  get #now() {
    return this.clock.now();
  }
}

/** Work that says itself, in seconds, when it wants to be done again; never twice at once. */
class Routine {
  #work;
  #dueMs = 0;
  #running = false;
  #woken = false;

  constructor(work) {
    this.#work = work;
  }

  /** Do it at the next call of run(). */
  wake() {
    this.#dueMs = 0;
    this.#woken = true;
  }

  async run() {
    if (this.#running || Date.now() < this.#dueMs) return;
    this.#running = true;
    this.#woken = false;
    try {
      const waitS = await this.#work();
      if (!this.#woken) this.#dueMs = Date.now() + 1000 * waitS;
    } finally {
      this.#running = false;
    }
  }
}
