// The keys of a project, oldest first, each as wide as it was active long.

import { h, time } from "./element.js";

/** How long a key was active, in milliseconds. At least one: a key that was rotated at once is there too. */
function span(key, now) {
  return Math.max(1, Date.parse(key.rotated_at ?? now) - Date.parse(key.created_at));
}

export function timeline(project, now) {
  const keys = [...project.keys].reverse();
  const whole = keys.reduce((sum, key) => sum + span(key, now), 0);
  return h(
    "ol",
    { class: "timeline", "aria-label": `Keys of ${project.slug}, oldest first` },
    keys.map((key) => {
      const what = [
        `Version ${key.version}, ${key.custody}-managed`,
        `from ${time(key.created_at)}`,
        key.active ? "active" : `rotated ${time(key.rotated_at)}`,
      ];
      const item = h(
        "li",
        { class: `key ${key.custody}${key.active ? " active" : ""}`, title: what.join(", "), "aria-label": what.join(", ") },
        h("span", { class: "block" }, `v${key.version}`),
        h("span", { class: "day" }, key.created_at.slice(0, 10)),
      );
      // The style sheet gives each its least width; what is left goes by duration.
      item.style.flexGrow = span(key, now) / whole;
      return item;
    }),
  );
}
