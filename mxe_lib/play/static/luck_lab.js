/** A guesser's whole run, as learning.leaks.random_guesser has it: its hits and confusions of each person and epoch. */
function guesses(people, epochs, seed) {
  const draw = random(seed);
  const totals = [0, 1, 2].map((k) => people.reduce((sum, person) => sum + person[k + 1], 0));
  return people.map(([, ...own]) => {
    const others = totals.map((n, k) => n - own[k]);
    const all = others[0] + others[1] + others[2];
    const edges = [others[0] / all, (others[0] + others[1]) / all];
    const runs = [];
    for (let epoch = 0; epoch < epochs; epoch += 1) {
      const cells = new Array(9).fill(0);
      own.forEach((n, k) => {
        for (let clip = 0; clip < n; clip += 1) {
          const share = draw();
          cells[3 * k + (share < edges[0] ? 0 : share < edges[1] ? 1 : 2)] += 1;
        }
      });
      runs.push({ cells, hits: cells[0] + cells[4] + cells[8] });
    }
    // The best of the first 1, 2, 3 ... epochs; of several equally good ones the first.
    let best = 0;
    const bests = runs.map((run, epoch) => (best = run.hits > runs[best].hits ? epoch : best));
    return { runs, bests };
  });
}

function pooled(run, pick) {
  const sum = new Array(9).fill(0);
  run.forEach((person) => person.runs[pick(person)].cells.forEach((n, cell) => { sum[cell] += n; }));
  return [sum.slice(0, 3), sum.slice(3, 6), sum.slice(6, 9)];
}

function render({ model, el }) {
  const data = model.get("data");
  const tell = teller(model);
  const line = teller_line();
  const steps = [1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000].filter((n) => n <= data.most);
  let seed = 1;
  let run;
  let best;
  let last;
  const deal = () => {
    run = guesses(data.people, data.most, seed);
    best = Array.from({ length: data.most }, (_, e) => uf1(pooled(run, (person) => person.bests[e])));
    last = Array.from({ length: data.most }, (_, e) => uf1(pooled(run, () => e)));
  };
  const epoch = () => steps[epochs.value];

  const climb = plot({ height: 300, right: 16, label: "UF1 over the epochs to choose from" }, (a) => {
    a.xs = [1, data.most];
    a.logarithmic = true;
    a.ys = [0.15, 0.9];
    a.axisY([0.2, 0.4, 0.6, 0.8], "UF1", (value) => value.toFixed(1));
    a.axisX([1, 10, 100, 1000].filter((n) => n <= data.most), "epochs to choose from");
    const at = best.map((_, e) => e + 1);
    a.level(data.printed, "curve soft dash thin");
    a.text(a.box.left + 4, a.y(data.printed) - 6, `SSSNet, in print: ${data.printed.toFixed(2)}`);
    const shown = epoch();
    if (shown > 1) {
      a.curve(at.slice(0, shown), best.slice(0, shown), "orange");
      a.curve(at.slice(0, shown), last.slice(0, shown), "blue");
    }
    a.upright(shown, "axis");
    a.dot(shown, best[shown - 1], "orange-fill", 6);
    a.dot(shown, last[shown - 1], "blue-fill", 6);
    const right = a.x(shown) > (a.box.left + a.box.right) / 2;
    const say = (y, words, kind) => a.text(a.x(shown) + (right ? -10 : 10), y, words, kind, right ? "end" : "start");
    say(a.y(best[shown - 1]) + (right || shown < 3 ? -12 : 18), `each person's luckiest epoch ${best[shown - 1].toFixed(2)}`, "orange-fill");
    say(a.y(last[shown - 1]) + 26, `at its last epoch ${last[shown - 1].toFixed(2)}`, "blue-fill");
  });

  const order = data.people.map((_, i) => i).sort((i, j) => size(j) - size(i));
  function size(i) { return data.people[i][1] + data.people[i][2] + data.people[i][3]; }
  const tall = (width) => 26 * Math.ceil(data.people.length / Math.floor(width / 26)) + 6;
  const tiles = (label, pick, kind) => plot({ height: tall, label }, (a) => {
    const across = Math.floor(a.box.width / 26);
    order.forEach((i, place) => {
      const [x, y] = [26 * (place % across) + 1, 26 * Math.floor(place / across) + 1];
      const share = run[i].runs[pick(run[i])].hits / size(i);
      a.put(s("rect", { x, y, width: 22, height: 22, class: "faint-fill" }),
        s("rect", { x, y: y + 22 * (1 - share), width: 22, height: 22 * share, class: kind }));
    });
  });
  const lucky = tiles("Of each person, the share that is right at the luckiest epoch",
    (person) => person.bests[epoch() - 1], "orange-fill");
  const plain = tiles("Of each person, the share that is right at the last epoch", () => epoch() - 1, "blue-fill");
  const captions = [h("figcaption"), h("figcaption")];

  const update = () => {
    const e = epoch() - 1;
    const full = [(person) => person.bests[e], () => e].map((pick) =>
      run.filter((person, i) => person.runs[pick(person)].hits === size(i)).length);
    full.forEach((n, i) => { captions[i].textContent = `${n} of ${run.length} people are all right`; });
    line.say(`Of ${e + 1} epoch${e ? "s" : ""} the luckiest is kept for each of ${run.length} people: UF1 *${best[e].toFixed(2)}*`
      + `${best[e] > data.printed ? ", above SSSNet in print" : ""}. The same system at its last epoch: `
      + `*${last[e].toFixed(2)}*. Nothing was learned.`);
    tell({ epochs: e + 1, seed, uf1_best: best[e], uf1_last: last[e], best: pooled(run, (person) => person.bests[e]),
      last: pooled(run, () => e) });
    for (const part of [climb, lucky, plain]) part.redraw();
  };
  const epochs = slider("Epochs to choose from", { min: 0, max: steps.length - 1, value: 0, wide: true,
    says: (place) => `${steps[place]} epoch${place ? "s" : ""}` }, update);
  const again = button("New guesses", () => { seed += 1; deal(); update(); }, true);
  deal();
  stage(model, el, h("div", { class: "controls" }, epochs.root, again), climb.root, line.root,
    h("h3", {}, "Each square is a test person, filled by the share of clips that is right"),
    h("div", { class: "row" },
      h("figure", {}, h("h3", { class: "orange-ink" }, "Luckiest epoch of each"), lucky.root, captions[0]),
      h("figure", {}, h("h3", { class: "blue-ink" }, "Last epoch"), plain.root, captions[1])));
  update();
}
