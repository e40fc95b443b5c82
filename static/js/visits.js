// Home visits are written down where there may be no network: each is kept in this browser until the portal has it, sealed
// with a key that the portal gives to its writer alone. The key that a form was opened with makes a visit that is sent
// twice one visit. Without this file the form is sent as any other.

const form = document.getElementById("visit");
const panel = document.getElementById("waiting");
const needs = document.getElementById("needs");
const words = panel.dataset;

// One more need, without a network.
const TOTAL = "needs-TOTAL_FORMS";
const MOST = Number(form.elements["needs-MAX_NUM_FORMS"].value);
form.querySelector("[data-more]").addEventListener("click", (event) => {
  event.preventDefault();
  addNeed();
});

function addNeed() {
  const total = form.elements[TOTAL];
  const number = Number(total.value);
  if (number >= MOST) return;
  const html = document.getElementById("need").innerHTML.replaceAll("__prefix__", number);
  needs.insertAdjacentHTML("beforeend", html);
  const made = needs.lastElementChild;
  made.querySelector("[data-number]").textContent = number + 1;
  total.value = number + 1;
  window.htmx?.process(made);
  made.querySelector("textarea").focus();
}

// Proposals need the portal; where there is none nobody is told so at every word.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (needs.contains(event.target) && !navigator.onLine) event.preventDefault();
});

// The moment of the visit runs with the clock until somebody sets it.
const moment = form.elements.visited_at;
let isMomentSet = Boolean(moment.value);
moment.addEventListener("input", () => {
  isMomentSet = Boolean(moment.value);
});

