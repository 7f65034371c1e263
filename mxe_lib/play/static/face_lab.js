const LETTERS = ["A", "B", "C", "D", "E"];

/** Factors (x, y) that the other units put on one, as simulation.displacement has it. */
function gainOf(unit, active, data) {
  const gain = [1, 1];
  const own = data.amplitudes[active.get(unit)];
  for (const [a, b, change] of data.together) {
    const other = a === unit ? b : b === unit ? a : null;
    if (other === null || !active.has(other) || !change[unit]) continue;
    const theirs = data.amplitudes[active.get(other)];
    const share = (2 * Math.min(own, theirs)) / (own + theirs);
    gain.forEach((_, axis) => { gain[axis] *= 1 + (change[unit][axis] - 1) * share; });
  }
  return gain;
}

/** The displacement of every pixel in pixels of the picture: u and v, as Bumps.on_grid gives it. */
function flowOf(active, sides, data) {
  const [width, height] = data.size;
  const { scale, origin } = data.place;
  const flow = [new Float32Array(width * height), new Float32Array(width * height)];
  const profile = (n, axis, centre, before, after) => Float32Array.from({ length: n }, (_, i) => {
    const away = (i - origin[axis]) / scale[axis] - centre;
    return Math.exp(-0.5 * (away / (away < 0 ? before : after)) ** 2);
  });
  for (const unit of data.units.filter((one) => active.has(one.number))) {
    const gain = gainOf(unit.number, active, data);
    const size = data.amplitudes[active.get(unit.number)];
    for (const side of sides) for (const [cx, cy, left, right, above, below, ...pull] of unit.bumps[side]) {
      const along = profile(width, 0, cx, left, right);
      const down = profile(height, 1, cy, above, below);
      const [u, v] = pull.map((value, axis) => value * size * gain[axis] * scale[axis]);
      for (let y = 0; y < height; y += 1) {
        if (down[y] < 1e-4) continue;
        for (let x = 0; x < width; x += 1) {
          const share = down[y] * along[x];
          flow[0][y * width + x] += u * share;
          flow[1][y * width + x] += v * share;
        }
      }
    }
  }
  return flow;
}

function sample(plane, width, height, x, y) {
  const px = clamp(x, 0, width - 1);
  const py = clamp(y, 0, height - 1);
  const x0 = Math.floor(px);
  const y0 = Math.floor(py);
  const right = x0 + 1 < width ? 1 : 0;
  const below = y0 + 1 < height ? width : 0;
  const i = y0 * width + x0;
  const fx = px - x0;
  const fy = py - y0;
  return (1 - fy) * ((1 - fx) * plane[i] + fx * plane[i + right]) + fy * ((1 - fx) * plane[i + below] + fx * plane[i + below + right]);
}

/** The picture in which every point x has moved to x + flow(x): where each pixel came from is sought step by step. */
function warp(resting, flow, width, height) {
  const moved = new Float32Array(width * height);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) {
    const i = y * width + x;
    let sx = x - flow[0][i];
    let sy = y - flow[1][i];
    for (let step = 0; step < 10; step += 1) {
      const dx = x - sample(flow[0], width, height, sx, sy) - sx;
      const dy = y - sample(flow[1], width, height, sx, sy) - sy;
      const damped = step < 2 ? 1 : 0.6;
      sx += damped * dx;
      sy += damped * dy;
      if (Math.abs(dx) < 0.02 && Math.abs(dy) < 0.02) break;
    }
    moved[i] = sample(resting, width, height, sx, sy);
  }
  return moved;
}

