// What all playthings share: elements, sliders, charts that are drawn again at every width, random numbers, flow colours.
const element = (space) => (tag, attributes = {}, ...children) => {
  const made = space ? document.createElementNS(space, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
};
const h = element(null);
const s = element("http://www.w3.org/2000/svg");
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const mean = (list) => list.reduce((sum, value) => sum + value, 0) / Math.max(1, list.length);
const frames = (n) => `${n} frame${n === 1 ? "" : "s"}`;

/** The plaything's ground. In a notebook its words stand around it; on a page they already do. */
function stage(model, el, ...parts) {
  el.classList.add("mxe-play");
  const words = model.get("words");
  const said = (kind, name) => h("p", { class: kind }, h("b", {}, name), ` ${words[kind]}`);
  if (words) parts = [h("h2", {}, words.title), said("do", "Do"), ...parts, said("see", "See"),
    said("means", "For reading papers"), h("p", { class: "note" }, words.note)];
  el.replaceChildren(...parts);
}

/** Tells the model what is shown: a notebook's cell can read it, and so can a test. */
function teller(model) {
  let waiting = 0;
  return (shown) => {
    model.set("shown", shown);
    clearTimeout(waiting);
    waiting = setTimeout(() => model.save_changes(), 150);
  };
}

/** A slider with its name and value; `says` puts the value into words. */
function slider(name, { min, max, step = 1, value, says = String, wide = false }, changed) {
  const input = h("input", { type: "range", min, max, step, value });
  // Not an <output>: a label names the first such element within it, and that must be the slider.
  const output = h("b", {});
  const root = h("label", { class: wide ? "slider wide" : "slider" }, h("span", {}, name, output), input);
  const show = () => {
    output.textContent = says(Number(input.value));
    input.setAttribute("aria-valuetext", output.textContent);
  };
  input.addEventListener("input", () => { show(); changed(Number(input.value)); });
  show();
  return { root, input, get value() { return Number(input.value); }, set value(to) { input.value = to; show(); }, show };
}

let groups = 0;
/** Radio buttons: `options` is a list of [value, name]. */
function choice(name, options, value, changed) {
  const group = `mxe-${(groups += 1)}-${Math.floor(performance.now())}`;
  const root = h("fieldset", {}, h("legend", {}, name));
  for (const [key, text] of options) {
    const input = h("input", { type: "radio", name: group, value: key, checked: key === value });
    input.addEventListener("change", () => { state.value = key; changed(key); });
    root.append(h("label", {}, input, text));
  }
  const state = { root, value };
  return state;
}

function tick(name, checked, changed) {
  const input = h("input", { type: "checkbox", checked });
  input.addEventListener("change", () => changed(input.checked));
  return { root: h("label", { class: "tick" }, input, name), input, get value() { return input.checked; } };
}

const button = (name, pressed, main = false) =>
  h("button", { type: "button", class: main ? "main" : null, onclick: pressed }, name);

/** The sentence that says what is shown, also aloud. Text between asterisks is bold. */
function teller_line() {
  const root = h("p", { class: "result", role: "status", "aria-live": "polite" });
  const say = (text) => {
    const parts = text.split("*").map((part, place) => (place % 2 ? h("b", {}, part) : part));
    root.replaceChildren(...parts);
  };
  return { root, say };
}

/** A chart that is drawn anew, with letters of one size, whenever its width changes. */
function plot({ height, label, left = 44, right = 14, top = 18, bottom = 36 }, draw) {
  const svg = s("svg", { role: "img", "aria-label": label });
  const root = h("div", { class: "plot" }, svg);
  let drawn = 0;
  const redraw = () => {
    const width = Math.max(200, root.clientWidth || 600);
    drawn = width;
    const tall = typeof height === "function" ? height(width) : height;
    svg.setAttribute("viewBox", `0 0 ${width} ${tall}`);
    svg.setAttribute("height", tall);
    svg.replaceChildren();
    draw(area(svg, { left, right: width - right, top, bottom: tall - bottom, width, height: tall }));
  };
  new ResizeObserver(() => { if (root.clientWidth !== drawn) redraw(); }).observe(root);
  return { root, svg, redraw };
}

function area(svg, box) {
  const put = (...made) => { svg.append(...made); return made[0]; };
  const a = { svg, box, put, xs: [0, 1], ys: [0, 1], logarithmic: false };
  const along = (value) => (a.logarithmic ? Math.log(value / a.xs[0]) / Math.log(a.xs[1] / a.xs[0])
    : (value - a.xs[0]) / (a.xs[1] - a.xs[0]));
  a.x = (value) => box.left + along(value) * (box.right - box.left);
  a.y = (value) => box.bottom - ((value - a.ys[0]) / (a.ys[1] - a.ys[0])) * (box.bottom - box.top);
  a.unX = (pixel) => a.xs[0] + ((pixel - box.left) / (box.right - box.left)) * (a.xs[1] - a.xs[0]);
  a.path = (xs, ys) => xs.map((x, i) => `${i ? "L" : "M"}${a.x(x).toFixed(1)} ${a.y(ys[i]).toFixed(1)}`).join("");
  a.curve = (xs, ys, kind) => put(s("path", { d: a.path(xs, ys), class: `curve ${kind}` }));
  a.fill = (xs, ys, kind, opacity = 0.18) => put(s("path", { class: kind, opacity,
    d: `${a.path(xs, ys)}L${a.x(xs.at(-1))} ${a.y(a.ys[0])}L${a.x(xs[0])} ${a.y(a.ys[0])}Z` }));
  a.band = (from, to, kind = "faint-fill") => put(s("rect", { class: kind, x: a.x(from), y: box.top,
    width: Math.max(0, a.x(to) - a.x(from)), height: box.bottom - box.top }));
  a.text = (x, y, words, kind = "", anchor = "start") =>
    put(s("text", { x, y, class: kind, "text-anchor": anchor }, words));
  a.upright = (x, kind, from = box.top, to = box.bottom) =>
    put(s("line", { x1: a.x(x), x2: a.x(x), y1: from, y2: to, class: kind }));
  a.level = (y, kind) => put(s("line", { x1: box.left, x2: box.right, y1: a.y(y), y2: a.y(y), class: kind }));
  a.dot = (x, y, kind, r = 5) => put(s("circle", { cx: a.x(x), cy: a.y(y), r, class: kind }));
  a.axisX = (ticks, title = "", says = String) => {
    put(s("line", { x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom, class: "axis" }));
    for (const tick of ticks) a.text(a.x(tick), box.bottom + 15, says(tick), "", "middle");
    if (title) a.text((box.left + box.right) / 2, box.bottom + 31, title, "", "middle");
  };
  a.axisY = (ticks, title = "", says = String) => {
    for (const tick of ticks) {
      put(s("line", { x1: box.left, x2: box.right, y1: a.y(tick), y2: a.y(tick), class: "grid" }));
      a.text(box.left - 6, a.y(tick) + 4, says(tick), "", "end");
    }
    if (title) a.text(4, box.top - 8, title);
  };
  return a;
}

/** A mark with its word; words near the right edge go to the left of their mark. */
function named(a, x, y, words, kind) {
  const place = a.x(x);
  const turned = place + 7 * words.length > a.box.width - 4;
  return a.text(place + (turned ? -5 : 5), y, words, kind, turned ? "end" : "start");
}

const ticksTo = (last, step) => Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step);

