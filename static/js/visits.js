// Home visits are written down where there may be no network: each is kept in this browser until the portal has it.
// The key that a form was opened with makes a visit that is sent twice one visit. Without this file the form is sent
// as any other.

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
  made.querySelector("textarea").focus();
}

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

// What lies in this browser is of whoever wrote it down: a colleague who signs in here neither sees nor sends it.
async function waiting(store) {
  const all = await ask(store, "readonly", (rows) => rows.getAll());
  return all.filter((row) => row.user === words.user).sort((one, other) => one.at - other.at);
}

const keep = (store, row) => ask(store, "readwrite", (rows) => rows.put(row));
const drop = (store, key) => ask(store, "readwrite", (rows) => rows.delete(key));

function say(text) {
  panel.querySelector("[data-said]").textContent = text;
}

async function show(store) {
  const rows = await waiting(store);
  panel.querySelector("[data-count]").textContent = rows.length;
  panel.hidden = rows.length === 0 && !panel.querySelector("[data-said]").textContent;
  panel.querySelector("[data-send]").hidden = rows.length === 0;
  panel.querySelector("[data-list]").replaceChildren(...rows.map((row) => lineOf(store, row)));
}

function lineOf(store, row) {
  const line = document.createElement("li");
  const values = Object.fromEntries(row.entries);
  const photos = row.entries.filter(([, value]) => value instanceof Blob).length;
  const when = new Date(row.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  line.textContent = `${when} ${values.household}${photos ? ` · ${words.photos.replace("{count}", photos)}` : ""}`;
  if (row.errors) {
    const trouble = document.createElement("p");
    trouble.className = "field-error";
    trouble.textContent = row.errors.join(" ");
    const again = document.createElement("button");
    again.type = "button";
    again.className = "btn";
    again.textContent = words.again;
    again.addEventListener("click", () => putBack(store, row));
    line.append(trouble, again);
  }
  return line;
}

// What was refused is mended in the form; its key stays, so it is still the same visit.
async function putBack(store, row) {
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
  for (const [name, chosen] of files) {
    const transfer = new DataTransfer();
    chosen.forEach((file) => transfer.items.add(file));
    form.elements[name].files = transfer.files;
    form.elements[name].dispatchEvent(new Event("change"));
  }
  await drop(store, row.key);
  say("");
  await show(store);
  form.scrollIntoView();
}

let isSending = false;

async function sendAll(store) {
  if (isSending) return;
  isSending = true;
  try {
    for (const row of await waiting(store)) {
      if (!row.errors && !(await send(store, row))) break;
    }
  } finally {
    isSending = false;
    await show(store);
  }
}

// Whether to go on with the next one.
async function send(store, row) {
  const body = new FormData();
  // Strings take no file name, not even none.
  for (const [name, value] of row.entries) body.append(name, ...(value instanceof Blob ? [value, value.name] : [value]));
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  let answer;
  try {
    answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
  } catch {
    say(words.kept);
    return false;
  }
  if (answer.redirected || answer.status === 403) {
    say(words.signIn);
    return false;
  }
  if (answer.ok) {
    await drop(store, row.key);
    const told = await answer.json();
    const link = document.createElement("a");
    link.href = told.url;
    link.textContent = `${words.sent}: ${Object.fromEntries(row.entries).household}`;
    panel.querySelector("[data-said]").replaceChildren(link);
    return true;
  }
  if (answer.status >= 500 || answer.status === 429) {
    say(words.kept);
    return false;
  }
  const told = await answer.json().catch(() => ({ errors: [`${answer.status}`] }));
  await keep(store, { ...row, errors: told.errors ?? [told.error?.message ?? `${answer.status}`] });
  return true;
}

function begin() {
  form.elements.visited_at.value = new Date().toISOString();
}

function beginAgain() {
  const region = form.elements.region.value;
  const estate = form.elements.estate.value;
  form.reset();
  while (needs.children.length > 1) needs.lastElementChild.remove();
  form.elements[TOTAL].value = needs.children.length;
  for (const input of needs.querySelectorAll("input[type=file]")) input.dispatchEvent(new Event("change"));
  // The next door is in the same building as a rule.
  form.elements.region.value = region;
  form.elements.estate.value = estate;
  form.elements.key.value = crypto.randomUUID();
  begin();
  window.scrollTo(0, 0);
}

async function start() {
  const store = await openStore();
  form.addEventListener(
    "submit",
    async (event) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!form.reportValidity()) return;
      const entries = [...new FormData(form)].filter(
        ([name, value]) => name !== "csrfmiddlewaretoken" && !(value instanceof File && !value.size),
      );
      await keep(store, { key: form.elements.key.value, user: words.user, at: Date.now(), entries });
      beginAgain();
      say(words.kept);
      await show(store);
      await sendAll(store);
    },
    true,
  );
  if (!form.elements.visited_at.value) begin();
  panel.querySelector("[data-send]").addEventListener("click", () => sendAll(store));
  window.addEventListener("online", () => sendAll(store));
  window.setInterval(() => sendAll(store), 60_000);
  await show(store);
  await sendAll(store);
}

// Where the browser keeps nothing (some private windows) the form stays an ordinary one.
start().catch(() => panel.remove());
