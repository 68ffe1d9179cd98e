// The keys of a project, oldest first, each as long as it was active.

import { svg, time } from "./element.js";

const WIDTH = 720;
const HEIGHT = 34;
const LEAST = 64;

/** Widths that add up to the whole, none too small to be read, the rest by duration. */
function widths(keys, now) {
  const spans = keys.map((key) => Math.max(0, Date.parse(key.rotated_at ?? now) - Date.parse(key.created_at)));
  const least = Math.min(LEAST, WIDTH / keys.length);
  const free = WIDTH - least * keys.length;
  const whole = spans.reduce((sum, span) => sum + span, 0);
  return spans.map((span) => least + (whole > 0 ? (free * span) / whole : free / keys.length));
}

export function timeline(project, now) {
  const keys = [...project.keys].reverse();
  const sizes = widths(keys, now);
  const summary = keys.map((key) => `version ${key.version} from ${time(key.created_at)}${key.active ? ", active" : ""}`);
  const drawing = svg("svg", {
    class: "timeline",
    viewBox: `0 0 ${WIDTH} ${HEIGHT + 22}`,
    role: "img",
    "aria-label": `Keys of ${project.slug}: ${summary.join("; ")}`,
  });
  let x = 0;
  keys.forEach((key, place) => {
    const size = sizes[place];
    const kind = `key ${key.custody}${key.active ? " active" : ""}`;
    const what = [`Version ${key.version}, ${key.custody}-managed`, `from ${time(key.created_at)}`];
    what.push(key.active ? "active" : `rotated ${time(key.rotated_at)}`);
    drawing.append(
      svg(
        "g",
        { class: kind },
        svg("title", {}, what.join(", ")),
        svg("rect", { x: x + 1, y: 0, width: Math.max(2, size - 2), height: HEIGHT, rx: 6 }),
        svg("text", { class: key.active ? "on" : "off", x: x + 12, y: 22 }, `v${key.version}`),
      ),
    );
    // A day fits under a segment that is wide enough for it.
    if (size > 84 || keys.length === 1) {
      drawing.append(svg("text", { x: x + 2, y: HEIGHT + 16 }, key.created_at.slice(0, 10)));
    }
    x += size;
  });
  return drawing;
}
