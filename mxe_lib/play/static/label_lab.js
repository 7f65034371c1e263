/** The label of each frame 0 ... length, as spotting.labels.label has it. */
function labelOf(kind, { length, apex, near }, k) {
  return Array.from({ length: length + 1 }, (_, t) => {
    if (kind === "impulse") return t === apex ? 1 : 0;
    if (kind === "near") return Math.abs(t - apex) <= near ? 1 : 0;
    const rising = t / Math.max(apex, 1);
    const falling = (length - t) / Math.max(length - apex, 1);
    const u = clamp(t === apex ? 1 : t < apex ? rising : falling, 0, 1);
    if (kind === "exponential") return Math.expm1(k * u) / Math.expm1(k);
    return kind === "log" ? Math.log1p(Math.expm1(k) * u) / k : u;
  });
}

/** The middle one of the best, as spotting.rules has it. */
function middleOfBest(places, scores) {
  const best = Math.max(...scores);
  const tied = places.filter((_, i) => scores[i] >= best - 1e-12 * Math.max(1, Math.abs(best)));
  return tied[Math.floor((tied.length - 1) / 2)];
}

function pickMax(scores) {
  return middleOfBest(scores.map((_, t) => t), scores);
}

function pickSwMax(scores, window) {
  const half = Math.floor(window / 2);
  const centres = [];
  const means = [];
  for (let t = half; t + half < scores.length; t += 1) {
    centres.push(t);
    means.push(mean(scores.slice(t - half, t + half + 1)));
  }
  return centres.length ? middleOfBest(centres, means) : pickMax(scores);
}

function noisyCurve(truth, noise, lasting, seed) {
  const draw = random(seed);
  let slow = normal(draw);
  return truth.map((value, t) => {
    if (t) slow = lasting * slow + Math.sqrt(1 - lasting ** 2) * normal(draw);
    return value + noise * Math.SQRT1_2 * (slow + normal(draw));
  });
}

