// Puts what a wallet knows on the page. Whatever comes from an order is set as text, never as markup.

import { drawQr, encodeQr } from "./qr.js";
import { moment, wordsIn } from "./words.js";

const SIGNS = {
  check: "M12 25l8 8 16-17",
  cross: "M14 14l20 20M34 14L14 34",
  clock: "M24 12v13l8 5M24 4a20 20 0 1 0 .01 0",
  alert: "M24 12v15M24 35v.01",
  phone: "M16 6h16v36H16zM23 36h2",
};
/** The look of each stage that is not a code: its sign, and its colours. */
const LOOKS = {
  loading: ["clock", ""],
  waiting: ["alert", "attention"],
  unreachable: ["alert", "attention"],
  unknown: ["cross", "refusal"],
  elsewhere: ["phone", "refusal"],
  revoked: ["cross", "refusal"],
  refunded: ["cross", "refusal"],
  redeemed: ["check", "done"],
  expired: ["clock", "refusal"],
  held: ["alert", "attention"],
  not_yet: ["clock", "attention"],
  unsupported: ["alert", "attention"],
  refused: ["alert", "attention"],
};
const SIDE_MARGIN_PX = 24; // beside the ticket: the code's own quiet zone comes on top
const LARGEST_CODE_PX = 400;

const byId = (id) => document.getElementById(id);

export class View {
  #language = "";
  #drawn = ""; // what the canvas shows, and at which size

  /** The words of a language, everywhere. */
  speak(language) {
    this.#language = language;
    const words = wordsIn(language);
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    document.title = words.page_title;
    const texts = {
      lead: words.show_clerk,
      language: words.switch_language,
      brightness: words.brightness,
      "number-label": words.pickup_no,
      "items-title": words.items,
      "taken-title": words.taken,
      "digits-label": words.digits,
      "place-label": words.place,
    };
    for (const [id, text] of Object.entries(texts)) write(byId(id), text);
    byId("code").setAttribute("aria-label", words.code_label);
  }

  /** Show the wallet as it is now. */
  show(wallet) {
    const words = wordsIn(this.#language);
    const { stage, order } = wallet;
    write(byId("title"), this.#storeNames(order) || words.page_title);
    this.#showNotice(wallet, stage, words);
    byId("lead").hidden = stage !== "code" || !byId("notice").hidden;
    byId("showing").hidden = stage !== "code";
    byId("stage").hidden = stage === "code";
    if (stage === "code") this.#showCode(wallet, words);
    else this.#showStage(wallet, stage, words);
    byId("order").hidden = !order;
    if (order) this.#showOrder(order, words);
    this.#showTaken(order, stage, words);
    byId("tools").hidden = stage !== "code" || order.tier !== 3;
    write(byId("digits-help"), wallet.challenge
      ? words.digits_in(wallet.challenge) : words.digits_help);
    this.showCountdown(wallet);
  }

  /** How long the code is good for: every half second. */
  showCountdown(wallet) {
    const { code, clock } = wallet;
    if (wallet.stage !== "code") return;
    const leftS = Math.max(0, code.nextS - clock.now());
    const words = wordsIn(this.#language);
    write(byId("next"), leftS > 0 ? words.next_in(Math.ceil(leftS)) : words.updating);
    const share = Math.min(1, leftS / (code.nextS - code.madeS));
    byId("left").style.strokeDashoffset = `${100 - 100 * share}`;
  }

  /** What became of the wish to tell the phone's place: a word of words.js. */
  showPlace(word) {
    write(byId("place-help"), wordsIn(this.#language)[word]);
  }

  /** Something broke that nobody foresaw. */
  showFailure() {
    const [title, text] = wordsIn(this.#language).failed;
    const notice = byId("notice");
    notice.hidden = false;
    notice.className = "notice failed";
    write(notice, `${title} · ${text}`);
  }

  #showNotice(wallet, stage, words) {
    const notice = byId("notice");
    if (notice.classList.contains("failed")) return;
    const told = stage !== "unreachable" && stage !== "waiting";
    notice.hidden = !(wallet.online === false && told);
    if (notice.hidden) return;
    const still = wallet.order?.tier === 3 ? words.offline : words.offline_v2;
    write(notice, stage === "code" ? still : words.offline_since);
  }

  #showCode({ code, order }, words) {
    const room = document.documentElement.clientWidth - SIDE_MARGIN_PX;
    const side = Math.min(LARGEST_CODE_PX, room);
    const ratio = globalThis.devicePixelRatio || 1;
    const drawn = `${code.text} ${side} ${ratio}`;
    if (drawn !== this.#drawn) {
      drawQr(byId("code"), encodeQr(code.text), side, ratio);
      this.#drawn = drawn;
    }
    byId("digits-tool").hidden = order.tier !== 3;
    write(byId("kind"), order.tier === 3 ? words.bound_here : words.renews_itself);
  }

  #showStage({ order }, stage, words) {
    const [sign, look] = LOOKS[stage];
    byId("stage").className = `stage ${look}`;
    byId("sign").setAttribute("d", SIGNS[sign]);
    const [title, text] = words[stage];
    write(byId("stage-title"), title);
    let more = text;
    if (stage === "redeemed" && order.redemptions.length) {
      more = this.#taken(order.redemptions.at(-1), words, "\n");
    }
    if (stage === "not_yet") {
      more = words.from_then(moment(order.not_before_s, this.#language));
    }
    write(byId("stage-text"), more);
  }

  #showOrder(order, words) {
    byId("number").hidden = !order.pickup_no;
    write(byId("number-value"), order.pickup_no);
    const rows = order.items.map((item) => {
      const unit = this.#pick(item.unit_zh, item.unit_en);
      const gone = item.left === 0;
      const whole = item.left === item.quantity;
      const count = gone ? words.all_taken : words.left_of(item.left, item.quantity, unit);
      const name = element("span", "name", this.#pick(item.name_zh, item.name_en));
      const amount = element("span", "count", whole ? words.quantity(item.quantity, unit) : count);
      name.classList.toggle("gone", gone);
      amount.classList.toggle("gone", gone);
      return element("li", "", name, amount);
    });
    fill(byId("items"), rows);
    const facts = [
      [words.store, this.#storeNames(order) || words.any_store],
      [words.valid_until, moment(order.expires_s, this.#language)],
      [words.order_no, order.order_no],
      [words.phone, order.phone_masked],
      [words.note, order.note],
    ];
    fill(byId("facts"), facts.filter(([, value]) => value).flatMap(([name, value]) => [
      element("dt", "", name), element("dd", "", value),
    ]));
  }

  #showTaken(order, stage, words) {
    const taken = order?.redemptions ?? [];
    const several = stage === "redeemed" ? taken.length > 1 : taken.length > 0;
    byId("taken").hidden = !several;
    fill(byId("taken-list"), several
      ? taken.map((one) => element("li", "", this.#taken(one, words, " · "))) : []);
  }

  #taken({ at_s: atS, store, store_name: name, terminal }, words, between) {
    return moment(atS, this.#language) + between + words.taken_by(name || store, terminal);
  }

  #storeNames(order) {
    const stores = order?.stores ?? [];
    return stores.map(({ store, name }) => name || store).join(this.#pick("、", ", "));
  }

  #pick(chinese, english) {
    return this.#language === "zh" ? chinese : english;
  }
}

/** Set a text where it differs: a live region speaks only of what is new. */
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function fill(node, children) {
  const same = children.length === node.childElementCount
    && children.every((child, at) => child.isEqualNode(node.children[at]));
  if (!same) node.replaceChildren(...children);
}

function element(name, className, ...content) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...content); // strings become text nodes
  return node;
}
