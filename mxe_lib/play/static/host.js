// What a notebook's front end is for anywidget, this is for a page: a model that keeps values, and nothing behind it.
const values = JSON.parse(document.getElementById("data").textContent);
const listeners = {};
const model = {
  get: (name) => values[name],
  set(name, value) {
    values[name] = value;
    for (const listener of listeners[`change:${name}`] ?? []) listener();
  },
  on(event, listener) {
    (listeners[event] ??= []).push(listener);
  },
  off(event, listener) {
    listeners[event] = (listeners[event] ?? []).filter((other) => other !== listener);
  },
  save_changes() {},
};
// Within a frame of the site the page is as light or dark as the site is.
try {
  const outer = window.parent.document.documentElement;
  if (outer !== document.documentElement) {
    const follow = () => {
      if (outer.dataset.theme) document.documentElement.dataset.theme = outer.dataset.theme;
    };
    new MutationObserver(follow).observe(outer, { attributes: true, attributeFilter: ["data-theme"] });
    follow();
  }
} catch {
  // The outer page is another site's: the system's own light or dark is kept.
}
render({ model, el: document.getElementById("plaything") });
globalThis.plaything = model;
