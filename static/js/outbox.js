// The phone pages without a net: what is sent is kept (kept.js), what was kept is shown, corrected and thrown away.
"use strict";

(() => {
  const html = document.documentElement, me = html.dataset.person;
  const MOST_KEPT_PAGES = 30, EVERY = 20000, MOST_SHOWN = 40, SEVERAL = 2;
  // Where a form's own words stand, by what its question is called.
  const WORDS = ["text", "pasted", "note", "what"];
  const one = (selector, within = document) => within.querySelector(selector);
  const show = (selector) => { const found = one(selector); if (found) found.hidden = false; return found; };
  const path = (form) => new URL(form.action, location.href).pathname;
  const outbox = one("a[data-outbox-link]")?.pathname;
  if (!me || !window.indexedDB || !outbox) return;

  // As the server's pages do it (governance/foreign_words.py): elsewhere Chinese words say that they are Chinese.
  const CHINESE = /(\p{Script=Han}(?:[\p{Script=Han}\d\u3001-\u303f\uff01-\uff65·—…. -]*[\p{Script=Han}\u3001-\u303f\uff01-\uff65])?)/u;
  const marked = (text) => (html.lang.startsWith("zh") ? [text] : text.split(CHINESE).map((part, place) => (
    place % 2 ? Object.assign(document.createElement("bdi"), { lang: "zh-Hans", textContent: part }) : part)));
  const element = (tag, text, more) => {
    const made = Object.assign(document.createElement(tag), more);
    made.append(...marked(text));
    return made;
  };

  // --- the worker ---
  const worker = navigator.serviceWorker;
  worker?.register("/sw.js", { updateViaCache: "none" }).catch(() => {});
  // At once, where there is one already: the page may be left before it has been asked for anew.
  if (worker) wish().catch(() => {});

  // `more`: pages with their stamps, before those that the page leads to.
  async function wish(more = []) {
    const { active } = await worker.ready;
    if (html.dataset.kept || navigator.connection?.saveData) return;
    const links = new Map();
    document.querySelectorAll("a[data-keep]").forEach((link) => links.set(link.pathname + link.search, link.dataset.keep));
    // What has no stamp comes first: the few pages that everything starts from.
    const wanted = Array.from(links).sort(([, one], [, other]) => Boolean(one) - Boolean(other));
    active.postMessage({ keep: [...more, ...wanted].slice(0, MOST_KEPT_PAGES) });
  }

  // Today renews its list while it stands open. What came with it is kept too, and the list itself where it is another.
  const listed = () => Array.from(document.querySelectorAll("a[data-keep]"), (link) => link.href + link.dataset.keep).join();
  let before = listed();
  document.addEventListener("htmx:afterSettle", () => {
    // It is as of now again: there are no forms on it that would send a key twice.
    delete html.dataset.kept;
    one("#kept-page").hidden = true;
    const isOther = listed() !== before;
    before = listed();
    if (worker) wish(isOther ? [[location.pathname + location.search, String(Date.now())]] : []).catch(() => {});
  });

  // --- a page from before ---
  function when(at) {
    return new Date(at).toLocaleString(html.lang, { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });
  }

  if (html.dataset.kept) {
    one("time", show("#kept-page")).textContent = when(Number(html.dataset.kept));
    // Shown twice, it would send the same key twice.
    document.querySelectorAll("form[data-outbox]").forEach(renew);
    // Nor is the day on which it was kept today's.
    document.querySelectorAll("input[data-today]").forEach((day) => { day.value = localMinute().slice(0, 10); });
  }

  // --- sending without a net ---
  document.addEventListener("submit", (event) => {
    const form = event.target, { item } = form.dataset;
    if (event.defaultPrevented) return;
    if (event.submitter?.matches("[data-needs-net]")) {
      // The server asked its question on a page that is not from before.
      if (navigator.onLine && !(html.dataset.kept && form.matches("[data-outbox]"))) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      return sayNoNet();
    }
    if (!form.matches("form[data-outbox]")) return;
    const key = form.elements.idempotency_key.value, at = form.elements.occurred_at;
    // Whichever way it goes, it says when it was tapped: the same key stands for the same words. Of what is only read
    // the last tap counts.
    if (at && saysWhen(form) && (!at.value || (form.dataset.when === "last" && !item))) at.value = localMinute();
    if (navigator.onLine && !html.dataset.kept && !item) {
      worker?.controller?.postMessage({ key, ...toldOf(form) });
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.dataset.keeping) return;
    form.dataset.keeping = "1";
    keep(form, item, event.submitter).then(() => leave(form), () => {
      delete form.dataset.keeping;
      show("#kept-not").scrollIntoView();
    });
  }, true);

  // Of what only the server can answer; the worker says it where the browser believed in a net that was none.
  const sayNoNet = () => show("#needs-net")?.scrollIntoView();
  worker?.addEventListener("message", ({ data }) => { if (data.noNet === location.pathname) sayNoNet(); });

  function keep(form, id, button) {
    const data = new FormData(form, button), told = { action: path(form), ...toldOf(form) };
    // Older browsers leave out the button that was pressed, which says which kind of whistle it is.
    if (button?.name && !data.has(button.name)) data.append(button.name, button.value);
    if (form.elements.occurred_at && !data.get("occurred_at")) data.set("occurred_at", localMinute());
    navigator.storage?.persist?.();
    return Kept.add(data, id ? { ...told, id } : told);
  }

  const toldOf = (form) => ({ person: me, label: form.dataset.outbox, again: form.dataset.again, asked: asked(form) });

  // What its written questions are called: where the form is not offered any more, nobody else could say so.
  function asked(form) {
    const written = "textarea, input:not([type=hidden], [type=file], [type=radio], [type=checkbox]), [data-asked]";
    const called = (field) => field.dataset.asked ?? field.labels[0]?.firstChild.textContent.trim() ?? "";
    return Object.fromEntries(Array.from(form.querySelectorAll(written), (field) => [field.name, called(field)]));
  }

  // As the form's own field has it, in the platform's time.
  function localMinute() {
    return new Date().toLocaleString("sv", { timeZone: html.dataset.zone }).slice(0, 16).replace(" ", "T");
  }

  function leave(form) {
    delete form.dataset.keeping;
    delete form.dataset.item;
    form.reset();
    worker?.ready.then(({ sync }) => sync?.register("outbox")).catch(() => {});
    if (form.dataset.stays) return stands(form).focus();
    if (worker?.controller || navigator.onLine) location.assign(outbox);
    else show("#kept-here").scrollIntoView();
    renew(form);
  }

  // Elsewhere the moment is a question of the form, or none.
  function saysWhen({ dataset }) {
    return "stays" in dataset || "when" in dataset;
  }

  // As if it came from the server: what is sent with it is another wish, of another moment.
  function renew(form) {
    form.elements.idempotency_key.value = Kept.newKey();
    if (form.elements.occurred_at && saysWhen(form)) form.elements.occurred_at.value = "";
  }

  // One tap of many on a page: it says there that it is kept, and the next can follow. The words → what stood there.
  const standing = new Map();
  function stands(form) {
    const said = Object.assign(document.createElement("p"), { className: "badge info", tabIndex: -1, textContent: form.dataset.stays });
    const box = form.parentElement;
    standing.set(said, { box, address: path(form) });
    box.replaceWith(said);
    return said;
  }

  // On a page from before, what was tapped since. What was refused can be tapped again; once all has gone the page is
  // asked for anew: only taps stand on it.
  function markTaps(items) {
    if (location.hash.startsWith("#kept-")) return;
    const waits = ({ fate }) => fate === "waiting" || fate === "sending" || fate === "sign_in";
    const last = (address) => items.find(({ action }) => action === address);
    document.querySelectorAll("form[data-stays]").forEach((form) => {
      const item = form.isConnected && last(path(form));
      if (item && waits(item)) stands(form);
    });
    for (const [said, { box, address }] of standing) {
      const item = last(address);
      if (item && (waits(item) || item.fate === "sent")) continue;
      said.replaceWith(box);
      standing.delete(said);
    }
    const fates = Array.from(standing.values(), ({ address }) => last(address).fate);
    if (fates.length && fates.every((fate) => fate === "sent")) location.reload();
  }

  // --- what is kept, on every page a number ---
  async function tellAll() {
    const items = (await Kept.all()).filter(({ person }) => person === me);
    const open = items.filter(({ fate }) => fate !== "sent").length;
    document.querySelectorAll("a[data-outbox-badge]").forEach((badge) => {
      badge.hidden = !open;
      one("[data-outbox-count]", badge).textContent = open;
    });
    if (one("#outbox")) draw(items);
    markTaps(items);
  }

  // Id → its row with what it was last drawn from. A row stays the same element as long as its item is there: whoever is
  // on one with the keys, or hears it read, is not thrown out of it by what happens to the others.
  const rows = new Map();
  function draw(items) {
    const list = one("#outbox"), kept = new Set(items.map(({ id }) => id));
    const at = list.contains(document.activeElement) ? document.activeElement : null;
    const place = Array.from(list.children).indexOf(at?.closest("#outbox > li"));
    one("#outbox-cannot").hidden = true;
    one("#outbox-empty").hidden = items.length > 0;
    rows.forEach(({ made }, id) => { if (!kept.has(id)) { made.remove(); rows.delete(id); } });
    items.forEach((item, index) => {
      const { made } = row(item);
      if (list.children[index] !== made) list.insertBefore(made, list.children[index] ?? null);
    });
    if (at) stay(at, list.children[Math.min(place, items.length - 1)] ?? one("#outbox-empty"));
  }

  // What one was on is gone: then on its row, else on the one that has come to its place.
  function stay(at, instead) {
    if (at.isConnected && !at.hidden) { if (document.activeElement !== at) at.focus({ preventScroll: true }); return; }
    const row = at.isConnected ? at.closest("#outbox > li") : instead;
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
  }

  function row(item) {
    const { files, fields, next, tries, ...seen } = item, now = JSON.stringify(seen), known = rows.get(item.id) ?? begin(item);
    known.item = item;
    if (known.drawn !== now) fillRow(known.made, item);
    known.drawn = now;
    return known;
  }

  function begin({ id }) {
    const made = one("#outbox-item").content.cloneNode(true).firstElementChild, known = { made };
    one("[data-send]", made).addEventListener("click", async ({ currentTarget }) => {
      if (known.item.fate === "held") await Kept.release(id, known.item.key);
      await Kept.send({ force: true });
      if ((await Kept.get(id))?.fate === "waiting") one("[data-said]", made).textContent = currentTarget.dataset.still;
    });
    one("[data-drop]", made).addEventListener("click", ({ currentTarget }) => {
      const sure = [currentTarget.dataset.sure, written(known.item)].filter(Boolean).join("\n\n");
      if (known.item.fate === "sent" || confirm(sure)) Kept.drop(id);
    });
    rows.set(id, known);
    return known;
  }

  // How its words begin: several from one place differ by little else.
  function written({ fields = [] }) {
    const text = fields.find(([name, value]) => WORDS.includes(name) && value.trim())?.[1].trim().replace(/\s+/g, " ") ?? "";
    const signs = Array.from(text);
    return signs.length > MOST_SHOWN ? `${signs.slice(0, MOST_SHOWN).join("")}…` : text;
  }

  function fillRow(made, item) {
    // The server was there and put it off several times: it does not wait for a net.
    const isBusy = item.fate === "waiting" && item.busy >= SEVERAL;
    const part = (name) => one(`[data-${name}]`, made), says = (what) => one(`#outbox-words [data-${what}=${isBusy ? "busy" : item.fate}]`);
    const word = says("word"), words = written(item);
    made.dataset.fate = item.fate;
    if (part("badge").textContent !== word.textContent) part("badge").textContent = word.textContent;
    part("badge").className = `badge ${word.dataset.badge}`;
    part("label").replaceChildren(...marked(item.label));
    part("at").textContent = when(item.at);
    part("written").hidden = !words;
    part("written").replaceChildren(...marked(words));
    part("photos").hidden = !item.photos;
    one("span", part("photos")).textContent = item.photos;
    part("meaning").textContent = says("meaning").textContent;
    part("said").replaceChildren(...marked([...(item.said ?? []), item.stands ?? ""].join(" ").trim()));
    part("problems").replaceChildren(...(item.fate === "refused" || item.fate === "conflict" ? problems(item) : []));
    const goes = ["waiting", "sending", "held"].includes(item.fate), stuck = ["refused", "conflict", "held", "unsure"].includes(item.fate);
    part("open").href = item.address || item.action.replace(/^(\/i\/[\w-]+\/).*/, "$1");
    part("open").hidden = !(item.address || (item.fate === "conflict" && item.action.startsWith("/i/")));
    part("sign-in").hidden = item.fate !== "sign_in";
    part("correct").href = `${item.again ?? item.action}#kept-${item.id}`;
    part("correct").hidden = !stuck && !(item.fate === "waiting" && !item.attempted);
    part("send").hidden = !goes;
  }

  const named = (label, text) => (label ? `${label} · ${text}` : text);

  function problems({ fate, problems, labels }) {
    const found = Object.entries(problems).flatMap(([name, texts]) => texts.map((text) => named(labels[name], text)));
    // Whoever stands before the platform has refused it, and says nothing that could be shown.
    if (!found.length && fate === "refused") found.push(one("#outbox-words [data-unnamed]").textContent);
    return found.map((text) => element("li", text));
  }

  // --- correcting: the form's own page, filled again ---
  async function refill() {
    const id = location.hash.match(/^#kept-([\w-]+)$/)?.[1], kept = id && (await Kept.get(id));
    if (!kept || kept.person !== me) return;
    const item = await Kept.hold(id);
    // It has gone meanwhile, or is under way: its fate stands there.
    if (!item) return location.replace(outbox);
    const form = Array.from(document.querySelectorAll("form[data-outbox]")).find((each) => path(each) === item.action);
    if (!form && html.dataset.kept) {
      if (item.fate === "waiting") await Kept.release(id, item.key);
      return show("#kept-later").focus();
    }
    if (!form) return strand(item);
    form.dataset.item = id;
    const files = item.files.map(([name, file, called]) => [name, new File([file], called, { type: file.type })]);
    // Photos that wait on the server may be what is wrong: named again, they would be refused for ever.
    const fields = item.problems?.photos ? item.fields.filter(([name]) => name !== "kept") : item.fields;
    fillAgain(form, [...fields, ...files]);
    const above = blame(form, item), notice = show("#kept-again");
    if (fields.length < item.fields.length) one("[data-left-out]", notice).hidden = false;
    notice.append(...above.map((text) => element("p", text)));
    form.prepend(notice);
    notice.focus();
  }

  // The server's words beside their questions; what has no question here comes back, for above the form.
  function blame(form, { problems = {}, labels = {} }) {
    const above = [];
    for (const [name, texts] of Object.entries(problems)) {
      const found = name && form.elements.namedItem(name), field = found?.length && !found.options ? found[0] : found;
      const box = field?.closest?.("fieldset.field, .field");
      if (!box) { above.push(...texts.map((text) => named(labels[name], text))); continue; }
      const list = Object.assign(document.createElement("ul"), { className: "errors", id: `kept-${name}-error` });
      list.append(...texts.map((text) => element("li", text)));
      box.firstElementChild.after(list);
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", [field.getAttribute("aria-describedby"), list.id].filter(Boolean).join(" "));
      unfold(field);
    }
    return above;
  }

  // The form is not offered any more: what was written is shown, and photos can be taken out, so that nothing is lost.
  function strand({ fields, files, asked }) {
    const notice = show("#kept-stranded"), photos = Object.assign(document.createElement("ul"), { className: "previews" });
    // An earlier release kept no names of questions: then everything, however it looks.
    const isWritten = (name) => (asked ? name in asked : !["idempotency_key", "version"].includes(name));
    const written = fields.filter(([name, value]) => value && isWritten(name));
    photos.append(...files.map((file, place) => saved(file, place + 1, notice.dataset)));
    notice.append(...written.map(([name, value]) => quoted(asked?.[name], value)), photos);
    notice.focus();
  }

  function quoted(label, value) {
    const line = element("p", value, { className: "words" });
    if (label) line.prepend(element("strong", label), document.createElement("br"));
    return line;
  }

  function saved([, file, called], number, { photo, save }) {
    const item = document.createElement("li"), named = (words) => words.replace("{number}", number);
    const address = URL.createObjectURL(file), picture = Object.assign(document.createElement("img"), { src: address, alt: named(photo) });
    item.append(picture, Object.assign(document.createElement("a"), { href: address, download: `${number}-${called}`, textContent: named(save) }));
    return item;
  }

  // --- by itself ---
  Kept.changed = () => tellAll().catch(() => {});
  window.addEventListener("online", async () => {
    await Kept.send({ force: true });
    // A page from before in which nothing can be written gives way to the one that holds now.
    if (html.dataset.kept && !one("form[data-outbox], #outbox")) location.reload();
  });
  window.addEventListener("pageshow", () => Kept.changed());
  window.addEventListener("hashchange", () => { if (location.hash.startsWith("#kept-")) location.reload(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) Kept.send(); });
  setInterval(() => { if (!document.hidden && navigator.onLine) Kept.send(); }, EVERY);
  document.addEventListener("DOMContentLoaded", () => refill().catch(() => {}));
  Kept.tidy().then(Kept.changed).then(() => Kept.send()).catch(() => {});
})();
