// What a phone keeps while it has no net: forms with their photos, each with its fate. Pages and the worker share it.
"use strict";

const Kept = (() => {
  const STORE = "items", TOKEN = "/outbox/token/", ALONE = "gezhi-outbox", BUSY = "busy";
  // The server knows a key again for seven days (trail/retention.py); what may have arrived is not sent after that.
  const SENT_SHOWN = 7 * 86400000, KNOWN_AGAIN = 6 * 86400000, FIRST_PAUSE = 15000, LONGEST_PAUSE = 900000, PATIENCE = 120000, SLOWEST = 4;
  // These are tried again by themselves; the others wait for the person.
  const GOES = new Set(["waiting", "sending", "sign_in"]);
  const NOT_KEPT = new Set(["csrfmiddlewaretoken"]);
  const channel = self.BroadcastChannel ? new BroadcastChannel(ALONE) : null;
  let opened;

  function open() {
    opened ??= new Promise((done, failed) => {
      const asked = indexedDB.open("gezhi", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "id" });
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
    });
    return opened;
  }

  // One transaction; it is on the disk when this is done.
  async function run(mode, act) {
    const base = await open();
    return new Promise((done, failed) => {
      const deal = base.transaction(STORE, mode, { durability: "strict" });
      let answer;
      act(deal.objectStore(STORE), (found) => { answer = found; });
      deal.oncomplete = () => done(answer);
      deal.onabort = () => failed(deal.error);
    });
  }

  // Taken out of the sending while somebody corrects it; undefined where it has gone, or may have.
  const CORRECTED = (item) => ["held", "unsure", "refused", "conflict"].includes(item.fate) || (item.fate === "waiting" && !item.attempted);
  const hold = (id) => run("readwrite", (store, say) => {
    store.get(id).onsuccess = ({ target: { result: item } }) => {
      if (!item || !CORRECTED(item)) return;
      if (item.fate === "waiting") store.put({ ...item, fate: "held" });
      say(item);
    };
  });

  const get = (id) => run("readonly", (store, say) => { store.get(id).onsuccess = ({ target }) => say(target.result); });
  // What has gone meanwhile is not written over: it would go again, under another key.
  const put = (item) => run("readwrite", (store) => {
    store.get(item.id).onsuccess = ({ target: { result: before, transaction } }) => {
      if (before && !CORRECTED(before)) transaction.abort();
      else store.put(item);
    };
  });
  const remove = (id) => run("readwrite", (store) => { store.delete(id); });

  async function all() {
    const found = await run("readonly", (store, say) => { store.getAll().onsuccess = ({ target }) => say(target.result); });
    return found.sort((one, other) => other.at - one.at);
  }

  // Only if it is still there, and still as the sender saw it: what was corrected meanwhile has another key.
  const change = (id, key, values) => run("readwrite", (store) => {
    store.get(id).onsuccess = ({ target }) => {
      if (target.result?.key === key) store.put({ ...target.result, ...values });
    };
  });

  // Is it still to be sent? Then it is under way from now on.
  const claim = ({ id, key }) => run("readwrite", (store, say) => {
    store.get(id).onsuccess = ({ target: { result: item } }) => {
      if (item?.key !== key || !GOES.has(item.fate)) return;
      store.put({ ...item, fate: "sending", attempted: item.attempted || Date.now() });
      say(true);
    };
  });

  function tell() {
    channel?.postMessage("changed");
    kept.changed?.();
  }

  function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  }

  // `data` as the form would send it: the photos as the very bytes, for the key stands for them too.
  // `again`: where the form stands to be corrected, if not at `action`.
  // `asked`: names of its written questions → what they are called. `attempted`: when it was first sent, so that it may
  // have arrived although nobody heard so.
  async function add(data, { person, action, again, label, asked, id = newKey(), at = Date.now(), attempted = 0, fate = "waiting" }) {
    const fields = [], files = [];
    for (const [name, value] of data) {
      if (typeof value === "string") { if (!NOT_KEPT.has(name)) fields.push([name, value]); }
      else if (value.name || value.size) files.push([name, value, value.name]);
    }
    const key = data.get("idempotency_key");
    await put({ id, key, person, action, again, label, asked, at, fields, files, photos: files.length, fate, tries: 0, next: 0, attempted });
    tell();
    return id;
  }

  async function drop(id) {
    await remove(id);
    tell();
  }

  // As it was: whoever began to correct it and did not.
  const release = (id, key) => change(id, key, { fate: "waiting", next: 0 });

  async function tidy() {
    const old = (await all()).filter((item) => item.fate === "sent" && item.sentAt < Date.now() - SENT_SHOWN);
    for (const item of old) await remove(item.id);
  }

  // Two tabs, or a tab and the worker: one sends at a time. (Twice would be harmless: the key.)
  function send({ force = false } = {}) {
    if (!navigator.locks) return turn(force);
    return navigator.locks.request(ALONE, { ifAvailable: true }, (lock) => lock && turn(force));
  }

  const matter = ({ action }) => new URL(action, location).pathname.split("/", 3).join("/");

  async function turn(force) {
    // Only what found no net or a busy server pauses; what was cut off, or waited for a sign-in, goes at once.
    const due = (item) => force || item.fate !== "waiting" || item.next <= Date.now();
    // What pauses goes along with what is due of the same matter: it was done first.
    const wait = (await all()).filter((item) => GOES.has(item.fate));
    const now = new Set(wait.filter(due).map(matter));
    const going = wait.filter((item) => now.has(matter(item)));
    if (!going.length) return;
    let who;
    try {
      who = await ask();
    } catch ({ message }) {
      for (const item of going) await again(item, message === BUSY);
      return;
    }
    // What comes after a step that has to wait waits too: it was done later.
    const stuck = new Set();
    for (const item of going.reverse()) {
      if (stuck.has(matter(item))) continue;
      if (!who) await change(item.id, item.key, { fate: "sign_in" });
      else if (item.person !== who.person) continue;
      else if (item.attempted && item.attempted < Date.now() - KNOWN_AGAIN) await change(item.id, item.key, { fate: "unsure" });
      else if (!(await sendOne(item, who.token))) break;
      else if ((await get(item.id))?.fate === "waiting") stuck.add(matter(item));
    }
    tell();
  }

  // Who is signed in, or null. Whoever signs in between this and the sending has another token: it is refused.
  async function ask() {
    const answer = await fetch(TOKEN, { cache: "no-store", redirect: "manual", headers: { Accept: "application/json" } });
    if (answer.type === "opaqueredirect" || answer.status === 401) return null;
    if (!answer.ok) throw new Error(BUSY);
    return answer.json();
  }

  function pause({ tries }) {
    return { tries: tries + 1, next: Date.now() + Math.min(FIRST_PAUSE * 2 ** tries, LONGEST_PAUSE) };
  }

  // `busy`: how often in a row the server itself has put it off; there is a net then.
  const again = (item, isBusy) => change(item.id, item.key, { fate: "waiting", busy: isBusy ? (item.busy ?? 0) + 1 : 0, ...pause(item) });

  // How long sending may take. Photos over a net of 32 kbit/s arrive, too: so many bytes in a millisecond at least.
  const patience = (least, photos) => least + photos.reduce((sum, { size }) => sum + size, 0) / SLOWEST;

  // False: there is no net, so the others need not be tried.
  async function sendOne(item, token) {
    if (!(await claim(item))) return true;
    tell();
    const body = new FormData(), stop = new AbortController();
    item.fields.forEach(([name, value]) => body.append(name, value));
    item.files.forEach(([name, file, called]) => body.append(name, file, called));
    const timer = setTimeout(() => stop.abort(), patience(PATIENCE, item.files.map(([, file]) => file)));
    try {
      const headers = { "X-Outbox": "1", "X-CSRFToken": token, Accept: "application/json" };
      const answer = await fetch(item.action, { method: "POST", body, headers, redirect: "manual", signal: stop.signal });
      await settle(item, answer, await told(answer));
      return true;
    } catch {
      await again(item);
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  async function told(answer) {
    if (answer.type === "opaqueredirect") return { fate: "sign_in" };
    if (answer.headers.get("Content-Type")?.startsWith("application/json")) return answer.json();
    const passes = answer.status >= 500 || answer.status === 429 || answer.status === 408;
    return passes ? {} : { fate: "refused", problems: {}, labels: {} };
  }

  function settle(item, answer, { fate, said = [], address = "", problems = {}, labels = {}, stands = "" }) {
    if (fate === "done") {
      const done = { fate: "sent", said, address, sentAt: Date.now(), fields: [], files: [] };
      return change(item.id, item.key, done);
    }
    if (fate === "refused" || fate === "conflict") return change(item.id, item.key, { fate, problems, labels, stands, attempted: 0 });
    if (fate === "sign_in") return change(item.id, item.key, { fate });
    return again(item, true);
  }

  const kept = { patience, get, hold, release, all, add, drop, send, tidy, newKey, changed: null };
  if (channel) channel.onmessage = () => kept.changed?.();
  return kept;
})();
