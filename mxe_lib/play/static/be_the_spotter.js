function render({ model, el }) {
  const data = model.get("data");
  const tell = teller(model);
  const line = teller_line();
  const guesses = [];
  let clip = 0;
  let asked = false;
  let images = [];
  const SIDE = 320;
  const CHANGE = 5;
  const game = () => data.clips[clip];
  const done = () => guesses.length > clip;
  // Who sees the others' errors early starts to play against them, and says the middle.
  const told = () => asked || guesses.length === data.clips.length;
  const off = (name, i) => Math.abs((name === "you" ? guesses[i] : data.clips[i][name]) - data.clips[i].apex);
  const rivals = [["you", "You", "orange"], ["spotter", "Our spotter", "green"], ["middle", "Middle frame", "soft"]];
  const others = "The others' errors come after the tenth clip.";

  const face = h("canvas", { role: "img", width: SIDE, height: SIDE });
  const hidden = h("canvas", { width: SIDE, height: SIDE });
  const pixels = (image) => {
    const context = hidden.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0, SIDE, SIDE);
    return context.getImageData(0, 0, SIDE, SIDE);
  };
  const draw = () => {
    if (!images.length) return;
    const context = face.getContext("2d");
    context.drawImage(images[time.value], 0, 0, SIDE, SIDE);
    if (changes.value) {
      const [onset, now] = [pixels(images[0]), pixels(images[time.value])];
      for (let i = 0; i < now.data.length; i += 4) {
        now.data.fill(clamp(128 + CHANGE * (now.data[i] - onset.data[i]), 0, 255), i, i + 3);
      }
      context.putImageData(now, 0, 0);
    }
    face.setAttribute("aria-label", `Simulated face of clip ${clip + 1} at frame ${game().shown[time.value]}${changes.value ? ", what changed since the onset" : ""}`);
  };

  const truth = plot({ height: 260, left: 16, label: "The clip's expression over its frames, and all guesses" }, (a) => {
    const { shown, intensity, scores, apex, physical } = game();
    a.xs = [0, shown.at(-1)];
    a.ys = [0, 1.9];
    a.axisX(ticksTo(shown.at(-1), 10), "frames after the onset");
    if (!done()) {
      a.upright(shown[time.value], "ink-line");
      a.text((a.box.left + a.box.right) / 2, (a.box.top + a.box.bottom) / 2, "The truth appears here after your guess.", "ink", "middle");
      return;
    }
    a.fill(shown, intensity, "orange-fill", 0.2);
    a.curve(shown, intensity, "orange thin");
    if (told()) a.curve(shown, scores, "green dash thin");
    a.upright(apex, "curve blue");
    const marks = [["coder", apex, "blue-fill"], ["you", guesses[clip], "orange-fill"], ["strongest pull", physical, "purple-fill"]];
    if (told()) marks.push(["spotter", game().spotter, "green-fill"], ["middle", game().middle, "soft-fill"]);
    marks.forEach(([name, frame, kind], i) => {
      const y = a.box.top + 6 + 17 * i;
      a.put(s("circle", { cx: a.x(frame), cy: y - 4, r: 5, class: kind }));
      const left = a.x(frame) > a.box.width * 0.6;
      a.text(a.x(frame) + (left ? -10 : 10), y, `${name} ${frame}`, kind, left ? "end" : "start");
    });
  });

  const board = h("tbody");
  const table = h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, "Clip"),
    ...rivals.map(([, name]) => h("th", { class: "number" }, name)))), board);
  const fillBoard = () => {
    const seen = (values) => values.map((value, i) => (i && !told() ? "?" : value));
    const rows = guesses.map((_, i) => [i + 1, ...seen(rivals.map(([key]) => off(key, i)))]);
    const means = rivals.map(([key]) => mean(guesses.map((_, i) => off(key, i))).toFixed(1));
    const row = (cells, head) => h("tr", {}, ...cells.map((cell, i) => h(head || !i ? "th" : "td",
      { class: i ? "number" : null, scope: i ? null : "row" }, String(cell))));
    board.replaceChildren(...rows.map((cells) => row(cells)), ...(rows.length ? [row(["Mean", ...seen(means)], true)] : [row(["–", "–", "–", "–"])]));
    return means;
  };

  const update = () => {
    const means = fillBoard();
    const all = data.clips.length;
    if (!done()) line.say(`Clip *${clip + 1} of ${all}*: where is the apex? Slide with the arrow keys or your finger.`);
    else {
      const [you, ours, middle] = rivals.map(([key]) => off(key, clip));
      const coder = Math.abs(game().physical - game().apex);
      const end = guesses.length < all ? "" : ` All ten: you err by *${means[0]}* frames on average, our spotter by ${means[1]}, the middle frame by ${means[2]}. `
        + (Number(means[0]) < Number(means[2]) ? "You beat the middle frame." : "The middle frame, which looks at nothing, does as well or better.");
      const rest = told() ? `, our spotter ${ours}, the middle frame ${middle}. ` : `. ${others} `;
      line.say(`The coder marked ${game().apex} (units ${game().units}). You are *${frames(you)}* off${rest}`
        + `The coder is ${coder} off the strongest pull.${end}`);
    }
    take.disabled = done();
    next.disabled = !done() || guesses.length === all;
    show.disabled = told() || !guesses.length;
    tell({ clip, guesses: [...guesses], errors: guesses.map((_, i) => off("you", i)),
      means: guesses.length ? means.map(Number) : [] });
    draw();
    truth.redraw();
  };
  const load = () => pictures(game().faces).then((loaded) => {
    images = loaded;
    time.input.max = images.length - 1;
    time.value = 0;
    update();
  });
  const time = slider("Frame", { min: 0, max: game().shown.length - 1, value: 0, wide: true,
    says: (i) => `${game().shown[i] ?? 0} of ${game().shown.at(-1)}` }, () => { draw(); truth.redraw(); });
  const changes = tick(`Show only what changed since the onset (${CHANGE} times)`, false, () => draw());
  const take = button("This is the apex", () => { guesses.push(game().shown[time.value]); update(); if (!next.disabled) next.focus(); }, true);
  const next = button("Next clip", () => { clip += 1; load().then(() => time.input.focus()); });
  const again = button("Start again", () => { guesses.length = 0; clip = 0; asked = false; load(); });
  const show = button("Show the others now", () => { asked = true; update(); });
  stage(model, el,
    h("div", { class: "row" },
      h("figure", { class: "face" }, face),
      h("div", {}, h("div", { class: "controls" }, time.root, changes.root,
        h("div", { class: "buttons" }, take, next, again, show)), line.root)),
    h("h3", {}, "The truth: how strong the expression is (filled); after the tenth clip, how our spotter scores each frame (dashed)"), truth.root,
    h("h3", {}, "Errors in frames"), table);
  load();
}
