// Everything that can be made to be otherwise: limits, clock, faults, gates, defects, variants, rows, jobs.

import * as control from "./control.js";
import { bar, copy, count, duration, h, prose, time } from "./element.js";

function gauge(name, limit, isOff, now) {
  const left = isOff ? 1 : limit.remaining / limit.limit;
  const wait = Math.max(0, Math.floor(limit.reset - Date.parse(now) / 1000));
  const text = isOff ? "not limited" : `${limit.remaining} of ${limit.limit}`;
  return h(
    "div",
    { class: "bar" },
    h("span", {}, name),
    bar(left, left < 0.2 ? "low" : "", `${name}: ${text} left`),
    h("span", { class: "soft" }, text, !isOff && limit.remaining < limit.limit ? `, again in ${duration(wait)}` : ""),
  );
}

export function limits(organization, now, act) {
  const off = organization.settings.limits === "off";
  const set = (body) => act(async () => {
    const token = await control.anyToken(organization);
    await control.post(body.limits ? "settings" : "limits", { token, ...body });
  });
  return h(
    "section",
    { class: "card", id: "limits" },
    h("h3", {}, "Rate limits"),
    gauge("Requests", organization.limits.api, off, now),
    gauge("Rotations", organization.limits.rotate, off, now),
    h(
      "div",
      { class: "row" },
      h("button", { class: "small", onclick: set({ limits: off ? "live" : "off" }) }, off ? "Enforce them" : "Do not enforce them"),
      !off && h("button", { class: "small", onclick: set({ api: 0, rotate: 0 }) }, "Use them up"),
      !off && h("button", { class: "small", onclick: set({ api: 100, rotate: 10 }) }, "Give them back"),
    ),
  );
}

export function jobs(organization, act) {
  const set = (body) => act(async () => {
    const token = await control.anyToken(organization);
    await control.post("jobs", { token, ...body });
  });
  const { paused, waiting } = organization.jobs;
  return h(
    "section",
    { class: "card", id: "jobs" },
    h("h3", {}, "Jobs"),
    waiting.length === 0
      ? h("p", { class: "empty" }, "No job waits.")
      : waiting.map((job) => h("p", {}, `${job.job} ${job.project}: ${count(job.left, "version")} left`)),
    h(
      "div",
      { class: "row" },
      h("button", { class: "small", onclick: set({ paused: !paused }) }, paused ? "Let them run" : "Pause them"),
      paused && waiting.length > 0 && h("button", { class: "small", onclick: set({ do: "step" }) }, "One batch"),
      paused && waiting.length > 0 && h("button", { class: "small", onclick: set({ do: "finish" }) }, "To the end"),
    ),
  );
}

function rights(token) {
  if (token.has_expired) return `expired ${time(token.expires_at)}`;
  return token.abilities.includes("*") ? "everything" : token.abilities.join(", ");
}

export function tokens(organization, act) {
  return h(
    "section",
    { class: "card", id: "tokens" },
    h("h3", {}, "Tokens"),
    organization.tokens.map((token) =>
      h(
        "div",
        { class: "line" },
        h("strong", {}, token.name),
        h("span", { class: token.has_expired ? "soft bad" : "soft", title: rights(token) }, rights(token)),
        h(
          "button",
          {
            class: "small",
            "aria-label": `Copy the token ${token.name}`,
            onclick: act(async () => copy(await control.bearer(organization.number, token), `The token ${token.name}`)),
          },
          "Copy",
        ),
      ),
    ),
  );
}

export function clock(state, act) {
  const set = (body) => act(() => control.post("clock", body));
  return h(
    "section",
    { class: "card", id: "clock" },
    h("h3", {}, "Clock"),
    h("p", {}, h("strong", { class: "mono" }, time(state.clock.now)), ` UTC, ${state.clock.stands ? "stands still" : "runs"}`),
    h(
      "div",
      { class: "row" },
      h("button", { class: "small", onclick: set({ seconds: 60 }) }, "+1 minute"),
      h("button", { class: "small", onclick: set({ seconds: 3600 }) }, "+1 hour"),
      h("button", { class: "small", onclick: set({ seconds: 86400 }) }, "+1 day"),
      h("button", { class: "small", onclick: set({ next: true }) }, "To the next event"),
      h("button", { class: "small", onclick: set({ freeze: !state.clock.stands }) }, state.clock.stands ? "Let it run" : "Stop it"),
    ),
  );
}

const EFFECTS = {
  "429 Too Many Requests": { kind: "status", status: 429, retry_after: 30 },
  "500 Internal Server Error": { kind: "status", status: 500 },
  "503 Service Unavailable": { kind: "status", status: 503, retry_after: 5 },
  "a delay of 2 seconds": { kind: "delay", milliseconds: 2000 },
  "cut before it is done": { kind: "drop-before" },
  "cut after it is done": { kind: "drop-after" },
  "half of the body": { kind: "truncate" },
};

/** What was chosen last, so that a redraw does not take it away. */
const chosen = { endpoint: "", effect: "503 Service Unavailable", times: "1", gate: "", defects: "", variants: "" };

function select(name, options, label) {
  return h(
    "label",
    { class: "field" },
    label,
    h(
      "select",
      { name, onchange: (event) => (chosen[name] = event.target.value) },
      options.map(([value, text]) => h("option", { value, selected: chosen[name] === value }, text)),
    ),
  );
}