function render({ model, el }) {
  const data = model.get("data");
  const tell = teller(model);
  const line = teller_line();
  const [width, height] = data.size;
  const FULL = 5;
  const STRETCH = 3;
  let resting;
  let now = { key: "", codes: [] };

  const face = h("canvas", { role: "img", width, height });
  const colours = h("canvas", { role: "img" });
  const show = (plane) => {
    const context = face.getContext("2d");
    const image = context.createImageData(width, height);
    plane.forEach((value, i) => image.data.set([value, value, value, 255], 4 * i));
    context.putImageData(image, 0, 0);
  };
  const bars = plot({ height: 128, left: 84, bottom: 12, top: 8, label: "How probable the recogniser holds each class" }, (a) => {
    a.xs = [0, 1.12];
    const read = readOf();
    data.classes.forEach((name, i) => {
      const y = a.box.top + 36 * i;
      a.text(a.box.left - 8, y + 18, name, "ink", "end");
      a.put(s("rect", { x: a.x(0), y, width: a.x(1) - a.x(0), height: 26, class: "faint-fill" }));
      if (!read) return;
      const best = read[i] === Math.max(...read);
      a.put(s("rect", { x: a.x(0), y, width: a.x(read[i]) - a.x(0), height: 26, class: best ? "blue-fill" : "soft-fill" }));
      a.text(a.x(read[i]) + 6, y + 18, `${Math.round(100 * read[i])} %`, "ink");
    });
    if (!read) a.text(a.x(0) + 8, a.box.top + 18, now.codes.length ? (model.get("kernel") ? "reading …" : "reads this in a notebook only") : "nothing moves", "ink");
  });
  const readOf = () => {
    if (!now.codes.length) return null;
    const told = model.get("answer");
    return data.read[now.key] ?? (told && told.key === now.key ? told.read : null);
  };

  const levels = new Map();
  const update = () => {
    if (!resting) return;
    const active = new Map();
    for (const [number, input] of levels) if (input.value) active.set(number, LETTERS[input.value - 1]);
    const sides = side.value === "both" ? ["right", "left"] : [side.value];
    const flow = flowOf(active, sides, data);
    const codes = [...active].map(([number, letter]) => `${{ both: "", right: "R", left: "L" }[side.value]}${number}${letter}`);
    now = { codes, key: codes.join("+") };
    let longest = 0;
    flow[0].forEach((u, i) => { longest = Math.max(longest, Math.hypot(u, flow[1][i])); });
    const inCrop = (longest / data.place.scale[0]) * data.crop;
    const moved = warp(resting, flow, width, height);
    show(rest.value ? resting : moved);
    if (arrows.value && !rest.value) {
      const context = face.getContext("2d");
      context.strokeStyle = "#ffb000";
      context.lineWidth = 1.3;
      for (let y = 8; y < height; y += 10) for (let x = 8; x < width; x += 10) {
        const [u, v] = flow.map((plane) => plane[y * width + x] * STRETCH);
        if (Math.hypot(u, v) > 2) arrow(context, x, y, u, v);
      }
    }
    paintFlow(colours, width, height, (x, y) => [flow[0][y * width + x], flow[1][y * width + x]], FULL);
    const words = codes.length ? codes.join(" + ") : "nothing";
    face.setAttribute("aria-label", rest.value ? "The simulated face at rest" : `The simulated face with ${words}`);
    colours.setAttribute("aria-label", `The movement of the skin with ${words} as colours`);
    const read = readOf();
    const reading = !read ? "" : ` Our recogniser reads *${data.classes[read.indexOf(Math.max(...read))]}* (${Math.round(100 * Math.max(...read))} %).`;
    line.say(codes.length ? `Codes *${codes.join(" ")}*. The skin moves by at most *${inCrop.toFixed(1)} pixels* of the crop of 75 × 75 that a network reads.${reading}`
      : "The face is at rest. Move a slider.");
    bars.redraw();
    tell({ codes, side: side.value, longest: inCrop, probe: data.probe.map(([x, y]) => flow.map((plane) => plane[y * width + x])),
      face: data.probe.map(([x, y]) => moved[y * width + x]) });
  };

  const sliders = data.units.map((unit) => {
    const made = slider(`${unit.number} ${unit.name}`, { min: 0, max: 5, value: 0, says: (level) => (level ? LETTERS[level - 1] : "–") }, update);
    made.root.title = unit.muscle;
    levels.set(unit.number, made);
    return made.root;
  });
  const set = (codes) => {
    for (const made of levels.values()) made.value = 0;
    for (const code of codes) levels.get(Number(code.slice(0, -1))).value = 1 + LETTERS.indexOf(code.at(-1));
    update();
  };
  const examples = Object.entries(data.examples).map(([name, codes]) => button(name, () => set(codes)));
  const side = choice("Side, as the face's owner has it", [["both", "both"], ["right", "right"], ["left", "left"]], "both", () => update());
  const rest = tick("Resting face", false, () => update());
  const arrows = tick(`Arrows (${STRETCH} times as long)`, false, () => update());
  model.on("change:answer", update);
  pictures([data.face]).then(([image]) => {
    const hidden = h("canvas", { width, height });
    const context = hidden.getContext("2d");
    context.drawImage(image, 0, 0);
    const { data: bytes } = context.getImageData(0, 0, width, height);
    resting = Float32Array.from({ length: width * height }, (_, i) => bytes[4 * i]);
    stage(model, el,
      h("div", { class: "controls" }, h("div", { class: "buttons" }, ...examples, button("At rest", () => set([])))),
      h("div", { class: "pair" },
        h("figure", {}, face, h("figcaption", {}, "Simulated face")),
        h("figure", {}, colours, h("figcaption", {}, `Where the skin moves, full colour at ${FULL} px`)),
        h("div", { class: "key" }, h("figure", {}, wheel(), h("figcaption", {}, "Colour: direction")),
          h("div", { class: "bars" }, h("h3", {}, "What our recogniser reads"), bars.root))),
      h("div", { class: "controls" }, rest.root, arrows.root, side.root),
      line.root,
      h("h3", {}, "Action units"), h("div", { class: "controls units" }, ...sliders));
    set(data.examples.Smile);
  });
  return () => model.off("change:answer", update);
}
