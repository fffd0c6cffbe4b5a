// The page's start: who it is for, what wakes it, what a finger does.

import { Central } from "./central.js";
import { Clock } from "./clock.js";
import { Memory } from "./memory.js";
import { View } from "./view.js";
import { Wallet } from "./wallet.js";
import { chooseLanguage, firstLanguage } from "./words.js";

const BEAT_MS = 500;
const FEWEST_DIGITS = 4;
const DIGITS_LAST_MS = 180_000; // a terminal's digits are for one handover
const LOCATE = { enableHighAccuracy: true, timeout: 20_000, maximumAge: 60_000 };

const view = new View();
let language = firstLanguage();
view.speak(language);

globalThis.addEventListener("error", () => view.showFailure());
globalThis.addEventListener("unhandledrejection", () => view.showFailure());

// /wallet/{voucher id}#{wallet token}: what follows # never leaves the phone by itself.
const voucher = location.pathname.split("/").at(-1);
const token = location.hash.slice(1);
const clock = new Clock();
const wallet = new Wallet({
  voucher,
  central: new Central(voucher, token, clock),
  memory: new Memory(),
  clock,
  changed: () => view.show(wallet),
});

byId("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  chooseLanguage(language);
  view.speak(language);
  view.show(wallet);
  showPlaceWish();
});

let digitsEnd = 0;
byId("digits").addEventListener("input", () => {
  const digits = byId("digits").value.replace(/\D/g, "");
  clearTimeout(digitsEnd);
  digitsEnd = setTimeout(() => takeDigits(""), DIGITS_LAST_MS);
  takeDigits(digits);
});

byId("digits").addEventListener("keydown", ({ key }) => {
  if (key === "Enter") byId("digits").blur();
});
byId("digits").addEventListener("blur", () => {
  if (wallet.challenge) byId("code").scrollIntoView({ block: "center" }); // it is what to show next
});

function takeDigits(digits) {
  if (byId("digits").value !== digits) byId("digits").value = digits;
  wallet.setChallenge(digits.length >= FEWEST_DIGITS ? digits : "").then(() => view.show(wallet));
}

byId("place").addEventListener("change", () => {
  if (byId("place").checked) {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => tellPlace([coords.latitude, coords.longitude], "place_on"),
      (error) => {
        byId("place").checked = false;
        const refused = error.code === error.PERMISSION_DENIED;
        tellPlace(null, refused ? "place_refused" : "place_failed");
      },
      LOCATE,
    );
  } else {
    tellPlace(null, "place_help");
  }
});

function tellPlace(place, word) {
  placeWord = word;
  showPlaceWish();
  wallet.setPlace(place).then(() => view.show(wallet));
}

let placeWord = "place_help";
function showPlaceWish() {
  view.showPlace(placeWord);
}

// ---------------------------------------------------------------- what keeps it going

async function beat() {
  if (document.hidden) return;
  view.showCountdown(wallet);
  await wallet.tick();
  view.show(wallet); // time alone may have changed the stage
}

let awake = null;
/** A dark screen cannot be scanned. Where the browser has no wake lock, the phone decides. */
async function stayLit() {
  if (!navigator.wakeLock || document.hidden || wallet.stage !== "code") return;
  if (awake && !awake.released) return;
  try {
    awake = await navigator.wakeLock.request("screen");
  } catch (error) {
    if (error.name !== "NotAllowedError") throw error; // a low battery, say
  }
}

document.addEventListener("visibilitychange", async () => {
  if (document.hidden) return;
  await wallet.hurry();
  await stayLit();
});
globalThis.addEventListener("online", () => wallet.hurry());
globalThis.addEventListener("resize", () => view.show(wallet));
globalThis.addEventListener("hashchange", () => location.reload()); // another link in the same tab

showPlaceWish();
view.show(wallet);
keepPage();
await wallet.wakeUp();
setInterval(beat, BEAT_MS);
setInterval(stayLit, 10 * BEAT_MS);
await beat();
await stayLit();

/** Let the service worker keep the page; ask that the browser does not tidy the key away. */
async function keepPage() {
  if (!navigator.serviceWorker) return; // plain http, or an old browser: works online only
  await navigator.serviceWorker.register(scriptUrl("worker.js"));
  if (navigator.storage?.persist) await navigator.storage.persist();
}

/** The page's only script address made from a string; the policy allows no other. */
function scriptUrl(name) {
  if (!globalThis.trustedTypes) return name;
  const policy = trustedTypes.createPolicy("wallet", {
    createScriptURL: (asked) => {
      if (asked !== "worker.js") throw new TypeError("not a script of this page");
      return asked;
    },
  });
  return policy.createScriptURL(name);
}

function byId(id) {
  return document.getElementById(id);
}
