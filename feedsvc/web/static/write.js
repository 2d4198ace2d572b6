"use strict";
// Writing is more pleasant with this: the preview follows, Ctrl+S saves, nothing typed is lost.
// Without it everything works by the form's own buttons.

const form = document.getElementById("write");
const text = form.elements.text;
const frame = form.querySelector("iframe");
const says = document.getElementById("saved");
let saver = form.querySelector("[data-save]");

// The preview: asked for a moment after the last key, and put in place without moving the page.

const PAUSE = 350;
let asked = 0;
let waiting;

async function preview() {
  const number = ++asked;
  const body = new FormData(form);
  const token = document.querySelector('meta[name="csrf-token"]').content;
  try {
    const button = form.querySelector("[data-preview]");
    const answer = await fetch(button.formAction, { method: "POST", body, headers: { "X-CSRFToken": token } });
    if (!(answer.ok || answer.status === 422) || answer.redirected) return;
    const made = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (number === asked) put(made);
  } catch {
    // Not reachable just now: the next key asks again.
  }
}

function put(made) {
  const shown = frame.contentDocument;
  const main = shown?.querySelector("main");
  const next = made.querySelector("main");
  if (!main || !next) return;
  // Pictures and sound that are shown already stay, so that nothing flickers.
  const kept = new Map([...main.querySelectorAll("img, audio, video")].map((one) => [one.outerHTML, one]));
  const body = shown.importNode(next, true);
  for (const one of body.querySelectorAll("img, audio, video")) {
    const same = kept.get(one.outerHTML);
    if (same) one.replaceWith(same);
  }
  main.replaceChildren(...body.childNodes);
  form.querySelector(".shown").classList.toggle("empty", !main.querySelector(":not(.unseen, .nothing)"));
}

function previewSoon() {
  clearTimeout(waiting);
  waiting = setTimeout(preview, PAUSE);
}

form.querySelector("[data-preview]").hidden = true;
// Whoever comes to a frame by keyboard is not brought to it by the browser.
window.addEventListener("blur", () => {
  if (document.activeElement === frame) frame.scrollIntoView({ block: "nearest" });
});
frame.addEventListener("load", () => {
  // What is linked opens nowhere from here: the article is still being written.
  frame.contentDocument?.addEventListener("click", (event) => {
    if (event.target.closest?.("a")) event.preventDefault();
  });
  if (changed() || "unsaved" in form.dataset) preview();
});

// What is not saved yet: told, kept in this browser, and asked about before one leaves.

const SKIPPED = new Set(["csrf_token", "key", "revision", "slug_now", "hold"]);
const { slug_now: slugNow, key } = form.elements;
// Each article and each new form has a place of its own; nobody is offered what another account
// has typed.
const mine = `feedsvc:${form.dataset.account}:`;
let place = slugNow ? `${mine}item:${slugNow.value}` : `${mine}new:${key.value}`;
// Whoever comes back to a form that was saved is led to the article that it made.
const addressed = () => key && history.replaceState(null, "", `${location.pathname}?key=${encodeURIComponent(key.value)}`);
addressed();
// What is open in another tab is not offered here.
const held = (name) => navigator.locks?.request(name, { ifAvailable: true }, () => new Promise(() => {}));
held(place);

function typed() {
  const entries = [...new FormData(form)].filter(([name]) => !SKIPPED.has(name));
  return JSON.stringify(entries.filter(([, value]) => typeof value === "string"));
}

const before = typed();
let leaving = false;
const changed = () => typed() !== before;
const revision = () => form.elements.revision?.value ?? "";

function note(words, unsaved) {
  words = form.dataset.waiting || words; // for files on their way (attach.js)
  if (says.textContent !== words) says.textContent = words;
  says.classList.toggle("unsaved", unsaved);
}

function keep() {
  const unsaved = changed();
  note(unsaved ? "Not saved yet; kept in this browser." : slugNow ? "Saved." : "Nothing to save yet.", unsaved);
  try {
    if (unsaved) localStorage.setItem(place, JSON.stringify({ revision: revision(), typed: typed(), at: Date.now() }));
    else localStorage.removeItem(place);
  } catch {
    if (unsaved) note("Not saved yet; this browser does not keep it.", true);
  }
}

