use proptest::prelude::*;

use crate::mock::model::versions::*;

/// What is done to versions, with small numbers so that they meet.
#[derive(Debug, Clone)]
enum Step {
    Insert(u64, usize, Option<u64>, bool),
    Replace(u64, u64),
    Remove(u64),
    RemoveOf(usize),
    Rename(usize, usize),
    Clear,
}

fn step() -> impl Strategy<Value = Step> {
    let (id, level, key) = (0..12_u64, 0..3_usize, 1..4_u64);
    prop_oneof![
        8 => (id.clone(), level.clone(), proptest::option::of(key.clone()), any::<bool>())
            .prop_map(|(id, level, key, empty)| Step::Insert(id, level, key, empty)),
        3 => (id.clone(), key).prop_map(|(id, key)| Step::Replace(id, key)),
        3 => id.prop_map(Step::Remove),
        1 => level.clone().prop_map(Step::RemoveOf),
        1 => (level.clone(), level).prop_map(|(one, other)| Step::Rename(one, other)),
        1 => Just(Step::Clear),
    ]
}

fn level(number: usize) -> Level {
    Level { target: Some(number.to_string()), environment: None }
}

fn version(id: u64, number: usize, key: Option<u64>, empty: bool) -> Version {
    Version {
        id,
        level: level(number),
        action: "update",
        content: if empty { "" } else { "blob" }.into(),
        sealed: key.map_or(Sealed::Opaque, Sealed::Under),
        created_at: Timestamp::UNIX_EPOCH,
    }
}

/// Takes the same step with a plain list. Gives the rows that a step has removed or renamed.
fn apply(list: &mut Vec<Version>, step: &Step) -> Vec<u64> {
    let is_meant = |one: &Version| match *step {
        Step::RemoveOf(number) | Step::Rename(number, _) => one.level == level(number),
        Step::Clear => true,
        _ => false,
    };
    let meant = list.iter().filter(|one| is_meant(one));
    let mut rows: Vec<u64> = meant.map(|one| one.id).collect();
    match *step {
        Step::Insert(id, number, key, empty) => {
            list.retain(|one| one.id != id);
            list.push(version(id, number, key, empty));
        }
        Step::Replace(id, key) => {
            for one in list.iter_mut().filter(|one| one.id == id) {
                one.content = "moved".into();
                one.sealed = Sealed::Under(key);
            }
        }
        Step::Remove(id) => list.retain(|one| one.id != id),
        Step::RemoveOf(_) | Step::Clear => list.retain(|one| !is_meant(one)),
        Step::Rename(_, to) => {
            let renamed = list.iter_mut().filter(|one| is_meant(one));
            renamed.for_each(|one| one.level = level(to));
        }
    }
    rows.sort_unstable();
    rows
}

fn take(versions: &mut Versions, step: &Step) -> Vec<u64> {
    match *step {
        Step::Insert(id, number, key, empty) => versions.insert(version(id, number, key, empty)),
        Step::Replace(id, key) => drop(versions.replace(id, "moved".into(), key)),
        Step::Remove(id) => versions.remove(id),
        Step::RemoveOf(number) => return versions.remove_of(&level(number)),
        Step::Rename(from, to) => return versions.rename(&level(from), &level(to)),
        Step::Clear => return versions.clear(),
    }
    Vec::new()
}

/// All that can be asked of versions is what the plain list says.
fn agree(versions: &Versions, list: &[Version]) {
    let mut list = list.to_vec();
    list.sort_by_key(|one| one.id);
    let rows = |is_meant: &dyn Fn(&Version) -> bool| -> Vec<u64> {
        list.iter().filter(|one| is_meant(one)).map(|one| one.id).collect()
    };
    let ids = |found: Vec<&Version>| -> Vec<u64> { found.iter().map(|one| one.id).collect() };
    assert_eq!(ids(versions.iter().collect()), rows(&|_| true));
    assert_eq!(versions.len(), list.len());
    for number in 0..3 {
        let of_level = rows(&|one| one.level == level(number));
        assert_eq!(*versions.rows_of(&level(number)), of_level);
        let is_there = versions.levels().any(|one| *one == level(number));
        assert_eq!(is_there, !of_level.is_empty());
    }
    for key in 1..4 {
        let under = rows(&|one| one.key() == Some(key));
        assert_eq!(versions.count_under(key), under.len());
        let older = rows(&|one| one.key().is_some_and(|one| one != key));
        assert_eq!(ids(versions.under(|one| one != key).collect()), older);
        assert_eq!(versions.count(|one| one != key), older.len());
        for id in 0..12 {
            assert_eq!(versions.is_under(id, |one| one == key), under.contains(&id));
        }
    }
    assert!(versions.under.values().all(|rows| !rows.is_empty()));
    assert!(versions.by_level.values().all(|rows| !rows.is_empty()));
}

proptest! {
    #[test]
    fn its_indices_agree_with_a_plain_list(steps in proptest::collection::vec(step(), 0..40)) {
        let (mut versions, mut list) = (Versions::default(), Vec::new());
        for step in &steps {
            prop_assert_eq!(take(&mut versions, step), apply(&mut list, step));
            agree(&versions, &list);
        }
    }
}
