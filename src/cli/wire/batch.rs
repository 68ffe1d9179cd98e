//! Mutations that are tried together: what is right is right beside others that are.

use crate::mock::MOST_ROWS;

use super::mutation::Mutation;

/// Mutations of one endpoint, of places that do not lie in each other, as many as one mock takes.
pub fn batches<'m>(mutations: &[&'m Mutation]) -> Vec<Vec<&'m Mutation>> {
    let mut batches: Vec<Vec<&'m Mutation>> = Vec::new();
    for mutation in mutations {
        let fits = |batch: &&mut Vec<&'m Mutation>| {
            let rows: usize = batch.iter().map(|one| one.rows.len()).sum();
            rows + mutation.rows.len() <= MOST_ROWS
                && batch.iter().all(|one| one.endpoint == mutation.endpoint && apart(one, mutation))
        };
        match batches.iter_mut().find(fits) {
            Some(batch) => batch.push(mutation),
            None => batches.push(vec![mutation]),
        }
    }
    batches
}

fn apart(one: &Mutation, other: &Mutation) -> bool {
    let (one, other) = (one.place(), other.place());
    let acts_on_all =
        |place: &str| ["answer", "effect"].contains(&place) || place.ends_with("status");
    !acts_on_all(one) && !acts_on_all(other) && !is_in(one, other) && !is_in(other, one)
}

/// Whether a place is another one, or lies in it.
fn is_in(place: &str, other: &str) -> bool {
    let rest = place.strip_prefix(other);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '@']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::route::Endpoint;

    #[test]
    fn what_lies_in_each_other_is_tried_apart() {
        let mutation = |id: &str, endpoint| Mutation {
            id: format!("wire/x/{id}"),
            endpoint,
            status: None,
            rows: Vec::new(),
        };
        let one = |id| mutation(id, Endpoint::GetProject);
        let all = [
            one("data/cut"),
            one("data.id/cut"),
            one("data.id/null"),
            one("data.name/null"),
            one("answer/escapes"),
            mutation("meta/cut", Endpoint::ListProjects),
        ];
        let all: Vec<&Mutation> = all.iter().collect();
        let batches = batches(&all);
        let batches: Vec<Vec<&str>> =
            batches.iter().map(|batch| batch.iter().map(|one| &one.id[7..]).collect()).collect();
        let wanted: [&[&str]; 5] = [
            &["data/cut"],
            &["data.id/cut", "data.name/null"],
            &["data.id/null"],
            &["answer/escapes"],
            &["meta/cut"],
        ];
        assert_eq!(batches, wanted);
    }
}