let keeping;
form.addEventListener("input", () => {
  previewSoon();
  clearTimeout(keeping);
  keeping = setTimeout(keep, 500);
});
form.addEventListener("submit", (event) => {
  if (event.submitter?.formTarget) return;
  keep();
  leaving = true;
  remember("sent", { place, revision: revision() });
  rememberPlace();
});
window.addEventListener("pageshow", () => (leaving = false));
window.addEventListener("beforeunload", (event) => {
  if (leaving || !(changed() || "unsaved" in form.dataset)) return;
  keep();
  event.preventDefault();
});

// What was typed and never saved is offered again. What has arrived is forgotten: the article has
// another revision then, and the text that was sent.

function forgetWhatArrived() {
  const sent = recall("sent");
  const kept = sent && keptAt(sent.place);
  if (!kept || "unsaved" in form.dataset) return;
  const its = new Map(JSON.parse(kept.typed));
  const same = its.get("text") === text.value || its.get("title") === form.elements.title.value;
  if (slugNow && revision() !== sent.revision && same) localStorage.removeItem(sent.place);
}

function keptAt(where) {
  try {
    return JSON.parse(localStorage.getItem(where));
  } catch {
    return null;
  }
}

function unsavedPlaces() {
  try {
    return slugNow ? [place] : Object.keys(localStorage).filter((name) => name.startsWith(`${mine}new:`));
  } catch {
    return [];
  }
}

async function offer() {
  if ("unsaved" in form.dataset) return;
  const locks = (await navigator.locks?.query())?.held ?? [];
  const open = new Set(locks.map((one) => one.name).filter((name) => name !== place));
  const offered = unsavedPlaces()
    .filter((name) => !open.has(name))
    .map((name) => [name, keptAt(name)])
    .filter(([, kept]) => kept?.typed && kept.typed !== before)
    .sort(([, one], [, other]) => (other.at ?? 0) - (one.at ?? 0));
  for (const [name, kept] of offered) offerOne(name, kept);
}

function offerOne(name, kept) {
  const its = new Map(JSON.parse(kept.typed));
  const words = (its.get("title") || its.get("text") || "").trim().slice(0, 60);
  const box = document.createElement("div");
  box.className = "message warning row";
  box.setAttribute("role", "status");
  box.innerHTML = '<p>You typed something here that was never saved<span></span>.</p><div class="row"><button type="button" class="small">Bring it back</button><button type="button" class="small quiet">Drop it</button></div>';
  if (words) box.querySelector("span").textContent = `: “${words}”`;
  const [back, drop] = box.querySelectorAll("button");
  back.addEventListener("click", () => {
    if (key && name !== place) {
      // What stands in this form goes on to be kept, at its own place.
      keep();
      place = name;
      key.value = name.slice(`${mine}new:`.length);
      addressed();
      held(place);
    }
    restore(JSON.parse(kept.typed));
    // If somebody has changed the article since, saving shows both.
    if (kept.revision) form.elements.revision.value = kept.revision;
    box.remove();
    text.focus();
  });
  drop.addEventListener("click", () => {
    localStorage.removeItem(name);
    box.remove();
    text.focus();
  });
  form.before(box);
}

function restore(entries) {
  const values = new Map();
  for (const [name, value] of entries) values.set(name, [...(values.get(name) ?? []), value]);
  while (form.querySelectorAll("[name=file_url]").length < (values.get("file_url")?.length ?? 0)) addRow();
  for (const field of form.elements) {
    if (!field.name || SKIPPED.has(field.name) || field.type === "submit") continue;
    if (field.type === "checkbox") field.checked = (values.get(field.name) ?? []).includes(field.value);
    else if (values.has(field.name)) field.value = values.get(field.name).shift() ?? "";
  }
  form.dispatchEvent(new Event("input"));
}

// Ctrl+S saves, and one goes on where one was.

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "s") {
    event.preventDefault();
    form.requestSubmit(saver);
  }
});

function remember(name, value) {
  try {
    sessionStorage.setItem(`feedsvc:${name}`, JSON.stringify(value));
  } catch {
    // Without a memory one begins at the top.
  }
}

function recall(name) {
  try {
    const value = JSON.parse(sessionStorage.getItem(`feedsvc:${name}`));
    sessionStorage.removeItem(`feedsvc:${name}`);
    return value;
  } catch {
    return null;
  }
}

