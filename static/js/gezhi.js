// Small comforts; every page works without them.
"use strict";

document.documentElement.classList.add("js");

const LONGEST_SIDE = 1600;
const QUALITY = 0.82;
const SENT_SHOWN = 15000;
const TYPED = "gezhi-typed";

// A phone's photo is drawn anew before it is sent: smaller, and without its metadata, however small it was.
async function shrink(file) {
  if (!file.type.startsWith("image/") || !window.createImageBitmap) return file;
  let picture;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    return blob ? new File([blob], "photo.jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file;
  } finally {
    picture?.close();
  }
}

// Forms whose photos are not ready yet: sent now, they would go as they were taken.
const preparing = new Map();

// The photos of each field as they will be sent: the browser's own field forgets them when others are chosen.
const photos = new WeakMap();

// What is chosen comes beside what is there; whoever chooses nothing changes nothing.
async function takePhotos(input) {
  const small = [];
  // One after the other: six pictures of a new camera at once are more than a small phone's memory holds.
  for (const file of Array.from(input.files)) small.push(await shrink(file));
  setPhotos(input, [...(photos.get(input) ?? []), ...small]);
}

function setPhotos(input, all) {
  const box = input.closest("[data-photos]"), basket = new DataTransfer();
  // Those that wait on the server since a question was asked count too.
  const most = Number(input.dataset.most) - input.form.querySelectorAll("input[name=kept]").length;
  const taken = all.slice(0, Math.max(0, most));
  taken.forEach((file) => basket.items.add(file));
  photos.set(input, taken);
  input.files = basket.files;
  box.querySelector(".previews").replaceChildren(...taken.map((file, place) => preview(input, file, place)));
  const said = taken.length < all.length ? box.dataset.full : box.dataset.count;
  box.querySelector("[role=status]").textContent = said.replace("{number}", taken.length);
}

function preview(input, file, place) {
  const item = document.createElement("li"), picture = document.createElement("img"), button = document.createElement("button");
  const { photo, remove, removes } = input.closest("[data-photos]").dataset;
  picture.alt = photo.replace("{number}", place + 1);
  picture.src = URL.createObjectURL(file);
  picture.onload = () => URL.revokeObjectURL(picture.src);
  button.type = "button";
  button.textContent = remove;
  button.setAttribute("aria-label", removes.replace("{number}", place + 1));
  button.addEventListener("click", () => removePhoto(input, place));
  item.append(picture, button);
  return item;
}

// Whoever goes by keys stays where they were: on the next photo, the last one, or the field.
function removePhoto(input, place) {
  setPhotos(input, photos.get(input).filter((_, other) => other !== place));
  const left = input.closest("[data-photos]").querySelectorAll(".previews button");
  (left[Math.min(place, left.length - 1)] ?? input).focus();
}

function locate(button) {
  const says = document.querySelector("[data-locate-says]");
  const denied = () => { says.textContent = button.dataset.denied; says.hidden = false; };
  navigator.geolocation.getCurrentPosition(({ coords }) => {
    const where = new URLSearchParams({ lat: coords.latitude.toFixed(5), lon: coords.longitude.toFixed(5) });
    location.assign(`${button.dataset.locate}?${where}`);
  }, denied, { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 });
}

async function copy(button) {
  const field = document.getElementById(button.dataset.copy);
  field.select();
  await navigator.clipboard.writeText(field.value);
  button.textContent = button.dataset.done;
}

// A template goes to the end of what is there: nothing that was written is lost.
function fill(select) {
  const text = select.selectedOptions[0]?.dataset.text;
  const area = document.getElementById(select.dataset.fill);
  if (!text || !area) return;
  area.value = [area.value.trim(), text].filter(Boolean).join("\n");
  area.focus();
}

// On a narrow page each row of a staff table is a card; it needs its heads beside its cells. A dash is left out, but where
// the page says what it means.
function labelCells(table) {
  const means = table.closest("[data-dashes]") !== null;
  const heads = Array.from(table.querySelectorAll("thead th"), (head) => head.textContent.trim());
  table.querySelectorAll("tbody tr").forEach((row) => {
    Array.from(row.cells).forEach((cell, place) => {
      cell.dataset.label = heads[place] ?? "";
      cell.classList.toggle("gz-none", !means && cell.textContent.trim() === "—");
    });
  });
  table.classList.add("gz-cards");
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-fill]")) fill(event.target);
  if (event.target.matches("[data-photos] input[type=file]")) {
    const { form } = event.target, work = Promise.all([preparing.get(form), takePhotos(event.target)]);
    preparing.set(form, work);
    work.finally(() => { if (preparing.get(form) === work) preparing.delete(form); });
  }
});