/** Random numbers from a seed (mulberry32): the same seed shows the same picture. */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const normal = (draw) => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());

/** Mean of the classes' F1 of a pooled confusion matrix, rows true: MEGC 2019's score. */
function uf1(matrix) {
  const f1 = matrix.map((row, k) => {
    const all = row.reduce((sum, n) => sum + n, 0) + matrix.reduce((sum, other) => sum + other[k], 0);
    return all ? (2 * matrix[k][k]) / all : 0;
  });
  return mean(f1);
}

/** Numbers that Python packed into one byte each. */
function unpack({ bytes, scale, shape }) {
  const text = atob(bytes);
  const signed = Int8Array.from(text, (letter) => letter.charCodeAt(0));
  return { shape, values: Float32Array.from(signed, (value) => value * scale) };
}

function pictures(addresses) {
  return Promise.all(addresses.map((address) => new Promise((done) => {
    const image = new Image();
    image.onload = () => done(image);
    image.src = address;
  })));
}

/** Red, green, blue of a movement: its direction is the hue, its length the depth; no movement is white. */
function flowColour(u, v, full) {
  const hue = (((Math.atan2(-v, u) / (2 * Math.PI)) % 1) + 1) % 1;
  const depth = Math.min(1, Math.hypot(u, v) / full);
  return [5, 3, 1].map((n) => {
    const k = (n + hue * 6) % 6;
    return 255 * (1 - depth * clamp(Math.min(k, 4 - k), 0, 1));
  });
}

/** Draws flow, given by a function of place, as colour into a canvas of `side` pixels a side. */
function paintFlow(canvas, width, height, at, full) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [u, v] = at(x, y);
      image.data.set([...flowColour(u, v, full), 255], 4 * (y * width + x));
    }
  }
  context.putImageData(image, 0, 0);
}

function arrow(context, x, y, dx, dy) {
  const length = Math.hypot(dx, dy);
  if (length < 1.5) return;
  const head = Math.min(7, 3 + length / 4);
  const angle = Math.atan2(dy, dx);
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + dx, y + dy);
  for (const turn of [2.6, -2.6]) {
    context.moveTo(x + dx, y + dy);
    context.lineTo(x + dx + head * Math.cos(angle + turn), y + dy + head * Math.sin(angle + turn));
  }
  context.stroke();
}

/** The key to the colours: each lies where it points to. */
function wheel(size = 64) {
  const canvas = h("canvas", { role: "img", style: `width:${size}px;border-radius:50%`,
    "aria-label": "Colour wheel: right is red, up is green, left is cyan, down is violet; paler is shorter" });
  const at = (x, y) => [(2 * x) / 95 - 1, (2 * y) / 95 - 1];
  paintFlow(canvas, 96, 96, (x, y) => (Math.hypot(...at(x, y)) > 1 ? [0, 0] : at(x, y)), 1);
  return canvas;
}
