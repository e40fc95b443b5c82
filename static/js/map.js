// Maps beside lists, never instead of them. Without a tile server the outlines of the districts are the ground.
//
// <div class="map" data-map …> with
//   data-label                     what the map shows, for screen readers
//   data-geojson                   address of a FeatureCollection of points, or
//   data-points="#id"              the id of a JSON script element with one
//   data-boundaries                address of the districts' outlines (decoration, coarse)
//   data-tiles, data-attribution   an optional tile server
//   data-center="lat,lng"          where to look when there are no points; data-zoom
//   data-lat, data-lng             selectors of two inputs: the map is then a point picker
//                                  (beside it, [role=status][data-text] tells the point and [data-no-point] takes it away)
//   data-datum, data-point         selector of a select that says which map's numbers the inputs hold ("wgs84" is this
//                                  one's), and the point as it is stored, for inputs in another map's numbers
//   data-nearest, data-nearest-into  address that answers ?lat=&lng= with HTML, and where to put it
//   data-zoom-in, data-zoom-out    words for the two buttons
// A point has the properties name, url, text (an array of lines) and open (true, false or absent).

const { L } = window;

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

async function fetchJson(address) {
  const response = await fetch(address, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`${response.status} ${address}`);
  return response.json();
}

function popup({ name, url, text = [] }) {
  const box = document.createElement("div");
  const title = document.createElement(url ? "a" : "strong");
  title.textContent = name;
  if (url) title.href = url;
  box.append(title);
  for (const line of [].concat(text)) {
    const paragraph = document.createElement("div");
    paragraph.textContent = line;
    box.append(paragraph);
  }
  return box;
}

/** Open: a filled disc. Closed: a ring. The form tells them apart, not the colour alone. */
function disc(latlng, open) {
  const colour = open === false ? css("--ink-soft") : css("--brand");
  return L.circleMarker(latlng, {
    radius: 7,
    weight: 2,
    color: open === false ? colour : css("--surface"),
    fillColor: open === false ? css("--surface") : colour,
    fillOpacity: 1,
  });
}

async function drawBoundaries(map, address) {
  const outlines = await fetchJson(address);
  L.geoJSON(outlines, {
    interactive: false,
    style: { color: css("--edge"), weight: 1, fillColor: css("--surface"), fillOpacity: 1 },
    onEachFeature: (feature, layer) => {
      layer.bindTooltip(feature.properties.name, { permanent: true, direction: "center", className: "map-name" });
    },
  })
    .addTo(map)
    .bringToBack();
}

const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** What to look at: all points, or, where some lie cities away, those around the middle one. */
function boundsOf(layers) {
  const places = layers.map((layer) => layer.getLatLng());
  const [lat, lng] = [middle(places.map((place) => place.lat)), middle(places.map((place) => place.lng))];
  const near = places.filter((place) => Math.abs(place.lat - lat) < 1 && Math.abs(place.lng - lng) < 1);
  return L.latLngBounds(near.length ? near : places);
}

async function drawPoints(map, element) {
  const inline = element.dataset.points && document.querySelector(element.dataset.points);
  const points = inline ? JSON.parse(inline.textContent) : await fetchJson(element.dataset.geojson);
  const isPicker = Boolean(element.dataset.lat);
  const layer = L.geoJSON(points, {
    pointToLayer: (feature, latlng) => disc(latlng, feature.properties.open),
    // What leads away from a form would lose what was typed.
    onEachFeature: ({ properties }, each) => each.bindPopup(popup(isPicker ? { ...properties, url: "" } : properties)),
  }).addTo(map);
  const layers = layer.getLayers();
  // A picker looks at its own point; what lies around is there to find one's way.
  if (layers.length && !isPicker) map.fitBounds(boundsOf(layers).pad(0.1), { maxZoom: 16, animate: false });
}

const DIGITS = 6;
const numbers = (text) => text.split(",").map(Number);

