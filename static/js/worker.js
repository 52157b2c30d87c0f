// The service worker: files and pages last seen, for reading without a net; forms whose sending failed for lack of one.
// `TOLD` comes before this, from the server.
"use strict";

const SHELL = `gezhi-shell-${TOLD.release}`, PAGES = "gezhi-pages", WHO = "gezhi-who";
const MOST_DAYS = 3 * 86400000, MOST_PAGES = 80, MOST_AT_ONCE = 30, GONE = [403, 404, 410], FRESH = 600000, SAME = 12 * 3600000, PATIENCE = 8000;
// How long a form is waited for without its photos and at most (a browser ends a worker that takes five minutes), and
// what says "again later".
const SENDING = 30000, MOST_SENDING = 240000, BUSY = [502, 503, 504], SIGNS = [TOLD.login, TOLD.logout];
const ON_ISSUE = "/i/[\\w-]+/(?:[\\w-]+/|(?:callee|task|decision)s/\\d+/[\\w-]+/)";
// Of volunteering: one's own shifts and hours, the list of whoever runs an activity, the duties of a pairing.
const HOURS = "/volunteers/mine/hours/new/", DUTY = "/volunteers/pairings/\\d+/[\\w-]+/";
const READABLE = new RegExp(`^(?:/|/report/(?:[\\w-]+/)?|${ON_ISSUE}?|/(?:notices|grid|outbox|outside)/|/volunteers/(?:mine/(?:goods|shifts|pairings)|run/\\d+|pairings/\\d+)/|${HOURS}|${DUTY})$`);
const SENDABLE = new RegExp(`^(?:/report/[\\w-]+/|${ON_ISSUE}|/outside/|${HOURS}|${DUTY}|/volunteers/sign-ups/\\d+/(?:check_in|check_out|no_show)/)$`);
// Opening a notice marks it on the way; without a net the page that it leads to may be kept all the same.
const OPENING = /^\/notices\/\d+\/read\/$/;
// The staff's desk, other systems, and what residents open by a secret: none of our business.
const OTHERS = /^\/(?:admin|api|f|r|calendar|open311)(?:\/|$)/;
// What a form is called, as its page told just before it was sent: key → label, person, and what it asked.
const labels = new Map();
// Goes up when pages are dropped: what was on its way then is not kept any more.
let turn = 0;
// Pages still to be kept, as [address, stamp], and who is at it: one at a time, the last page's wishes first.
let wanted = [], running = null;
// The form that was sent last, where its answer led to another page: until that page is asked for, it may be lost yet.
let led = null;

self.addEventListener("install", (event) => {
  const fresh = [...TOLD.shell, TOLD.offline].map((address) => new Request(address, { cache: "reload" }));
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const names = await caches.keys(), old = names.filter((one) => one.startsWith("gezhi-shell-") && one !== SHELL);
    // Kept pages name the files of their release.
    await Promise.all((old.length ? [...old, PAGES] : []).map((one) => caches.delete(one)));
    await dropOld();
    await self.clients.claim();
  })());
});

self.addEventListener("message", (event) => {
  const { keep, key, ...told } = event.data;
  if (keep) wish(event, keep);
  if (key) labels.set(key, told);
});

// Beside what earlier pages wished for: whoever leaves Today at once still has its matters on the phone.
function wish(event, pages) {
  const named = new Set(pages.map(([address]) => address));
  wanted = [...pages, ...wanted.filter(([address]) => !named.has(address))].slice(0, MOST_AT_ONCE);
  running ??= keepAll().finally(() => { running = null; });
  event.waitUntil(running);
}

self.addEventListener("sync", (event) => {
  if (event.tag === "outbox") event.waitUntil(sync());
});

// What still waits afterwards makes it fail, so that the browser tries again by itself.
async function sync() {
  await Kept.send({ force: true });
  if ((await Kept.all()).some(({ fate }) => fate === "waiting")) throw new Error("waits");
}

self.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method === "GET" && TOLD.shell.includes(url.pathname)) event.respondWith(fromShell(request));
  if (request.mode !== "navigate" || OTHERS.test(url.pathname)) return;
  if (request.method === "POST") return post(event, request, url);
  const sent = led;
  led = null;
  if (sent && url.pathname === TOLD.login && url.searchParams.get("next") === sent.address) event.respondWith(keepSignedOut(sent).catch(() => say(TOLD.full)));
  else if (READABLE.test(url.pathname)) event.respondWith(read(event, request, url));
  else event.respondWith(plain(event, request, url));
});