document.addEventListener("submit", (event) => {
  const work = preparing.get(event.target), { target: form, submitter } = event;
  if (!work) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  work.finally(() => form.requestSubmit(submitter));
}, true);

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.locate) locate(button);
  if (button?.dataset.copy) copy(button);
  if (button?.matches("[data-print]")) window.print();
});

// The key in the form already makes a double tap harmless; this only shows that the first one was heard. Whoever has
// stopped the loading, or still sees this page after a while, may send again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
  form.querySelectorAll("button").forEach((one) => one.setAttribute("aria-disabled", "true"));
  setTimeout(() => release(form), SENT_SHOWN);
});

document.addEventListener("reset", ({ target: form }) => {
  form.querySelectorAll("[data-photos] input[type=file]").forEach((input) => { if (photos.get(input)?.length) setPhotos(input, []); });
});

function release(form) {
  delete form.dataset.sent;
  form.querySelectorAll("button").forEach((one) => one.removeAttribute("aria-disabled"));
}

// Another text size without losing what was written: the page stays, the server is told meanwhile.
let written = false;
const unsent = () => written || document.querySelector("[data-unsent], .errors");
document.addEventListener("input", () => { written = true; });
document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (!form.matches("form.sizes") || !submitter || !unsent()) return;
  event.preventDefault();
  fetch(form.action, { method: "POST", body: new FormData(form, submitter), redirect: "manual" }).then(() => {
    const { dataset } = document.documentElement;
    if (submitter.value === "standard") delete dataset.text;
    else dataset.text = submitter.value;
    submitter.hidden = true;
  }, () => { written = false; });
});

// Another language is another page: what was written waits in the browser meanwhile, photos included, and is there again.
document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (!form.matches("form.languages") || !submitter || !unsent() || !window.caches) return;
  if (form.dataset.typed) return delete form.dataset.typed;
  event.preventDefault();
  form.dataset.typed = "1";
  keepTyped().catch(() => {}).finally(() => form.requestSubmit(submitter));
});

const ownForms = () => Array.from(document.querySelectorAll("main form[method=post]"));
const placeOf = (form) => new URL(form.action, location.href).pathname;

async function keepTyped() {
  const cache = await caches.open(TYPED);
  await Promise.all(ownForms().map((form) => {
    const data = new FormData(form);
    form.querySelectorAll("input[type=password]").forEach((field) => data.delete(field.name));
    return cache.put(placeOf(form), new Response(data));
  }));
}

// Once, on the page that comes next: nothing of it stays on a phone that others use too.
async function giveBackTyped() {
  if (!window.caches || !(await caches.has(TYPED))) return;
  const cache = await caches.open(TYPED);
  for (const form of ownForms()) {
    const kept = await cache.match(placeOf(form));
    if (kept) fillAgain(form, [...(await kept.formData())]);
  }
  await caches.delete(TYPED);
}

// What was in a form, as (name, text or file), is in it again; what it asks for by itself stays.
function fillAgain(form, pairs) {
  const given = new Map();
  pairs.forEach(([name, value]) => given.set(name, [...(given.get(name) ?? []), value]));
  Array.from(form.elements).forEach((field) => {
    if (!field.name || ["csrfmiddlewaretoken", "idempotency_key", "version"].includes(field.name)) return;
    fillField(field, given.get(field.name) ?? []);
  });
  // Photos that wait on the server since a question was asked are named by the page alone that asked.
  if (!form.elements.kept) (given.get("kept") ?? []).forEach((value) => {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "kept", value }));
  });
  written = true;
}

function fillField(field, values) {
  if (field.type === "file") {
    const files = values.filter((value) => value.size);
    if (files.length) setPhotos(field, files);
  } else if (field.type === "hidden") {
    if (values.length === 1) [field.value] = values;
  } else if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
  else if (field.options) Array.from(field.options).forEach((option) => { option.selected = values.includes(option.value); });
  else if (field.tagName !== "BUTTON") field.value = values[0] ?? "";
  if (values.length && values[0]) unfold(field);
}

function unfold(field) {
  for (let box = field.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
}

window.addEventListener("pageshow", () => document.querySelectorAll("[data-sent]").forEach(release));

document.addEventListener("DOMContentLoaded", () => {
  giveBackTyped().catch(() => {});
  // The staff skin would write a chosen file's name into the form's first line of text.
  document.querySelectorAll("input[type=file]").forEach((input) => { input.hasChangeListener = true; });
  document.querySelectorAll("table.gz-rows").forEach(labelCells);
  document.querySelectorAll("[data-templates]").forEach((one) => { one.hidden = false; });
  if (navigator.geolocation) document.querySelectorAll("[data-locate]").forEach((one) => { one.hidden = false; });
  document.querySelectorAll("[data-print]").forEach((one) => { one.hidden = false; });
  if (navigator.clipboard) document.querySelectorAll("[data-copy]").forEach((one) => { one.hidden = false; });
});