function setNow() {
  if (isMomentSet) return;
  const now = new Date();
  moment.value = new Date(now - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
setNow();
window.setInterval(setNow, 20_000);

const offline = document.getElementById("offline");
const showNetwork = () => (offline.hidden = navigator.onLine);
window.addEventListener("online", showNetwork);
window.addEventListener("offline", showNetwork);
showNetwork();

function openStore() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("visits", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("waiting", { keyPath: "key" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

function ask(store, mode, work) {
  return new Promise((resolve, reject) => {
    const transaction = store.transaction("waiting", mode);
    const asked = work(transaction.objectStore("waiting"));
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

// Taken out of the page at once, into a key that no script can read back.
async function sealingKey() {
  const raw = Uint8Array.from(words.key.match(/../g), (pair) => parseInt(pair, 16));
  delete words.key;
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}

const cipher = (row, part, iv) => ({
  name: "AES-GCM",
  iv,
  additionalData: new TextEncoder().encode(`${row.user} ${row.key} ${part}`),
});

async function sealPart(sealer, row, part, bytes) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv, data: await crypto.subtle.encrypt(cipher(row, part, iv), sealer, bytes) };
}

const openPart = (sealer, row, part, { iv, data }) => crypto.subtle.decrypt(cipher(row, part, iv), sealer, data);

const nameOf = ({ name, type }) => ({ name, type });

// Of a visit only its key, its writer and when it was put away stay readable.
async function seal(sealer, { key, user, at, entries, errors }) {
  const row = { key, user, at };
  const files = entries.map(([, value]) => value).filter((value) => value instanceof Blob);
  const told = entries.map(([name, value]) => [name, value instanceof Blob ? nameOf(value) : value]);
  const text = new TextEncoder().encode(JSON.stringify({ entries: told, errors }));
  const parts = [text, ...(await Promise.all(files.map((file) => file.arrayBuffer())))];
  return { ...row, parts: await Promise.all(parts.map((bytes, part) => sealPart(sealer, row, part, bytes))) };
}

const fileOf = (bytes, { name, type }) => new File([bytes], name, { type });

async function unseal(sealer, row) {
  const [text, ...files] = await Promise.all(row.parts.map((part, number) => openPart(sealer, row, number, part)));
  const { entries, errors } = JSON.parse(new TextDecoder().decode(text));
  const whole = entries.map(([name, value]) => [name, typeof value === "string" ? value : fileOf(files.shift(), value)]);
  return { key: row.key, user: row.user, at: row.at, entries: whole, errors };
}

// What lies in this browser is of whoever wrote it down: a colleague who signs in here neither sees, reads nor sends it.
async function mine({ store }) {
  const all = await ask(store, "readonly", (rows) => rows.getAll());
  return all.filter((row) => row.user === words.user).sort((one, other) => one.at - other.at);
}

async function waiting(queue) {
  const tried = await Promise.allSettled((await mine(queue)).map((row) => unseal(queue.sealer, row)));
  const opened = tried.filter((each) => each.status === "fulfilled").map((each) => each.value);
  // Sealed under a key that the portal has not any more: said, and left where it is.
  const lost = tried.length - opened.length;
  const notice = panel.querySelector("[data-unreadable]");
  notice.hidden = !lost;
  notice.textContent = counted(words.unreadable, lost);
  return opened;
}

// Sealed first: a transaction of the store does not wait for that.
async function keep({ store, sealer }, row) {
  const sealed = await seal(sealer, row);
  return ask(store, "readwrite", (rows) => rows.put(sealed));
}

const drop = ({ store }, key) => ask(store, "readwrite", (rows) => rows.delete(key));

function say(text) {
  panel.querySelector("[data-said]").textContent = text;
}

async function show(queue) {
  const rows = await waiting(queue);
  const isQuiet = !panel.querySelector("[data-said]").textContent && !panel.querySelector("[data-sent-list] li");
  panel.querySelector("[data-count]").textContent = rows.length;
  panel.querySelector("[data-head]").hidden = rows.length === 0;
  panel.hidden = rows.length === 0 && isQuiet && panel.querySelector("[data-unreadable]").hidden;
  panel.querySelector("[data-send]").hidden = rows.length === 0;
  panel.querySelector("[data-list]").replaceChildren(...rows.map((row) => lineOf(queue, row)));
}

const counted = (text, count) => text.replace("{count}", count);

function lineOf(queue, row) {
  const line = document.createElement("li");
  const photos = row.entries.filter(([, value]) => value instanceof Blob).length;
  const heard = row.entries.filter(([name, value]) => /^needs-\d+-description$/.test(name) && value.trim()).length;
  const when = new Date(row.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const parts = [`${when} ${householdOf(row)}`, counted(words.needs, heard)];
  if (photos) parts.push(counted(words.photos, photos));
  line.textContent = parts.join(" · ");
  if (row.errors) {
    const trouble = document.createElement("p");
    trouble.className = "field-error";
    trouble.textContent = row.errors.join(" ");
    const again = document.createElement("button");
    again.type = "button";
    again.className = "btn";
    again.textContent = words.again;
    again.addEventListener("click", () => putBack(queue, row));
    line.append(trouble, again);
  }
  return line;
}

const householdOf = (row) => Object.fromEntries(row.entries).household;

// What was refused is mended in the form; its key stays, so it is still the same visit.
async function putBack(queue, row) {
  const total = Number(row.entries.find(([name]) => name === TOTAL)[1]);
  while (Number(form.elements[TOTAL].value) < total) addNeed();
  const files = new Map();
  for (const [name, value] of row.entries) {
    const field = form.elements[name];
    if (!field || name === TOTAL) continue;
    if (value instanceof Blob) files.set(name, [...(files.get(name) ?? []), value]);
    else if (field.type === "checkbox") field.checked = true;
    else field.value = value;
  }
  isMomentSet = true;
  for (const [name, chosen] of files) {
    const transfer = new DataTransfer();
    chosen.forEach((file) => transfer.items.add(file));
    form.elements[name].files = transfer.files;
    form.elements[name].dispatchEvent(new Event("change"));
  }
  await drop(queue, row.key);
  say("");
  await show(queue);
  form.scrollIntoView();
}

let isSending = false;

async function sendAll(queue) {
  if (isSending) return;
  isSending = true;
  try {
    for (const row of await waiting(queue)) {
      if (!row.errors && !(await send(queue, row))) break;
    }
  } finally {
    isSending = false;
    await show(queue);
  }
}

function bodyOf(row) {
  const body = new FormData();
  // Strings take no file name, not even none.
  for (const [name, value] of row.entries) body.append(name, ...(value instanceof Blob ? [value, value.name] : [value]));
  // The form shows the hour of the phone, wherever that believes to be.
  const at = body.get("visited_at");
  if (at) body.set("visited_at", new Date(at).toISOString());
  // Whoever signed in again in another tab has a new token there.
  const token = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
  body.set("csrfmiddlewaretoken", token ?? form.elements.csrfmiddlewaretoken.value);
  body.set("writer", row.user);
  return body;
}

// Whether to go on with the next one.
async function send(queue, row) {
  let answer;
  try {
    answer = await fetch(form.action, { method: "POST", body: bodyOf(row), headers: { Accept: "application/json" } });
  } catch {
    say(words.kept);
    return false;
  }
  if (answer.redirected || answer.status === 403) {
    say(words.signIn);
    return false;
  }
  if (answer.ok) {
    await drop(queue, row.key);
    confirmSent(row, (await answer.json()).url);
    return true;
  }
  if (answer.status >= 500 || answer.status === 429) {
    say(words.kept);
    return false;
  }
  const told = await answer.json().catch(() => ({ errors: [`${answer.status}`] }));
  await keep(queue, { ...row, errors: told.errors ?? [told.error?.message ?? `${answer.status}`] });
  return true;
}

function confirmSent(row, url) {
  const line = document.createElement("li");
  const link = Object.assign(document.createElement("a"), { href: url });
  link.textContent = `${words.sent}${words.colon}${householdOf(row)}`;
  line.append(link);
  panel.querySelector("[data-sent-list]").append(line);
  say("");
}

function beginAgain() {
  const region = form.elements.region.value;
  const estate = form.elements.estate.value;
  form.reset();
  while (needs.children.length > 1) needs.lastElementChild.remove();
  form.elements[TOTAL].value = needs.children.length;
  for (const hints of needs.querySelectorAll("[data-hints]")) hints.replaceChildren();
  for (const input of needs.querySelectorAll("input[type=file]")) input.dispatchEvent(new Event("change"));
  // The next door is in the same building as a rule.
  form.elements.region.value = region;
  form.elements.estate.value = estate;
  form.elements.key.value = crypto.randomUUID();
  isMomentSet = false;
  setNow();
  window.scrollTo(0, 0);
}

function entriesOf() {
  return [...new FormData(form)].filter(
    ([name, value]) => name !== "csrfmiddlewaretoken" && !(value instanceof File && !value.size),
  );
}

async function putAway(queue, event) {
  if (event.submitter?.name === "more") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  setNow();
  try {
    await keep(queue, { key: form.elements.key.value, user: words.user, at: Date.now(), entries: entriesOf() });
  } catch {
    panel.hidden = false;
    say(words.noRoom);
    panel.scrollIntoView();
    return;
  }
  beginAgain();
  panel.querySelector("[data-sent-list]").replaceChildren();
  say(words.kept);
  await show(queue);
  await sendAll(queue);
}

// What was put away before visits were sealed.
async function sealOld(queue) {
  for (const row of await mine(queue)) if (row.entries) await keep(queue, row);
}

async function start() {
  const queue = { sealer: await sealingKey(), store: await openStore() };
  await sealOld(queue);
  form.addEventListener("submit", (event) => putAway(queue, event), true);
  panel.querySelector("[data-send]").addEventListener("click", () => sendAll(queue));
  window.addEventListener("online", () => sendAll(queue));
  window.setInterval(() => sendAll(queue), 60_000);
  await show(queue);
  await sendAll(queue);
}

// Where the browser cannot seal (plain http) or keeps nothing (some private windows) the form stays an ordinary one.
start().catch(() => {
  delete words.key;
  panel.remove();
  offline.remove();
  document.getElementById("no-queue").hidden = false;
});