export function faults(known, organization, act) {
  const arm = async () => {
    const token = await control.anyToken(organization);
    const matching = chosen.endpoint ? { endpoint: chosen.endpoint } : {};
    const times = chosen.times === "always" ? "always" : Number(chosen.times);
    await control.post("faults", { token, matching, effect: EFFECTS[chosen.effect], times });
  };
  return h(
    "section",
    { class: "card", id: "faults" },
    h("h3", {}, "Faults on the wire"),
    organization.faults.length === 0 && h("p", { class: "empty" }, "Nothing goes wrong."),
    organization.faults.map((fault) =>
      h(
        "div",
        { class: "row" },
        h("strong", { class: "bad" }, fault.effect),
        h("span", {}, fault.matching),
        h("span", { class: "soft" }, `${fault.happened} of ${fault.times ?? "all"}`),
        h("button", { class: "small end", onclick: act(() => control.remove("faults", { id: fault.id })) }, "Clear"),
      ),
    ),
    h(
      "div",
      { class: "row" },
      select("endpoint", [["", "every request"], ...known.endpoints.map((name) => [name, name])], "What is asked"),
      select("effect", Object.keys(EFFECTS).map((name) => [name, name]), "What goes wrong"),
      select("times", [["1", "once"], ["3", "three times"], ["always", "always"]], "How often"),
    ),
    h("div", { class: "row" }, h("button", { class: "primary", id: "arm-fault", onclick: act(arm, "Armed.") }, "Let it go wrong")),
  );
}

export function gates(known, organization, act) {
  chosen.gate ||= known.gates[0];
  const arm = async () => {
    const token = await control.anyToken(organization);
    await control.post("gates", { token, gate: chosen.gate, seconds: 600 });
  };
  const release = (gate, abort) => act(async () => {
    const token = await control.anyToken(organization);
    await control.remove("gates", { token, id: gate.id, abort });
  });
  return h(
    "section",
    { class: "card", id: "gates" },
    h("h3", {}, "Gates"),
    h("p", { class: "soft" }, "The next request that comes to a gate waits there, before it changes anything."),
    organization.gates.map((gate) =>
      h(
        "div",
        { class: "row" },
        h("strong", {}, gate.gate),
        h("span", { class: gate.waiting ? "warn" : "soft" }, gate.waiting ? "a request waits" : "armed"),
        h("button", { class: "small end", onclick: release(gate, false) }, "Let go on"),
        h("button", { class: "small", onclick: release(gate, true) }, "Abort"),
      ),
    ),
    h(
      "div",
      { class: "row" },
      select("gate", known.gates.map((name) => [name, name]), "Where"),
      h("button", { onclick: act(arm, "Armed.") }, "Arm"),
    ),
  );
}

/** Many named switches, with a filter. */
export function named(kind, title, what, known, organization, act) {
  const on = new Set(organization.settings[kind]);
  const set = (name) => act(async () => {
    const names = new Set(on);
    if (!names.delete(name)) names.add(name);
    const token = await control.anyToken(organization);
    await control.post("settings", { token, [kind]: [...names] });
  });
  const list = h("div", { class: "switches" });
  const draw = () => {
    const wanted = chosen[kind].toLowerCase();
    const shown = known[kind].filter(
      (one) => on.has(one.name) || `${one.name} ${one.what ?? ""}`.toLowerCase().includes(wanted),
    );
    shown.sort((one, other) => on.has(other.name) - on.has(one.name));
    list.replaceChildren(
      ...shown.map((one) =>
        h(
          "label",
          { class: "check" },
          h("input", { type: "checkbox", name: one.name, checked: on.has(one.name), onchange: set(one.name) }),
          h("span", {}, h("strong", {}, one.name), " ", h("span", { class: "soft" }, prose(one.what ?? ""))),
        ),
      ),
    );
  };
  draw();
  return h(
    "section",
    { class: "card", id: kind },
    h("h3", {}, title),
    h("p", { class: "soft" }, what),
    h("input", {
      type: "search",
      placeholder: "Filter",
      "aria-label": `Filter ${kind}`,
      value: chosen[kind],
      oninput: (event) => {
        chosen[kind] = event.target.value;
        draw();
      },
    }),
    list,
  );
}

/** Rows of misbehaviour, which are written elsewhere and can be taken away here. */
export function misbehaviour(organization, act) {
  const rows = organization.settings.misbehaviour;
  const without = (place) => act(async () => {
    const token = await control.anyToken(organization);
    await control.post("settings", { token, misbehaviour: rows.filter((_, other) => other !== place) });
  });
  return h(
    "section",
    { class: "card", id: "misbehaviour" },
    h("h3", {}, "Misbehaviour"),
    h("p", { class: "soft" }, "Rows of a fixture or of POST /_mock/settings."),
    rows.length === 0 && h("p", { class: "empty" }, "No row applies."),
    rows.map((row, place) =>
      h(
        "div",
        { class: "row" },
        h("strong", { class: "bad" }, typeof row.do === "string" ? row.do : JSON.stringify(row.do)),
        h("span", {}, [row.endpoint ?? "every endpoint", row.when, row.at].filter((text) => text !== undefined).join(" ")),
        h("button", { class: "small end", onclick: without(place) }, "Clear"),
      ),
    ),
  );
}

export function reset(organization, act) {
  const again = async () => {
    const token = await control.anyToken(organization);
    await control.post("reset", { token });
    control.forgetBearers();
  };
  return h(
    "section",
    { class: "card", id: "reset" },
    h("h3", {}, "Reset"),
    h("p", { class: "soft" }, "Puts this organization back to what it was at the start. Its journal is emptied."),
    h("div", { class: "row" }, h("button", { class: "danger", onclick: act(again, "It is as it was.") }, "Reset the organization")),
  );
}