async function fromShell(request) {
  return (await caches.match(request, { cacheName: SHELL, ignoreVary: true })) ?? fetch(request);
}

// --- reading: the net first ---------------------------------------------------------------------------------
async function read(event, request, url) {
  url.hash = "";
  const began = turn, asked = fetch(request);
  const late = asked.then((answer) => {
    if (answer.ok) event.waitUntil(keep(url.href, answer.clone(), began));
    else if (GONE.includes(answer.status)) event.waitUntil(drop(url.href));
    return answer;
  });
  try {
    const kept = await find(url.href);
    return await (kept ? Promise.race([late, slow()]) : late);
  } catch {
    late.catch(() => {});
    return (await again(url.href)) ?? (await stepKept(url)) ?? (await offline());
  }
}

// A step that waits is opened to be corrected: its form stands on the page of its matter, too.
async function stepKept(url) {
  const matter = url.pathname.match(/^\/i\/[\w-]+\//)?.[0];
  return matter && again(new URL(matter, url).href);
}

function slow(after = PATIENCE) {
  return new Promise((_, failed) => setTimeout(() => failed(new Error("slow")), after));
}

async function plain(event, request, url) {
  try {
    const answer = await fetch(request);
    // Whoever sees the page for signing in is signed out: nobody's pages stay on the phone.
    if (url.pathname === TOLD.login && answer.ok) event.waitUntil(dropPages());
    return answer;
  } catch {
    return offline();
  }
}

async function offline() {
  const kept = await caches.match(TOLD.offline, { cacheName: SHELL, ignoreVary: true });
  return kept ?? say(TOLD.words);
}

async function find(address) {
  const kept = await (await caches.open(PAGES)).match(address, { ignoreVary: true });
  return kept && Date.now() - Number(kept.headers.get("X-Kept-At")) < MOST_DAYS ? kept : undefined;
}

// What the person may not read any more, or what is too old to be shown.
const drop = async (address) => (await caches.open(PAGES)).delete(address, { ignoreVary: true });

async function dropOld() {
  const cache = await caches.open(PAGES);
  for (const one of await cache.keys()) if (!(await find(one.url))) await cache.delete(one);
}

// A kept page says so itself.
async function again(address) {
  const kept = await find(address);
  if (!kept) return undefined;
  const text = (await kept.text()).replace("<html ", `<html data-kept="${kept.headers.get("X-Kept-At")}" `);
  return new Response(text, { headers: kept.headers });
}

// Only pages of somebody who is signed in, and only of one person at a time.
async function keep(address, answer, began, stamp = "") {
  const text = await answer.text(), person = text.match(/<html[^>]* data-person="(\d+)"/)?.[1];
  if (!person || began !== turn) return;
  const who = await caches.open(WHO), before = await (await who.match(TOLD.login))?.text();
  if (before !== person) {
    await caches.delete(PAGES);
    await who.put(TOLD.login, new Response(person));
  }
  const headers = new Headers(answer.headers), cache = await caches.open(PAGES);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
  headers.set("X-Kept-At", Date.now());
  headers.set("X-Kept-Stamp", stamp);
  // What was said once is not said again.
  const quiet = text.replace(/<div class="messages"[\s\S]*?<\/div>/, "");
  if (began !== turn) return;
  await cache.put(address, new Response(quiet, { headers }));
  const keys = await cache.keys();
  for (const one of keys.slice(0, Math.max(0, keys.length - MOST_PAGES))) await cache.delete(one);
}

// Pages that may be wanted without a net, one after the other; with the same stamp not again soon.
async function keepAll() {
  await dropOld();
  while (wanted.length) {
    const began = turn;
    const [address, stamp] = wanted.shift();
    const url = new URL(address, self.location.origin), kept = await find(url.href);
    if (url.origin !== self.location.origin || !READABLE.test(url.pathname) || began !== turn) continue;
    const age = kept ? Date.now() - Number(kept.headers.get("X-Kept-At")) : Infinity;
    if (age < (stamp && kept?.headers.get("X-Kept-Stamp") === stamp ? SAME : stamp ? 0 : FRESH)) continue;
    let answer;
    try {
      answer = await fetch(url, { headers: { "X-Keep": "1" } });
    } catch {
      return;
    }
    if (GONE.includes(answer.status)) await drop(url.href);
    if (!answer.ok) continue;
    if (answer.redirected && READABLE.test(new URL(answer.url).pathname)) await keep(answer.url, answer.clone(), began, stamp);
    await keep(url.href, answer, began, stamp);
  }
}

// What is kept, the newest first.
async function keptPages() {
  const keys = await (await caches.open(PAGES)).keys(), addresses = keys.map((one) => new URL(one.url));
  return addresses.reverse().map(({ pathname, search }) => [pathname + search, ""]);
}

async function dropPages() {
  turn += 1;
  wanted = [];
  await Promise.all([caches.delete(PAGES), caches.delete(WHO)]);
}

// --- sending: the browser sends; what fails for lack of a net is kept -------------------------------------------
function post(event, request, url) {
  if (TOLD.drops.includes(url.pathname)) {
    event.respondWith(leave(event, request, url));
  } else if (SENDABLE.test(url.pathname)) {
    event.respondWith(send(request, url));
  } else if (OPENING.test(url.pathname)) {
    const copy = request.clone();
    event.respondWith(fetch(request).catch(() => goOn(copy)));
  } else {
    event.respondWith(fetch(request).catch(offline));
  }
}

// Kept where there is no net, an answer takes too long, or whoever stands before the platform says that it is busy. It
// may arrive all the same: its key makes it harmless that it is sent again.
async function send(request, url) {
  const data = await request.clone().formData().catch(() => null);
  if (!data) return fetch(request).catch(offline);
  const told = labels.get(data.get("idempotency_key"));
  const photos = Array.from(data.values()).filter(({ size }) => size);
  const most = Math.min(Kept.patience(SENDING, photos), MOST_SENDING);
  const answer = await Promise.race([fetch(request), slow(most)]).catch(() => null);
  if (!answer || BUSY.includes(answer.status)) return keepForm(data, told, url, answer).catch(() => say(TOLD.full));
  if (told && answer.type === "opaqueredirect") led = { data, told, path: url.pathname, address: url.pathname + url.search };
  return answer;
}

// Whoever signs out without a net takes their pages along all the same.
async function leave(event, request, url) {
  if (url.pathname === TOLD.logout) await dropPages();
  try {
    const answer = await fetch(request);
    // In another language or size they are wanted as before.
    const pages = SIGNS.includes(url.pathname) ? [] : await keptPages();
    await dropPages();
    event.waitUntil(renewOffline().catch(() => {}));
    wish(event, pages);
    return answer;
  } catch {
    return url.pathname === TOLD.logout ? say(TOLD.still) : offline();
  }
}

// The page for "no net" in the language that holds now. Whoever must first choose a password is led elsewhere: that
// page is theirs alone.
async function renewOffline() {
  const answer = await fetch(TOLD.offline, { cache: "reload" });
  if (answer.ok && !answer.redirected) await (await caches.open(SHELL)).put(TOLD.offline, answer);
}

// "Change something first" is a question to the server, not a report: the page stays as it is, and says why.
async function stay(url) {
  for (const page of await self.clients.matchAll({ type: "window" })) page.postMessage({ noNet: url.pathname });
  return new Response(null, { status: 204 });
}

async function goOn(copy) {
  const way = (await copy.formData()).get("open"), to = way && new URL(way, self.location.origin);
  return to?.origin === self.location.origin ? Response.redirect(to.href, 303) : offline();
}

function say(words) {
  return new Response(words, { status: 503, headers: { "Content-Type": "text/plain; charset=utf-8" } });
}

async function keepForm(data, told, url, answer) {
  if (data.get("join") === "back" || data.has("look")) return stay(url);
  if (!told) return answer ?? offline();
  await Kept.add(data, { ...told, action: url.pathname, attempted: Date.now() });
  await self.registration.sync?.register("outbox").catch(() => {});
  return Response.redirect(TOLD.outbox, 303);
}

// The answer led to the page for signing in: nothing was done. Signed in, the person comes to the outbox, which sends it.
async function keepSignedOut({ data, told, path }) {
  await Kept.add(data, { ...told, action: path, fate: "sign_in" });
  return Response.redirect(`${TOLD.login}?next=${TOLD.outbox}&kept=1`, 303);
}
