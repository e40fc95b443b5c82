// Proposals for a text input that names a related row: <input data-lookup="address">. The address answers
// {"proposals": ["劳动社区 440306003001", …]} for ?q=; the browser's own list shows them. Without this one types the name.

const WAIT_MS = 200;

function prepare(input) {
  const list = document.createElement("datalist");
  list.id = `${input.id}_proposals`;
  input.after(list);
  input.setAttribute("list", list.id);
  let timer;
  let asked = "";
  const ask = async () => {
    const text = input.value.trim();
    if (!text || text === asked) return;
    asked = text;
    const address = new URL(input.dataset.lookup, window.location.href);
    address.searchParams.set("q", text);
    const response = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
    // A slow answer to an older question must not replace the newer one's.
    if (!response?.ok || asked !== text) return;
    const { proposals } = await response.json();
    list.replaceChildren(...proposals.map((value) => Object.assign(document.createElement("option"), { value })));
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
}

// At the first touch, so that forms which arrive later are served too.
document.addEventListener("focusin", (event) => {
  if (event.target.matches?.("[data-lookup]:not([list])")) prepare(event.target);
});
