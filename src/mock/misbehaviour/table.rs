//! Tables of what defects and variants do, and at which endpoints.

use crate::contract::limit::Bucket;
use crate::contract::route::Endpoint;
use crate::mock::{Config, Defect, Variant};

#[derive(Debug, Clone, Copy)]
pub(super) enum Name {
    Defect(Defect),
    Variant(Variant),
}

/// The requests that an entry is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum On {
    Every,
    Bucket(Bucket),
    Endpoints(&'static [Endpoint]),
}

pub(super) struct Entry<T: 'static> {
    pub(super) name: Name,
    pub(super) on: On,
    pub(super) does: T,
}

impl<T> Entry<T> {
    fn applies(&self, config: &Config, endpoint: Option<Endpoint>) -> bool {
        let is_meant = match self.on {
            On::Every => true,
            On::Bucket(bucket) => endpoint.is_some_and(|one| one.route().bucket == bucket),
            On::Endpoints(endpoints) => endpoint.is_some_and(|one| endpoints.contains(&one)),
        };
        is_meant && self.name.is_on(config)
    }
}

/// What a table says of requests to an endpoint.
pub(super) fn find<T>(
    table: &'static [Entry<T>],
    config: &Config,
    endpoint: Option<Endpoint>,
) -> impl Iterator<Item = &'static T> {
    table.iter().filter(move |entry| entry.applies(config, endpoint)).map(|entry| &entry.does)
}

impl Name {
    pub(super) fn is_on(self, config: &Config) -> bool {
        let is_named = match self {
            Self::Defect(defect) => config.defects.contains(&defect),
            Self::Variant(variant) => config.variants.contains(&variant),
        };
        is_named && config.acts
    }

    #[cfg(test)]
    pub(super) fn switch_on(self, config: &mut Config) {
        match self {
            Self::Defect(defect) => config.defects.insert(defect),
            Self::Variant(variant) => config.variants.insert(variant),
        };
    }
}

/// A table, an entry a line: `Defect::Name [Endpoint | Endpoint] what it does;`. In the brackets, `*` is every
/// endpoint and `in Bucket` those of a bucket.
macro_rules! table {
    ($(#[$attribute:meta])* $table:ident: $does:ty; $($kind:ident::$name:ident [$($on:tt)*] $what:expr;)*) => {
        $(#[$attribute])*
        static $table: &[$crate::mock::misbehaviour::table::Entry<$does>] = &[$(
            $crate::mock::misbehaviour::table::Entry {
                name: $crate::mock::misbehaviour::table::Name::$kind(
                    $kind::$name,
                ),
                on: $crate::mock::misbehaviour::table::on!($($on)*),
                does: $what,
            }
        ),*];
    };
}

macro_rules! on {
    (*) => {
        $crate::mock::misbehaviour::table::On::Every
    };
    (in $bucket:ident) => {
        $crate::mock::misbehaviour::table::On::Bucket($crate::contract::limit::Bucket::$bucket)
    };
    ($($endpoint:ident)|+) => {
        $crate::mock::misbehaviour::table::On::Endpoints(
            &[$($crate::contract::route::Endpoint::$endpoint),+],
        )
    };
}

pub(super) use {on, table};
