//! A history in words, for whoever reads why it was not explained.

use std::fmt;

use super::operation::{
    Answer, Blob, Call, Content, Current, Kept, Key, Level, Operation, Request, Text, Token,
    Version,
};
use super::search::Stuck;
use super::state::State;

/// What the best order explains, and what comes after it.
pub(super) fn unexplained(stuck: &Stuck<State>, calls: &[Call]) -> String {
    let answered = calls.iter().filter(|call| call.answer.is_some()).count();
    let explained = stuck.order.iter().filter(|call| calls[**call].answer.is_some()).count();
    let next: Vec<String> = stuck
        .next
        .iter()
        .filter_map(|call| {
            let (_, answer) = calls[*call].answer.as_ref()?;
            Some(format!("that {} was answered with {answer}", calls[*call].operation))
        })
        .collect();
    format!(
        "the best order of the requests explains {explained} of {answered} answers; then {}, which does not explain {}",
        stuck.state,
        next.join(", nor ")
    )
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NONE => f.write_str("no key"),
            Self::UNSEEN => f.write_str("a key that nobody was told"),
            Self(number) => write!(f, "key {number}"),
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "text {}", self.0)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "version {}", self.0)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} under {}", self.text, self.key)
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unread => f.write_str("a blob"),
            Self::Opens(blob) => blob.fmt(f),
            Self::Sealed => {
                f.write_str("a blob that opens under no key to a text that was written")
            }
        }
    }
}

impl fmt::Display for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.content.fmt(f)
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.named {
            Some(named) => write!(f, "{}, said to be under {named}", self.content),
            None => self.content.fmt(f),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.operation.fmt(f)?;
        match self.token {
            Token::Lasting => Ok(()),
            Token::Revocable => f.write_str(" with the revocable token"),
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proved = |f: &mut fmt::Formatter<'_>, proof: &Option<Key>| match proof {
            Some(key) => write!(f, " with the proof of {key}"),
            None => Ok(()),
        };
        match self {
            Self::Store { level, blob, proof } => {
                write!(f, "storing {blob} at the {level}")?;
                proved(f, proof)
            }
            Self::Restore { version, content, proof } => {
                write!(f, "restoring {version}")?;
                if let Some(blob) = content {
                    write!(f, " as {blob}")?;
                }
                proved(f, proof)
            }
            Self::Delete { level } => write!(f, "deleting what the {level} holds"),
            Self::RotateClient { to, secrets } => {
                write!(f, "rotating to {to} with ")?;
                listed(f, secrets.values().map(|(level, text)| format!("{text} at the {level}")))
            }
            Self::Submit { key, versions } => {
                write!(f, "submitting under {key} ")?;
                listed(
                    f,
                    versions.iter().map(|(version, (_, text))| format!("{version} as {text}")),
                )
            }
            Self::RotateServer { .. } => f.write_str("rotating the server's key"),
            Self::DeleteProject => f.write_str("deleting the project"),
            Self::RevokeToken => f.write_str("revoking the token"),
            Self::Descriptor => f.write_str("reading the active key"),
            Self::History => f.write_str("reading the key history"),
            Self::Secrets { .. } => f.write_str("reading the current secrets"),
            Self::Versions { level } => write!(f, "reading the versions of the {level}"),
            Self::Pending { .. } => f.write_str("listing what is pending"),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = |is_done: &bool| if *is_done { "none remaining" } else { "some remaining" };
        match self {
            Self::Accepted => f.write_str("success"),
            Self::Rotated { key } | Self::Descriptor { key } => key.fmt(f),
            Self::Submitted { updated, is_done } => {
                write!(f, "{updated} updated and {}", done(is_done))
            }
            Self::History { active, former } => {
                write!(f, "{active} as the active one, and before it ")?;
                listed(f, former.iter().map(Key::to_string))
            }
            Self::Secrets(levels) => {
                listed(f, levels.iter().map(|(level, held)| format!("{held} at the {level}")))
            }
            Self::Versions(rows) => {
                listed(f, rows.iter().map(|(version, kept)| format!("{version} ({kept})")))
            }
            Self::Pending { rows, is_done } => {
                listed(f, rows.iter().map(|(version, kept)| format!("{version} ({kept})")))?;
                write!(f, " and {}", done(is_done))
            }
            Self::Refused { status } => write!(f, "{status}"),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.exists {
            return f.write_str("the project is gone");
        }
        write!(f, "{} is active, the project holds ", self.active())?;
        listed(f, self.levels.iter().map(|(level, held)| format!("{} at the {level}", held.blob)))?;
        if !self.versions.is_empty() {
            let versions = self.versions.iter();
            f.write_str(" and keeps ")?;
            listed(f, versions.map(|(version, (_, blob))| format!("{version} ({blob})")))?;
        }
        if self.token_is_revoked { f.write_str(", the token is revoked") } else { Ok(()) }
    }
}

fn listed(f: &mut fmt::Formatter<'_>, things: impl Iterator<Item = String>) -> fmt::Result {
    let things: Vec<String> = things.collect();
    if things.is_empty() { f.write_str("nothing") } else { f.write_str(&things.join(", ")) }
}
