// Keeps the whole site of one build, so that it opens without a network and nothing mixes builds.
const BUILD = "@build@";
const FILES = ["@files@"];
const NAME = `convcalc-${BUILD}`;

self.addEventListener("install", (event) => {
  const kept = caches.open(NAME).then((cache) =>
    cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" }))));
  event.waitUntil(kept.then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names
    .filter((name) => name.startsWith("convcalc-") && name !== NAME)
    .map((name) => caches.delete(name))));
  event.waitUntil(old.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(caches.open(NAME)
    .then((cache) => cache.match(request, { ignoreSearch: true }))
    .then((found) => found ?? fetch(request)));
});
