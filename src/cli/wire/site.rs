//! The places in the answers of an endpoint, as its recorded answers have them.

use serde_json::{Map, Value};

/// Members by whose values objects are told apart: what holds of a server's key holds of a client's in another way.
const KINDS: [(&str, [(&str, &str); 2]); 2] = [
    ("managed", [("server", "server"), ("client", "client")]),
    ("is_active", [("true", "active"), ("false", "rotated")]),
];
/// Members whose own members are named by what they are about.
const OPEN: [&str; 2] = ["details", "errors"];

/// A place in the answers of an endpoint.
#[derive(Debug, PartialEq)]
pub(super) struct Site {
    /// As ids have it: the members that lead there, with dots; `@` goes before the kind of an object.
    pub(super) name: String,
    /// The same as rows of misbehaviour have it.
    pub(super) at: String,
    /// What was found there.
    pub(super) values: Vec<Value>,
}

/// Every place in these bodies, the whole of each aside.
pub(super) fn sites(bodies: &[Value]) -> Vec<Site> {
    let mut sites = Vec::new();
    let whole = Site { name: String::new(), at: String::new(), values: bodies.to_vec() };
    inside(&whole, &mut sites);
    sites
}

fn inside(of: &Site, sites: &mut Vec<Site>) {
    let objects: Vec<&Map<String, Value>> = of.values.iter().filter_map(Value::as_object).collect();
    members(&of.name, &of.at, &objects, sites);
    let elements: Vec<Value> =
        of.values.iter().filter_map(Value::as_array).flatten().cloned().collect();
    if !elements.is_empty() {
        inside(
            &Site { name: of.name.clone(), at: format!("{}/*", of.at), values: elements },
            sites,
        );
    }
    let documents = of.values.iter().filter_map(|value| serde_json::from_str(value.as_str()?).ok());
    let documents: Vec<Value> = documents.filter(Value::is_object).collect();
    if !documents.is_empty() {
        let at = format!("{}/@json", of.at);
        inside(&Site { name: of.name.clone(), at, values: documents }, sites);
    }
}

fn members(name: &str, at: &str, objects: &[&Map<String, Value>], sites: &mut Vec<Site>) {
    for (member, kinds) in KINDS {
        let alike = kinds.map(|(value, kind)| {
            let is_so = |object: &&&Map<String, Value>| match object.get(member) {
                Some(Value::String(text)) => text == value,
                Some(other) => other.to_string().as_str() == value,
                None => false,
            };
            (value, kind, objects.iter().filter(is_so).copied().collect::<Vec<_>>())
        });
        if !at.contains(&format!("?{member}=")) && alike.iter().all(|(.., of)| !of.is_empty()) {
            for (value, kind, alike) in alike {
                let (name, at) = (format!("{name}@{kind}"), format!("{at}/?{member}={value}"));
                members(&name, &at, &alike, sites);
            }
            return;
        }
    }
    let mut names: Vec<&String> = objects.iter().flat_map(|object| object.keys()).collect();
    names.sort();
    names.dedup();
    for member in names {
        let dot = if name.is_empty() { "" } else { "." };
        let values = objects.iter().filter_map(|object| object.get(member)).cloned().collect();
        let site =
            Site { name: format!("{name}{dot}{member}"), at: format!("{at}/{member}"), values };
        if !OPEN.contains(&member.as_str()) {
            inside(&site, sites);
        }
        sites.push(site);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_member_of_every_answer_is_a_place() {
        let bodies = [
            json!({"data": [{"id": 1, "managed": "client"}, {"managed": "server", "key": "k"}]}),
            json!({"one": {"content": r#"{"key":{"a":[1], "managed": "client"}}"#}}),
            json!({"errors": {"a": ["b"]}}),
        ];
        let mut sites = sites(&bodies);
        sites.sort_by(|one, other| one.name.cmp(&other.name));
        let found: Vec<_> = sites.iter().map(|site| (&*site.name, &*site.at)).collect();
        let wanted = [
            ("data", "/data"),
            ("data@client.id", "/data/*/?managed=client/id"),
            ("data@client.managed", "/data/*/?managed=client/managed"),
            ("data@server.key", "/data/*/?managed=server/key"),
            ("data@server.managed", "/data/*/?managed=server/managed"),
            ("errors", "/errors"),
            ("one", "/one"),
            ("one.content", "/one/content"),
            ("one.content.key", "/one/content/@json/key"),
            ("one.content.key.a", "/one/content/@json/key/a"),
            ("one.content.key.managed", "/one/content/@json/key/managed"),
        ];
        assert_eq!(found, wanted);
    }
}
