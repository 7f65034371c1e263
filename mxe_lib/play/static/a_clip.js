function render({ model, el }) {
  const data = model.get("data");
  const tell = teller(model);
  const line = teller_line();
  const flows = Object.fromEntries(Object.entries(data.flow).map(([name, packed]) => [name, unpack(packed)]));
  const [, , side] = flows.true.shape;
  const grid = flows.true.shape[3];
  const cells = side * grid;
  const { shown } = data;
  let images = [];
  let timer = 0;
  let place = 0;

  // Flow of the shown kind at a place of the grid, in pixels of the crop; between cells it is interpolated.
  const one = (name, channel, y, x) => flows[name].values[(2 * place + channel) * cells + y * grid + x];
  const cell = (channel, y, x) => (kind.value === "wrong" ? one("measured", channel, y, x) - one("true", channel, y, x)
    : one(kind.value, channel, y, x));
  const flowAt = (px, py) => {
    const [gx, gy] = [clamp(px, 0, grid - 1), clamp(py, 0, grid - 1)];
    const [x0, y0] = [Math.floor(gx), Math.floor(gy)];
    const [x1, y1] = [Math.min(grid - 1, x0 + 1), Math.min(grid - 1, y0 + 1)];
    const [fx, fy] = [gx - x0, gy - y0];
    return [0, 1].map((c) => (1 - fy) * ((1 - fx) * cell(c, y0, x0) + fx * cell(c, y0, x1))
      + fy * ((1 - fx) * cell(c, y1, x0) + fx * cell(c, y1, x1)));
  };
  const FULL = 2.5;
  const STRETCH = 6;

  const face = h("canvas", { role: "img", width: 300, height: 300 });
  const colours = h("canvas", { role: "img" });
  const drawFace = () => {
    const context = face.getContext("2d");
    context.drawImage(images[place], 0, 0, 300, 300);
    if (!arrows.value) return;
    context.lineWidth = 1.6;
    context.strokeStyle = "#ffb000";
    const unit = 300 / grid;
    for (let y = 0; y < grid; y += 1) for (let x = y % 2; x < grid; x += 2) {
      const [u, v] = [0, 1].map((c) => cell(c, y, x) * STRETCH * (300 / data.face));
      if (Math.hypot(u, v) > 4) arrow(context, (x + 0.5) * unit, (y + 0.5) * unit, u, v);
    }
  };
  const drawFlow = () => paintFlow(colours, 100, 100, (x, y) => flowAt((x + 0.5) / 100 * grid - 0.5, (y + 0.5) / 100 * grid - 0.5), FULL);

  const everywhere = data.moves.expression.map((_, t) => t);
  const rows = [
    ...data.units.map((unit) => ({ name: `Action unit ${unit.code}, ${unit.name}`, colour: "orange",
      values: data.moves.expression.map((value) => value * unit.size / Math.max(...data.units.map((other) => other.size))) })),
    { name: "Blink: how far the lids are closed", colour: "purple", values: data.moves.blink },
  ];
  const step = data.frames > 60 ? 20 : 10;
  const jump = (a) => { a.svg.style.cursor = "pointer"; a.svg.onclick = (event) => {
    const box = a.svg.getBoundingClientRect();
    go(nearest(a.unX((event.clientX - box.left) * (a.box.width / box.width))));
  }; };
  const cursor = (a) => a.upright(shown[place], "ink-line");
  const moving = plot({ height: 62 * rows.length + 26, left: 36, bottom: 8, label: "What moves in the clip" }, (a) => {
    a.xs = [0, data.frames];
    jump(a);
    a.band(data.plateau[0], data.plateau[1]);
    rows.forEach((row, i) => {
      const foot = a.box.top + 62 * (i + 1) - 6;
      const top = foot - 38;
      const path = row.values.map((value, t) => `${t ? "L" : "M"}${a.x(t).toFixed(1)} ${(foot - value * (foot - top)).toFixed(1)}`).join("");
      a.put(s("path", { d: `${path}L${a.x(data.frames)} ${foot}L${a.x(0)} ${foot}Z`, class: `${row.colour}-fill`, opacity: 0.3 }));
      a.put(s("path", { d: path, class: `curve ${row.colour}` }));
      a.text(a.box.left, top - 6, row.name, `${row.colour}-fill`);
    });
    cursor(a);
    named(a, data.plateau[0], a.box.top - 6, "plateau", "");
  });
  const lengths = plot({ height: 230, left: 36, label: "Mean length of the flow in each frame" }, (a) => {
    a.xs = [0, data.frames];
    a.ys = [0, 1.15 * Math.max(...data.length.true, ...data.length.measured)];
    jump(a);
    a.band(data.plateau[0], data.plateau[1]);
    a.axisY([0.1, 0.2, 0.3].filter((tick) => tick < a.ys[1]), "pixels", (value) => value.toFixed(1));
    a.axisX(ticksTo(data.frames, step), "frames after the onset");
    a.upright(data.marked, "curve blue");
    named(a, data.marked, a.box.top + 2, `coder's apex ${data.marked}`, "blue-fill");
    a.curve(shown, data.length.true, "soft dash");
    a.curve(shown, data.length.measured, "ink-line");
    const peak = longest("measured");
    a.dot(shown[peak], data.length.measured[peak], "orange-fill ringed", 7);
    a.text(a.x(shown[peak]) + 10, a.y(data.length.measured[peak]) - 10, `longest ${shown[peak]}`, "orange-fill");
    const at = Math.floor(shown.length * 0.25);
    a.text(a.x(shown[at]) - 4, a.y(data.length.true[at]) - 12, "true", "", "end");
    a.text(a.x(shown[at]) + 4, a.y(data.length.measured[at]) + 20, "measured", "ink");
    cursor(a);
  });
  const longest = (name) => data.length[name].indexOf(Math.max(...data.length[name]));
  const nearest = (t) => shown.reduce((best, time, i) => (Math.abs(time - t) < Math.abs(shown[best] - t) ? i : best), 0);

  const names = { measured: "measured flow", true: "true flow", wrong: "measured minus true flow" };
  const update = () => {
    line.root.setAttribute("aria-live", timer ? "off" : "polite");
    const t = shown[place];
    const pull = data.moves.expression[t];
    const lids = data.moves.blink[t];
    const peak = shown[longest("measured")];
    const ms = Math.round((1000 * t) / data.fps);
    const what = t === 0 ? "The onset: all flow is measured from this frame."
      : t >= data.plateau[0] && t <= data.plateau[1] ? `The plateau: the pull is at *${Math.round(100 * pull)} %* of its peak, and for ${data.plateau[1] - data.plateau[0]} frames hardly changes.`
        : lids > 0.3 ? `A blink: the lids are closed by *${Math.round(100 * lids)} %*, and their flow is long, though it is no part of the expression.`
          : `The expression is at *${Math.round(100 * pull)} %* of its peak.`;
    line.say(`Frame *${t}* of ${data.frames}, ${ms} ms after the onset. ${what} The muscles pull hardest at frame ${data.apex}, the coder marked ${data.marked}, `
      + `and the flow is longest at ${peak}: *${frames(Math.abs(peak - data.marked))}* from the mark.`);
    face.setAttribute("aria-label", `The simulated face in frame ${t}${arrows.value ? `, with arrows of the ${names[kind.value]}` : ""}`);
    colours.setAttribute("aria-label", `The ${names[kind.value]} from the onset to frame ${t} as colours`);
    caption.textContent = `${names[kind.value][0].toUpperCase()}${names[kind.value].slice(1)} from the onset, full colour at ${FULL} px`;
    tell({ frame: t, flow: kind.value, longest: peak, expression: pull, blink: lids });
    drawFace();
    drawFlow();
    moving.redraw();
    lengths.redraw();
  };
  const go = (to) => { place = to; time.value = to; update(); };
  const stop = () => { clearInterval(timer); timer = 0; play.textContent = "Play"; };
  const time = slider("Frame", { min: 0, max: shown.length - 1, value: 0, wide: true,
    says: (i) => `${shown[i]} of ${data.frames}` }, (to) => { stop(); place = to; update(); });
  const play = button("Play", () => {
    if (timer) { stop(); return; }
    play.textContent = "Stop";
    timer = setInterval(() => { go((place + 1) % shown.length); if (place === shown.length - 1) stop(); }, 90);
  }, true);
  const kind = choice("Flow", [["measured", "measured (TV-L1)"], ["true", "true"], ["wrong", "measured − true"]], "measured", () => update());
  const arrows = tick(`Arrows on the face (${STRETCH} times as long)`, true, () => update());
  const caption = h("figcaption");
  pictures(data.faces).then((loaded) => {
    images = loaded;
    stage(model, el,
      h("div", { class: "controls" }, time.root, play, kind.root, arrows.root),
      h("div", { class: "pair" },
        h("figure", {}, face, h("figcaption", {}, "Simulated face, cut out as the network sees it")),
        h("figure", {}, colours, caption),
        h("figure", { class: "key" }, wheel(), h("figcaption", {}, "Colour: direction"))),
      line.root,
      h("h3", {}, "What moves, as only a simulator knows it"), moving.root,
      h("h3", {}, "Mean length of the flow: what a simple spotter looks at"), lengths.root);
    update();
    go(nearest(data.apex));
  });
  return () => clearInterval(timer);
}
