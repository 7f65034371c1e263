function render({ model, el }) {
  const data = model.get("data");
  const tell = teller(model);
  const line = teller_line();
  const people = data.people.map(([name, database, digits]) => ({ name, database,
    clips: digits.split(" ").map((three) => [...three].map(Number)) }));
  const none = () => [0, 0].map(() => [0, 1, 2].map(() => [0, 0, 0]));
  const count = (clips, into) => {
    for (const [truth, ...predicted] of clips) predicted.forEach((k, system) => { into[system][truth][k] += 1; });
  };
  // The study's people: all of them, or of each database an equal share, spread over the list.
  const taken = (n) => people.filter((_, i) => Math.floor(((i + 1) * n) / people.length) > Math.floor((i * n) / people.length));
  let study = people;
  let draws = [];
  let times = new Map();
  let seed = 1;
  let generator = random(seed);

  const observed = () => {
    const matrices = none();
    study.forEach((person) => count(person.clips, matrices));
    return matrices.map(uf1);
  };
  const drawOnce = () => {
    const matrices = none();
    times = new Map();
    if (what.value === "people") {
      for (const database of new Set(study.map((person) => person.database))) {
        const members = study.filter((person) => person.database === database);
        for (const _ of members) {
          const person = members[Math.floor(generator() * members.length)];
          times.set(person.name, (times.get(person.name) ?? 0) + 1);
          count(person.clips, matrices);
        }
      }
    } else {
      const all = study.flatMap((person) => person.clips.map((clip) => [person, clip]));
      for (const _ of all) {
        const [person, clip] = all[Math.floor(generator() * all.length)];
        times.set(person.name, (times.get(person.name) ?? 0) + 1 / person.clips.length);
        count([clip], matrices);
      }
    }
    draws.push(matrices.map(uf1));
  };
  const gaps = () => draws.map(([a, b]) => a - b).sort((p, q) => p - q);
  // numpy's quantile: linear between the two nearest.
  const quantile = (sorted, q) => {
    const place = q * (sorted.length - 1);
    const low = Math.floor(place);
    return sorted[low] + (place - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
  };

  const faces = plot({ height: (width) => 26 * Math.ceil(people.length / Math.floor(width / 26)) + 6,
    label: "The people of the study; a person's square is as dark as they are drawn often" }, (a) => {
    const across = Math.floor(a.box.width / 26);
    people.forEach((person, place) => {
      const [x, y] = [26 * (place % across) + 1, 26 * Math.floor(place / across) + 1];
      const inside = study.includes(person);
      const often = draws.length ? times.get(person.name) ?? 0 : inside ? 1 : 0;
      a.put(s("rect", { x, y, width: 22, height: 22, class: "faint-fill", opacity: inside ? 1 : 0.35 }));
      const side = Math.min(22, 11 * Math.sqrt(often));
      a.put(s("rect", { x: x + 11 - side / 2, y: y + 11 - side / 2, width: side, height: side, class: "purple-fill" }));
    });
  });

  const race = plot({ height: 150, left: 70, label: "UF1 of both systems in each draw" }, (a) => {
    a.xs = [0.45, 1];
    a.axisX([0.5, 0.6, 0.7, 0.8, 0.9, 1], "UF1", (value) => value.toFixed(1));
    const now = observed();
    ["blue", "orange"].forEach((colour, i) => {
      const y = a.box.top + 24 + 46 * i;
      a.text(4, y + 4, `System ${"AB"[i]}`, `${colour}-fill`);
      a.put(s("line", { x1: a.box.left, x2: a.box.right, y1: y, y2: y, class: "grid" }));
      for (const draw of draws.slice(-400)) a.put(s("line", { x1: a.x(draw[i]), x2: a.x(draw[i]), y1: y - 9, y2: y + 9,
        class: colour, opacity: 0.25 }));
      const value = draws.length ? draws.at(-1)[i] : now[i];
      a.put(s("circle", { cx: a.x(value), cy: y, r: 7, class: `${colour}-fill ringed` }));
      a.text(a.x(value), y - 13, value.toFixed(3), `${colour}-fill`, "middle");
    });
  });

  const differences = plot({ height: 210, left: 14, label: "The difference A minus B over all draws" }, (a) => {
    a.xs = [-0.14, 0.24];
    const bin = 0.005;
    const counts = new Map();
    for (const gap of gaps()) {
      const place = Math.floor(gap / bin);
      counts.set(place, (counts.get(place) ?? 0) + 1);
    }
    a.ys = [0, Math.max(8, ...counts.values()) * 1.15];
    for (const [place, n] of counts) {
      if (place * bin < a.xs[0] || place * bin >= a.xs[1]) continue;
      a.put(s("rect", { x: a.x(place * bin), width: Math.max(1, a.x(bin) - a.x(0) - 1), y: a.y(n),
        height: a.box.bottom - a.y(n), class: place < 0 ? "orange-fill" : "blue-fill", opacity: 0.75 }));
    }
    const [a0, b0] = observed();
    a.upright(0, "curve ink-line thin");
    a.upright(a0 - b0, "curve soft dash thin");
    named(a, a0 - b0, a.box.top + 4, `at hand`, "");
    a.text(a.x(0) - 6, a.box.top + 20, "B leads", "orange-fill", "end");
    a.text(a.x(0) + 6, a.box.top + 20, "A leads", "blue-fill");
    a.axisX([-0.1, 0, 0.1, 0.2], "UF1 of A minus UF1 of B", (value) => signed(value, 2));
    if (draws.length >= 20) {
      const sorted = gaps();
      const ends = [0.025, 0.975].map((q) => clamp(quantile(sorted, q), ...a.xs));
      a.put(s("rect", { x: a.x(ends[0]), width: a.x(ends[1]) - a.x(ends[0]), y: a.box.bottom - 3, height: 6, class: "purple-fill" }));
      a.text(a.x(ends[1]) + 5, a.box.bottom - 6, "95 %", "purple-fill");
    }
  });

  const signed = (value, digits = 3) => `${value < 0 ? "−" : value > 0 ? "+" : ""}${Math.abs(value).toFixed(digits)}`;
  const update = () => {
    const [a0, b0] = observed();
    const sorted = gaps();
    const ahead = sorted.filter((gap) => gap > 0).length;
    const lead = `On the ${study.length} people at hand A scores ${a0.toFixed(3)} and B ${b0.toFixed(3)}: a difference of *${signed(a0 - b0)}*. `;
    let interval = null;
    if (!draws.length) line.say(`${lead}Would other people say the same?`);
    else {
      const [a1, b1] = draws.at(-1);
      const last = draws.length === 1 || draws.length < 20 ? `This draw: A ${a1.toFixed(3)}, B ${b1.toFixed(3)}, *${a1 > b1 ? "A" : "B"} leads*. ` : "";
      let found = "";
      if (draws.length >= 20) {
        interval = [quantile(sorted, 0.025), quantile(sorted, 0.975)];
        const whole = study.length === people.length && what.value === "people";
        found = `95 % of the differences lie from *${signed(interval[0])}* to *${signed(interval[1])}*: so large may the difference be. `
          + (what.value === "people" ? "" : "Too narrow: clips were drawn as if each were another person. ")
          + (whole ? `Whether it is found, p decides: swapping the two systems' answers person by person gives *${data.library.p.toFixed(2)}*, `
            + `${data.library.p < 0.05 ? "found" : "not found"}.` : "");
      }
      line.say(`${lead}${last}In ${draws.length} draw${draws.length > 1 ? "s" : ""} A leads *${ahead}* times. ${found}`);
    }
    tell({ people: study.length, unit: what.value, draws: draws.length, ahead, interval, observed: [a0, b0], last: draws.at(-1) ?? null });
    for (const part of [faces, race, differences]) part.redraw();
  };
  const restart = () => { draws = []; times = new Map(); seed += 1; generator = random(seed); update(); };
  const draw = (n) => () => { for (let i = 0; i < n; i += 1) drawOnce(); update(); };

  const size = slider("People in the study", { min: 10, max: people.length, value: people.length, says: String }, (n) => {
    study = taken(n);
    restart();
  });
  const what = choice("What is drawn", [["people", "people"], ["clips", "clips (wrong)"]], "people", restart);
  stage(model, el,
    h("div", { class: "controls" },
      h("div", { class: "buttons" }, button("Draw once", draw(1), true), button("Draw 100", draw(100)), button("Start again", restart)),
      size.root, what.root),
    h("h3", {}, "The people: the larger a square, the oftener this draw took them"), faces.root,
    line.root, h("h3", {}, "Both systems in this draw (dot) and in all so far (strokes)"), race.root,
    h("h3", {}, "The difference in all draws so far"), differences.root);
  update();
}
