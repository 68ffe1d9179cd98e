// Projects: in short, and one of them whole.

import * as control from "./control.js";
import { bar, copy, count, h, moment } from "./element.js";
import { timeline } from "./timeline.js";

function custody(project) {
  return h("span", { class: `badge ${project.custody}` }, `${project.custody}-managed`);
}

/** Versions under older keys. Only a client's are pending: it has to move them, the server can do so itself. */
function behind(project) {
  return project.custody === "client" ? `${project.pending} pending` : `${project.pending} under older keys`;
}

function marks(project) {
  return [
    project.pending > 0 && h("span", { class: "badge warn" }, behind(project)),
    project.held && h("span", { class: "badge warn" }, "rotation held"),
  ];
}

export function cards(organization, now) {
  if (organization.projects.length === 0) return h("p", { class: "empty" }, "This organization has no project.");
  return h(
    "div",
    { class: "grid" },
    organization.projects.map((project) =>
      h(
        "article",
        { class: "card" },
        h(
          "div",
          { class: "row" },
          h("h2", {}, h("a", { href: `#/${organization.number}/project/${project.slug}` }, project.slug)),
          custody(project),
          marks(project),
        ),
        timeline(project, now),
        h(
          "p",
          { class: "soft" },
          `${count(project.levels.length, "secret")}, ${count(project.versions, "old version")}`,
        ),
      ),
    ),
  );
}

function byKey(project) {
  const most = Math.max(1, ...project.keys.map((key) => key.versions));
  const rows = project.keys.map((key) => {
    const pending = !key.active && key.versions > 0 && project.custody === "client";
    const label = `${count(key.versions, "version")} under key ${key.version}`;
    return h(
      "div",
      { class: "bar" },
      h("span", {}, `v${key.version}${key.active ? " (active)" : ""}`),
      bar(key.versions / most, pending ? "pending" : "plain", label),
      h("span", { class: pending ? "warn" : "soft" }, pending ? `${key.versions} pending` : `${key.versions}`),
    );
  });
  if (project.opaque > 0) {
    rows.push(h("p", { class: "soft" }, `${project.opaque} under no key of this project: kept as they are.`));
  }
  return rows;
}

/** A key's text, or its passphrase, once somebody asks for it. */
function secretOf(organization, project, key, act) {
  const what = key.has_key ? "key" : "passphrase";
  const place = h("span", { class: "row" });
  const hide = () => place.replaceChildren(h("button", { class: "small", onclick: show }, `Show ${what}`));
  const show = act(async () => {
    const { text } = await control.post("reveal", {
      organization: organization.number,
      project: project.slug,
      key: key.version,
    });
    place.replaceChildren(
      h("code", { class: "raw" }, text),
      h("button", { class: "small", onclick: () => copy(text, `The ${what}`) }, "Copy"),
      h("button", { class: "small", onclick: hide }, "Hide"),
    );
  });
  hide();
  return place;
}

function keys(organization, project, act) {
  const rows = project.keys.map((key) =>
    h(
      "tr",
      {},
      h("td", {}, `v${key.version}`),
      h("td", {}, key.active ? h("span", { class: "good" }, "active") : h("span", { class: "soft" }, "rotated")),
      h("td", {}, moment(key.created_at)),
      h("td", {}, moment(key.rotated_at)),
      h(
        "td",
        {},
        key.has_key || key.has_passphrase
          ? secretOf(organization, project, key, act)
          : h("span", { class: "soft" }, key.verified ? "the client's: only its proof is here" : "without verification"),
      ),
    ),
  );
  const head = ["Version", "", "Active from", "Rotated", "Key"].map((name) => h("th", {}, name));
  return h("div", { class: "scroll keys" }, h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows)));
}

function levels(project) {
  if (project.levels.length === 0) return h("p", { class: "empty" }, "No level holds a secret.");
  const rows = project.levels.map((level) => {
    const name = [project.slug, level.target, level.environment].filter(Boolean).join(" / ");
    return h(
      "tr",
      {},
      h("td", {}, name),
      h("td", { class: "soft" }, level.level),
      h("td", { class: "number" }, `${level.bytes} B`),
      h("td", { class: "number" }, `${level.versions}`),
    );
  });
  const head = [h("th", {}, "Level"), h("th"), h("th", { class: "number" }, "Blob"), h("th", { class: "number" }, "Old versions")];
  return h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows)));
}

async function copyCurl(organization, project) {
  const token = await control.anyToken(organization);
  const url = `${location.origin}/api/v1/${organization.ulid}/${project.slug}/encryption-key`;
  await copy(`curl '${url}' -H 'Authorization: Bearer ${token}' -H 'Accept: application/json'`, "The curl command");
}

export function whole(organization, slug, now, act) {
  const project = organization.projects.find((one) => one.slug === slug);
  if (!project) {
    return h(
      "div",
      { class: "card" },
      h("h2", {}, "No such project"),
      h("p", {}, `The organization has no project ${slug}. `, h("a", { href: `#/${organization.number}` }, "All projects")),
    );
  }
  const rotate = async () => {
    const token = await control.anyToken(organization);
    const path = `/api/v1/${organization.ulid}/${project.slug}/encryption-key/rotate`;
    const answer = await fetch(path, { method: "POST", headers: { authorization: `Bearer ${token}` } });
    if (!answer.ok) throw new Error((await answer.json()).message);
  };
  const hold = async () => {
    const token = await control.anyToken(organization);
    await control.post(project.held ? "release" : "hold", { token, project: project.slug });
  };
  return [
    h(
      "section",
      { class: "card" },
      h("a", { href: `#/${organization.number}` }, "← All projects"),
      h("div", { class: "row" }, h("h2", {}, project.name), custody(project), marks(project)),
      h("p", { class: "soft" }, "A rotation ", project.history_policy === "keep" ? "keeps history under the old key" : "moves history onto the new key", " unless it says otherwise."),
      timeline(project, now),
      h(
        "div",
        { class: "row" },
        h("button", { onclick: act(() => copyCurl(organization, project)) }, "Copy curl"),
        project.custody === "server" && h("button", { onclick: act(rotate, "Rotated.") }, "Rotate the key"),
        h("button", { onclick: act(hold) }, project.held ? "Let rotations go on" : "Hold a rotation (409)"),
      ),
    ),
    h("section", { class: "card" }, h("h3", {}, "Old versions by key"), byKey(project)),
    h("section", { class: "card" }, h("h3", {}, "Keys"), keys(organization, project, act)),
    h("section", { class: "card" }, h("h3", {}, "Levels"), levels(project)),
  ];
}