function rememberPlace() {
  const field = document.activeElement;
  if (!form.contains(field) || !field.id || field.type === "submit") return;
  const state = { id: field.id, at: Date.now(), x: scrollX, y: scrollY };
  if (field.type === "textarea" || field.type === "text") Object.assign(state, { start: field.selectionStart, end: field.selectionEnd });
  remember("place", state);
}

function goOn() {
  const state = recall("place");
  const field = state && Date.now() - state.at < 30000 && document.getElementById(state.id);
  if (!field || "unsaved" in form.dataset) return;
  field.focus({ preventScroll: true });
  if (state.start !== undefined) field.setSelectionRange(state.start, state.end);
  scrollTo(state.x, state.y);
}

// Times of the form are in UTC; beside them stands what that is here.

const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function tellTimes() {
  for (const place of form.querySelectorAll("[data-local]")) {
    const value = form.elements[place.dataset.local].value;
    const at = value ? new Date(`${value}Z`) : null;
    place.textContent = at && !Number.isNaN(at.getTime()) ? `${WHEN.format(at)} where you are.` : "";
  }
  const publish = form.querySelector("[data-publish]");
  if (publish) {
    const at = form.elements.published.value ? new Date(`${form.elements.published.value}Z`) : null;
    publish.textContent = at && at > new Date() ? "Schedule" : "Publish";
  }
}
form.addEventListener("input", tellTimes);

// Another line for a file as soon as the last one is used.

function addRow() {
  const rows = form.querySelectorAll(".file-row");
  const last = rows[rows.length - 1];
  const row = last.cloneNode(true);
  const number = rows.length + 1;
  for (const field of row.querySelectorAll("input")) {
    field.value = "";
    field.id = field.id.replace(/\d+$/, number);
  }
  for (const label of row.querySelectorAll("label")) label.htmlFor = label.htmlFor.replace(/\d+$/, number);
  row.querySelector("label").textContent = `Address of file ${number}`;
  last.after(row);
}

document.getElementById("files").addEventListener("input", () => {
  const rows = form.querySelectorAll("[name=file_url]");
  if (rows[rows.length - 1].value) addRow();
});

// A title is one line, however long: it wraps, and Enter saves as in other lines.

const { title } = form.elements;
title.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit(saver);
});
if (!CSS.supports("field-sizing", "content")) {
  const fit = () => {
    title.style.blockSize = "auto";
    title.style.blockSize = `${title.scrollHeight}px`;
  };
  form.addEventListener("input", fit);
  fit();
}

// What waits to go out counts down; then the page has what can be done with an article that is out.

const waits = document.querySelector("[data-due]");

async function out() {
  try {
    const answer = await fetch(location.href);
    const made = new DOMParser().parseFromString(await answer.text(), "text/html");
    const state = made.getElementById("write")?.dataset.state;
    if (answer.ok && state && state !== "scheduled") {
      waits.className = "message row";
      waits.innerHTML = "<p><strong>It is out.</strong> Readers get it with their next poll.</p>";
      for (const part of [".head .status", ".dock .row"]) document.querySelector(part).replaceWith(made.querySelector(part));
      const withdraw = made.querySelector(".withdraw");
      if (withdraw) form.after(withdraw);
      saver = form.querySelector("[data-save]");
      return;
    }
  } catch {
    // Not reachable just now.
  }
  setTimeout(out, 3000);
}

if (waits) {
  // By the server's clock, whatever this machine's says.
  const due = performance.now() + (new Date(waits.dataset.due) - new Date(waits.dataset.now));
  const left = waits.querySelector("[data-left]");
  const count = () => {
    const seconds = Math.ceil((due - performance.now()) / 1000);
    if (seconds <= 0) {
      left.textContent = "It goes out now.";
      setTimeout(out, 1000);
      return;
    }
    if (seconds < 3600) left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} left.`;
    setTimeout(count, 1000);
  };
  if (due - performance.now() < 86_400_000) count();
}

// Markdown reads well as prose, HTML as code.

const dress = () => text.classList.toggle("code", form.elements.form.value === "html");
form.elements.form.addEventListener("change", dress);

dress();
tellTimes();
forgetWhatArrived();
offer();
goOn();