function render({ model, el }) {
  const data = model.get("data");
  const tell = teller(model);
  const line = teller_line();
  const names = { linear: "linear", exponential: "exponential", log: "log", impulse: "impulse", near: "near the apex" };
  let seed = 1;
  let now = {};

  const curvePlot = plot({ height: 250, label: "The label and the network's score over the clip's frames" }, (a) => {
    a.xs = [0, data.length];
    a.ys = [Math.min(-0.2, ...now.scores) - 0.05, Math.max(1.1, ...now.scores) + 0.3];
    a.axisY([0, 1], "score");
    a.axisX(ticksTo(data.length, 10), "frame");
    const half = Math.floor(data.window / 2);
    if (now.swMax >= half) a.put(s("rect", { x: a.x(now.swMax - half), width: a.x(half) - a.x(-half), y: a.box.top,
      height: a.box.bottom - a.box.top, class: "green-fill", opacity: 0.15 }));
    const all = now.scores.map((_, t) => t);
    a.curve(all, now.label, "soft dash");
    a.curve(all, now.scores, "ink-line thin");
    a.upright(now.apex, "curve blue");
    named(a, now.apex, a.box.top + 10, `apex ${now.apex}`, "blue-fill");
    a.dot(now.max, now.scores[now.max], "orange-fill", 6);
    a.put(s("path", { class: "green-fill", d: `M${a.x(now.swMax)} ${a.y(a.ys[0]) - 13}l7 13h-14Z` }));
    named(a, now.max, a.y(now.scores[now.max]) - 8, "Max", "orange-fill");
    named(a, now.swMax + 1, a.box.bottom - 4, "SW-Max", "green-fill");
  });

  const errorPlot = plot({ height: 210, left: 14, label: "Where the picks of many networks lie, by rule" }, (a) => {
    a.xs = [-now.apex, data.length - now.apex];
    const [up, down] = [now.maxErrors, now.swErrors].map((errors) => {
      const counts = new Map();
      for (const error of errors) counts.set(error, (counts.get(error) ?? 0) + 1);
      return counts;
    });
    const most = Math.max(...up.values(), ...down.values());
    a.ys = [-most, most];
    const wide = Math.max(1.5, a.x(1) - a.x(0) - 1);
    for (const [counts, sign, kind] of [[up, 1, "orange-fill"], [down, -1, "green-fill"]]) {
      for (const [error, count] of counts) {
        const [top, foot] = sign > 0 ? [a.y(count), a.y(0)] : [a.y(0), a.y(-count)];
        a.put(s("rect", { x: a.x(error) - wide / 2, width: wide, y: top, height: foot - top, class: kind }));
      }
    }
    a.level(0, "axis");
    a.upright(0, "curve blue thin");
    const middle = Math.floor(data.length / 2) - now.apex;
    a.upright(middle, "curve soft dash thin");
    named(a, middle, a.box.bottom - 2, "middle frame", "");
    a.text(a.box.left, a.box.top - 4, `Max: ${now.maxMean.toFixed(1)} frames off on average`, "orange-fill");
    a.text(a.box.left, a.box.bottom - 20, "SW-Max:", "green-fill");
    a.text(a.box.left, a.box.bottom - 4, `${now.swMean.toFixed(1)} off`, "green-fill");
    const step = a.box.width < 500 ? 20 : 10;
    const from = Math.ceil(a.xs[0] / step) * step;
    a.axisX(ticksTo(a.xs[1] - from, step).map((tick) => tick + from), "frames too early (−) or too late (+)",
      (value) => (value < 0 ? `−${-value}` : String(value)));
  });

  const update = () => {
    const apex = at.value;
    const truth = labelOf(kind.value, { ...data, apex }, steepness.value);
    const scores = noisyCurve(truth, noise.value, data.lasting, seed);
    const picked = (curve) => [pickMax(curve), pickSwMax(curve, data.window)];
    const [max, swMax] = picked(scores);
    const many = Array.from({ length: data.networks }, (_, i) =>
      picked(noisyCurve(truth, noise.value, data.lasting, 1000 + i)));
    const [maxErrors, swErrors] = [0, 1].map((rule) => many.map((picks) => picks[rule] - apex));
    const [maxMean, swMean] = [maxErrors, swErrors].map((errors) => mean(errors.map(Math.abs)));
    const middle = Math.abs(Math.floor(data.length / 2) - apex);
    now = { label: truth, scores, apex, max, swMax, maxErrors, swErrors, maxMean, swMean };
    steepness.input.disabled = !["exponential", "log"].includes(kind.value);
    const off = (frame) => (frame === apex ? "hits the apex" : `errs by *${frames(Math.abs(frame - apex))}*`);
    line.say(`On this curve Max takes frame ${max} and ${off(max)}; SW-Max takes frame ${swMax} and ${off(swMax)}. `
      + `The middle frame, which looks at nothing, errs by *${frames(middle)}*. Over ${data.networks} such networks: `
      + `Max *${maxMean.toFixed(1)}*, SW-Max *${swMean.toFixed(1)}*.`);
    tell({ function: kind.value, steepness: steepness.value, noise: noise.value, apex, label: truth, scores, max,
      sw_max: swMax, max_mean: maxMean, sw_max_mean: swMean });
    curvePlot.redraw();
    errorPlot.redraw();
  };

  const kind = choice("Label", data.functions.map((name) => [name, names[name]]), "linear", () => update());
  const steepness = slider("Steepness (exponential, log)", { min: 0.5, max: 8, step: 0.5, value: 3,
    says: (value) => value.toFixed(1) }, update);
  const noise = slider("Noise of the network", { min: 0, max: 1, step: 0.05, value: data.noise,
    says: (value) => value.toFixed(2) }, update);
  const at = slider("True apex", { min: 0, max: data.length, value: data.apex, says: (t) => `frame ${t}` }, update);
  const again = button("New noise", () => { seed += 1; update(); }, true);
  stage(model, el,
    h("div", { class: "controls" }, kind.root, steepness.root, noise.root, at.root, again),
    h("h3", {}, "One network: its label (dashed) and its curve"), curvePlot.root, line.root,
    h("h3", {}, `${data.networks} networks: how far each pick lies from the apex`), errorPlot.root);
  update();
}
