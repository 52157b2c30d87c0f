// Keys of the staff admin and results while one types; nothing depends on it.
"use strict";

const WAIT = 180;
const OFF = "gz-keys-off";
const FIELDS = "input, textarea, select, [contenteditable]";
const ROWS = "#result_list tbody tr, table.gz-rows tbody tr";

// --- quick jump: the lines come from the page that answers without script too ---
let asked = null;
let later = 0;

function foundOf(input) {
  return input.form.querySelector("[data-found]") || document.querySelector("[data-found]");
}

async function look(input) {
  const place = foundOf(input);
  asked?.abort();
  asked = new AbortController();
  const query = new URLSearchParams({ q: input.value, part: "1" });
  try {
    const answer = await fetch(`${input.form.action}?${query}`, { signal: asked.signal });
    if (!answer.ok || answer.redirected) return;
    place.innerHTML = await answer.text();
    place.hidden = false;
  } catch {
    // Typed on, or without a network: the button still works.
  }
}

function hide(input) {
  const place = foundOf(input);
  if (input.form.contains(place)) place.hidden = true;
}

function step(place, from, by) {
  const ways = Array.from(place.querySelectorAll("a"));
  const next = ways.indexOf(from) + by;
  if (next < 0) place.closest("form, .gz-one").querySelector("input[type=search]").focus();
  else ways[Math.min(next, ways.length - 1)]?.focus();
}

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-jump] input")) return;
  clearTimeout(later);
  if (event.target.value.trim()) later = setTimeout(look, WAIT, event.target);
  else hide(event.target);
});

document.addEventListener("focusout", (event) => {
  const form = event.target.closest("[data-jump]");
  if (form && event.relatedTarget && !form.contains(event.relatedTarget)) hide(form.elements.q);
});

function inJump(event) {
  const way = event.target.closest("[data-found] a");
  const place = way ? way.closest("[data-found]") : event.target.matches("[data-jump] input") && foundOf(event.target);
  if (!place) return false;
  if (event.key === "Escape") {
    const input = place.closest("form")?.elements.q;
    if (input) { hide(input); input.focus(); }
    return true;
  }
  if (!["ArrowDown", "ArrowUp"].includes(event.key)) return false;
  event.preventDefault();
  step(place, way, event.key === "ArrowDown" ? 1 : -1);
  return true;
}

// --- rows, search, and what the keys are ---
function move(by) {
  const rows = Array.from(document.querySelectorAll(ROWS)).filter((row) => row.querySelector("a"));
  if (!rows.length) return;
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const next = here < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, here + by));
  rows[next].querySelector("th a, a").focus();
  rows[next].scrollIntoView({ block: "nearest" });
}

function search(id) {
  const input = document.getElementById(id) || document.getElementById("jump");
  if (!input) return false;
  if (!input.offsetParent) location.assign(input.form.action);
  input.focus();
  input.select();
  return true;
}

const KEYS = {
  "j": () => move(1),
  "k": () => move(-1),
  "/": () => search("searchbar"),
  "?": () => document.querySelector("[data-keys]")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
    if (search("jump")) event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || inJump(event)) return;
  if (event.target.closest(FIELDS) || document.querySelector("dialog[open]")) return;
  const act = KEYS[event.key];
  if (!act || (event.key !== "?" && localStorage.getItem(OFF))) return;
  event.preventDefault();
  act();
});

// Who speaks to the machine, or hits keys by chance, can have them off.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-keys-on]")) return;
  if (event.target.checked) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
});

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-keys-on]").forEach((box) => { box.checked = !localStorage.getItem(OFF); });
});