function makePicker(map, element) {
  const find = (name) => element.dataset[name] && document.querySelector(element.dataset[name]);
  const [lat, lng, datum, into] = ["lat", "lng", "datum", "nearestInto"].map(find);
  const status = element.parentElement.querySelector("[data-text][role=status]");
  const undo = element.parentElement.querySelector("[data-no-point]");
  const pin = L.marker(map.getCenter(), {
    draggable: true,
    keyboard: false,
    icon: L.divIcon({ className: "map-pin", iconSize: [28, 28], iconAnchor: [14, 14] }),
  });
  const show = (latlng) => {
    pin.setLatLng(latlng).addTo(map);
    if (undo) undo.hidden = false;
  };
  const hide = () => {
    pin.remove();
    if (undo) undo.hidden = true;
    if (status) status.textContent = "";
  };
  const look = (latlng, zoom) => map.setView(latlng, Math.max(map.getZoom(), zoom), { animate: false });
  /** The point in the inputs, if it is one, in the numbers of this map. */
  const typed = () => {
    if (!lat.value || !lng.value || (datum && datum.value !== "wgs84")) return null;
    const [north, east] = [Number(lat.value), Number(lng.value)];
    return Math.abs(north) <= 90 && Math.abs(east) <= 180 ? L.latLng(north, east) : null;
  };
  const askNearest = async () => {
    if (!element.dataset.nearest || !into || !lat.value || !lng.value) return;
    const address = new URL(element.dataset.nearest, window.location.href);
    address.searchParams.set("lat", lat.value);
    address.searchParams.set("lng", lng.value);
    const response = await fetch(address, { headers: { Accept: "text/html" } });
    if (response.ok) into.innerHTML = await response.text();
  };
  const choose = (latlng) => {
    lat.value = latlng.lat.toFixed(DIGITS);
    lng.value = latlng.lng.toFixed(DIGITS);
    if (datum) datum.value = "wgs84";
    if (status) status.textContent = status.dataset.text.replace("{point}", `${lat.value}, ${lng.value}`);
    show(latlng);
    askNearest();
  };
  map.on("click", (event) => choose(event.latlng));
  undo?.addEventListener("click", () => {
    lat.value = lng.value = "";
    hide();
    // The button is gone: the keyboard goes on at the map.
    element.focus({ preventScroll: true });
  });
  pin.on("dragend", () => choose(pin.getLatLng()));
  element.classList.add("map-picker");
  element.addEventListener("keydown", (event) => {
    if (event.target !== element || !["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    choose(map.getCenter());
  });
  // The position of the phone, or numbers typed by hand.
  for (const input of [lat, lng, datum].filter(Boolean)) {
    input.addEventListener("change", () => {
      const point = typed();
      if (!point) {
        hide();
        return;
      }
      show(point);
      look(point, 15);
      askNearest();
    });
  }
  const first = element.dataset.point ? L.latLng(numbers(element.dataset.point)) : typed();
  if (first) {
    show(first);
    look(first, 16);
  }
}

const maps = new Map();

async function start(element) {
  const { dataset } = element;
  const centre = numbers(dataset.center ?? "22.62,113.90");
  element.setAttribute("role", "region");
  element.setAttribute("aria-label", dataset.label ?? "");
  // Wheel and one-finger drag scroll the page past the map; the buttons and two fingers move it.
  const map = L.map(element, {
    center: centre,
    zoom: Number(dataset.zoom ?? 12),
    minZoom: 7,
    maxZoom: 18,
    zoomControl: false,
    scrollWheelZoom: false,
    attributionControl: Boolean(dataset.tiles),
  });
  maps.set(element, map);
  L.control.zoom({ zoomInTitle: dataset.zoomIn, zoomOutTitle: dataset.zoomOut }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  if (dataset.tiles) {
    map.attributionControl.setPrefix(false);
    L.tileLayer(dataset.tiles, { attribution: dataset.attribution, maxZoom: 18 }).addTo(map);
  }
  // A map that was folded away had no size to draw for.
  element.closest("details")?.addEventListener("toggle", () => map.invalidateSize());
  if (dataset.lat && dataset.lng) makePicker(map, element);
  // A part that cannot be loaded leaves the rest of the map, and the list beside it, as they are.
  const parts = [];
  if (dataset.boundaries && !dataset.tiles) parts.push(drawBoundaries(map, dataset.boundaries));
  if (dataset.geojson || dataset.points) parts.push(drawPoints(map, element));
  for (const part of await Promise.allSettled(parts)) {
    if (part.status === "rejected") console.warn(part.reason);
  }
}

function startAll(root) {
  if (!L) return;
  for (const element of root.querySelectorAll('[data-map=""]')) {
    element.dataset.map = "started";
    start(element);
  }
}

startAll(document);
// What htmx brings in later: a case beside its list.
document.addEventListener("htmx:load", (event) => startAll(event.detail.elt));
// What it takes away: without this the window's listeners would keep each map that was ever shown.
document.addEventListener("htmx:beforeCleanupElement", ({ target }) => {
  maps.get(target)?.remove();
  maps.delete(target);
});
