// The service worker: keeps the page itself, so that it opens without a network.
//
// Central puts a line before this text: self.SHELL = {"version": "…", "files": […]}. Any change of
// any file changes the version, and thereby this text, so the browser installs the new one whole.

const CACHE = `wallet-${self.SHELL.version}`;
const PAGE = "index.html";

self.addEventListener("install", (event) => {
  event.waitUntil(fill().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOthers().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  const scope = new URL(self.registration.scope).pathname;
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (!pathname.startsWith(scope)) return; // calls of central are never kept
  const name = request.mode === "navigate" ? PAGE : pathname.slice(scope.length);
  event.respondWith(answer(name, request));
});

async function fill() {
  const cache = await caches.open(CACHE);
  await cache.addAll(self.SHELL.files.map((name) => new Request(name, { cache: "reload" })));
}

async function dropOthers() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("wallet-") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

async function answer(name, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(name)) ?? fetch(request);
}
